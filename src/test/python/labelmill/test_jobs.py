"""The jobs as functions."""

import json
import os
import pickle
from pathlib import Path

import pytest

import labelmill
from labelmill import InputError, UsageError
from labelmill._run import words_of


@pytest.fixture(scope="module")
def scored(spark, model, images, folder):
    return labelmill.score(
        model=Path(model), input=[images], output=folder / "scores", scores="all", top_k=2
    )


def test_score_gives_counts_and_the_table(scored, folder):
    assert scored.metrics["OK"] == 20 and scored.metrics["NOT_AN_IMAGE"] == 1
    assert scored.metrics["images"] == 21 and scored.metrics["images_per_second"] > 0
    assert scored.table.count() == 21
    assert scored.document["configuration"]["top-k"] == "2"
    assert json.loads(Path(scored.document_path.replace("file:", "")).read_text())
    assert scored.printed.startswith("21 images in ")
    assert str(folder / "scores") in repr(scored)


def test_text_and_catalog_tables_come_back(spark, model, images, folder):
    one = {"model": model, "input": images + "/fridge_003.jpg"}
    written = labelmill.score(output=str(folder / "csv"), output_format="csv", **one)
    assert written.table.first()["path"].endswith("/fridge_003.jpg")
    kept = labelmill.score(output="table:scored", run_dir=str(folder / "runs"), **one)
    assert kept.table.first()["label"] == written.table.first()["label"]


def test_a_dry_run_writes_nothing(model, images, folder):
    result = labelmill.score(model=model, input=images, output=str(folder / "dry"), dry_run=True)
    assert "images: 21" in result.printed and result.tables == {} and result.metrics == {}
    assert not os.path.exists(folder / "dry")
    with pytest.raises(AttributeError, match="no table"):
        result.table


def test_embed_train_evaluate(model, images, folder):
    labels = str(folder / "labels.csv")
    vectors = labelmill.embed(
        model=model, input=images, output=str(folder / "vectors")
    )
    assert len(vectors.table.where("status = 'OK'").first()["embedding"]) > 8
    trained = labelmill.train(
        model=model,
        embeddings=str(folder / "vectors"),
        truth=labels,
        match_by="name",
        unmatched="leave-out",
        split="every-fifth",
        output=str(folder / "trained"),
    )
    assert 0 <= trained.metrics["macro_f1"] <= 1
    assert {name: rows.count() for name, rows in trained.tables.items()} == {"train": 16, "test": 4}
    report = labelmill.evaluate(
        model=str(folder / "trained"),
        input=images,
        truth=labels,
        match_by="name",
        output=str(folder / "report"),
    )
    written = json.loads((folder / "report" / "metrics.json").read_text())
    assert report.metrics == written["contenders"][0]["metrics"]
    assert report.tables["per_label"].count() == 4
    assert report.tables["per_image"].where("truth IS NOT NULL").count() == 20
    assert report.tables["confusion"].count() > 0
    with pytest.raises(InputError, match="binary_cross_entropy"):
        labelmill.evaluate(
            predictions=str(folder / "report" / "predictions"),
            truth=labels,
            match_by="name",
            output=str(folder / "again"),
            fail_below="binary_cross_entropy=0",
        )


def test_segment(segmenter, images, folder):
    result = labelmill.segment(
        model=segmenter, input=images, limit=2, output=str(folder / "segments")
    )
    assert result.metrics["images"] == 2 and result.table.count() == 2


def test_mistakes_are_typed_and_say_all_that_the_job_says(model, folder):
    with pytest.raises(UsageError) as told:
        labelmill.score(model=model, top_k=0)
    assert told.value.exit_code == 1 and isinstance(told.value, ValueError)
    assert any(problem.startswith("--input is missing") for problem in told.value.problems)
    assert "--top-k is 0: it must be 1 or more" in told.value.problems
    again = pickle.loads(pickle.dumps(told.value))
    assert type(again) is UsageError and again.problems == told.value.problems
    with pytest.raises(InputError, match="/nowhere does not exist"):
        labelmill.score(model="/nowhere", input="/nowhere2", output=str(folder / "none"))
    with pytest.raises(TypeError):
        labelmill.score(modle=model)


def test_values_become_words():
    assert words_of(
        {
            "model": Path("a b"),
            "input*": ["x", Path("y")],
            "keep": ("shop", "shelf"),
            "threshold": {"can": 0.4, "carton": 0.6},
            "top-k": 3,
            "dry-run": True,
            "compact": False,
            "limit": None,
        }
    ) == (
        "--model|a b|--input|x|--input|y|--keep|shop,shelf|--threshold|can=0.4,carton=0.6"
        "|--top-k|3|--dry-run"
    ).split("|")
