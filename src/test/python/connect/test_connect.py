"""The same classes where Spark is reached through Spark Connect."""

import pytest

import labelmill
from labelmill import ImageEmbedder, ImageLabeler


def test_the_client_has_no_jvm(spark):
    assert type(spark).__module__ == "pyspark.sql.connect.session"


def test_rows_are_those_of_the_java_stage(spark, drawn, model, paths):
    with ImageLabeler(model=model) as labeler:
        rows = labeler.transform(paths).drop("scored_at", "run_id").orderBy("path").collect()
    assert rows == spark.read.parquet(str(drawn / "expected")).orderBy("path").collect()
    assert len(rows) == 6 and {row["status"] for row in rows} == {"OK"}


def test_params_of_each_type_arrive(model, paths):
    embedder = ImageEmbedder(model=model, maxPixels=5_000_000_000, topK=1, withScores=True)
    row = embedder.transform(paths).first()
    assert len(row["embedding"]) > 8 and len(row["predictions"]) == 1
    row = embedder.transform(paths, {embedder.maxPixels: 10}).first()
    assert row["status"] == "TOO_LARGE"


def test_pictures_are_shown(model, paths):
    pictures = labelmill.show(ImageLabeler(model=model).transform(paths), limit=2)
    assert pictures._repr_html_().count("data:image/jpeg;base64,") == 2


def test_stages_are_saved_and_loaded(drawn, model):
    stage = ImageLabeler(model=model, scores="all")
    stage.write().overwrite().save(str(drawn / "stage"))
    loaded = ImageLabeler.load(str(drawn / "stage"))
    assert loaded.uid == stage.uid and loaded.extractParamMap() == stage.extractParamMap()
    assert ImageLabeler.load(str(drawn / "written-by-java")).getModel() == model


def test_pipelines_are_fitted_saved_and_loaded(drawn, model, paths):
    from pyspark.ml import Pipeline, PipelineModel

    stages = [ImageLabeler(model=model), ImageEmbedder(model=model, outputCol="vector")]
    fitted = Pipeline(stages=stages).fit(paths)
    fitted.write().overwrite().save(str(drawn / "pipeline"))
    loaded = PipelineModel.load(str(drawn / "pipeline"))
    assert [type(stage) for stage in loaded.stages] == [ImageLabeler, ImageEmbedder]
    assert loaded.transform(paths).select("label", "vector.embedding").count() == 6


def test_mistakes_are_told_by_the_server(model, paths):
    with pytest.raises(Exception, match="/nowhere does not exist"):
        ImageLabeler(model="/nowhere").transform(paths).count()
    with pytest.raises(Exception, match="topK given invalid value 0"):
        ImageLabeler(model=model, topK=0).transform(paths).count()


@pytest.mark.parametrize("job", ["score", "embed", "segment", "train", "evaluate"])
def test_what_needs_the_driver_says_what_to_do(spark, job):
    for given in [None, spark]:
        with pytest.raises(labelmill.UsageError) as told:
            getattr(labelmill, job)(spark=given)
        assert "Spark Connect" in str(told.value)
        assert f"start jobs/{job} on the cluster" in str(told.value)
