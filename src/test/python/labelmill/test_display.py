"""Pictures of rows."""

import labelmill


def test_files_are_shown_with_what_was_found(spark, model, paths):
    with labelmill.ImageLabeler(model=model) as labeler:
        pictures = labelmill.show(labeler.transform(paths).orderBy("number"), width=64)
    html = pictures._repr_html_()
    assert html.count("<figure") == 7 and html.count('src="data:image/jpeg;base64,') == 6
    assert "broken.jpg" in html and "NOT_AN_IMAGE" in html
    lines = repr(pictures).splitlines()
    assert lines[0].startswith("fridge_000.jpg: ") and lines[6] == "broken.jpg: NOT_AN_IMAGE"


def test_contents_captions_and_limits(spark, images):
    rows = spark.read.format("binaryFile").load(images + "/fridge*").orderBy("path")
    pictures = labelmill.show(rows, "concat('<', length, '>')", limit=2)
    html = pictures._repr_html_()
    assert html.count("base64,") == 2 and "&lt;" in html and "<figcaption>&lt;" in html


def test_what_can_not_be_read_is_a_name(spark):
    rows = spark.createDataFrame([("/nowhere/a%20b*.jpg",), (None,)], "path string")
    assert "a b*.jpg" in labelmill.show(rows)._repr_html_()
