"""Stages beside the Java stages of the same names."""

import inspect
import typing

import pytest

import labelmill
from labelmill import ImageEmbedder, ImageLabeler, InputError, LabelmillError, UsageError


@pytest.fixture(params=[ImageLabeler, ImageEmbedder])
def stage_class(request, spark):
    return request.param


def java_class(stage_class, spark):
    return getattr(spark._jvm.io.labelmill.ml, stage_class.__name__)


def test_params_are_those_of_the_java_stage(stage_class, spark):
    stage = stage_class()
    java = java_class(stage_class, spark)()
    names = [param.name() for param in java.params()]
    assert [param.name for param in stage.params] == sorted(names)
    for param in stage.params:
        theirs = java.getParam(param.name)
        assert param.doc == theirs.doc()
        assert stage.hasDefault(param) == java.hasDefault(theirs)
        if stage.hasDefault(param):
            assert stage.getOrDefault(param) == java.getOrDefault(theirs)
            assert repr(stage.getOrDefault(param)) in inspect.getdoc(stage_class).replace('"', "'")


def test_every_param_is_a_keyword_with_setter_getter_and_type(stage_class):
    hints = typing.get_type_hints(stage_class.__init__)
    for param in stage_class().params:
        value = {"int": 7, "bool": True}.get(typing.get_args(hints[param.name])[0].__name__, "x")
        capital = param.name[0].upper() + param.name[1:]
        stage = stage_class(**{param.name: value})
        assert getattr(stage, "get" + capital)() == value
        other = stage_class()
        assert getattr(other, "set" + capital)(value) is other
        assert other.getOrDefault(param.name) == value
    with pytest.raises(TypeError):
        stage_class(modle="x")
    with pytest.raises(TypeError):
        stage_class(model=7)


def test_labels_and_statuses_are_those_of_the_java_stage(spark, model, paths):
    with ImageLabeler(model=model, scores="all", topK=2) as labeler:
        rows = labeler.transform(paths).orderBy("number").drop("scored_at", "run_id").collect()
    java = spark._jvm.io.labelmill.ml.ImageLabeler().setModel(model).setScores("all").setTopK(2)
    from pyspark.sql import DataFrame

    theirs = DataFrame(java.transform(paths._jdf), spark)
    assert rows == theirs.orderBy("number").drop("scored_at", "run_id").collect()
    assert [row["status"] for row in rows] == ["OK"] * 6 + ["NOT_AN_IMAGE"]
    assert len(rows[0]["predictions"]) == 2 and len(rows[0]["scores"]) == 4
    java.close()


def test_params_of_a_call_do_not_stay(model, paths):
    with ImageLabeler(model=model, topK=2) as labeler:
        one = labeler.transform(paths, {labeler.topK: 1}).where("number = 0").first()
        assert len(one["predictions"]) == 1
        assert labeler.getTopK() == 2


def test_long_and_boolean_params_arrive(model, paths):
    with ImageEmbedder(model=model, maxPixels=10, withScores=True, normalize="l2") as embedder:
        row = embedder.transform(paths).where("number = 0").first()
        assert row["status"] == "TOO_LARGE"
        embedder.setMaxPixels(5_000_000_000)
        row = embedder.transform(paths).where("number = 0").first()
    assert row["label"] is not None
    assert sum(x * x for x in row["embedding"]) == pytest.approx(1, abs=1e-5)


def test_saved_stages_come_back_here_and_in_java(stage_class, spark, model, folder):
    stage = stage_class(model=model, maxPixels=5_000_000_000)
    path = str(folder / stage_class.__name__)
    stage.save(path)
    loaded = stage_class.load(path)
    assert type(loaded) is stage_class and loaded.uid == stage.uid
    assert loaded.extractParamMap() == stage.extractParamMap()
    assert java_class(stage_class, spark).load(path).uid() == stage.uid
    with pytest.raises(Exception, match="already exists"):
        stage.save(path)
    stage.write().overwrite().save(path)


def test_pipelines_are_fitted_saved_and_loaded(model, paths, folder):
    from pyspark.ml import Pipeline, PipelineModel

    stages = [ImageLabeler(model=model), ImageEmbedder(model=model, outputCol="vector")]
    fitted = Pipeline(stages=stages).fit(paths)
    path = str(folder / "pipeline")
    fitted.save(path)
    loaded = PipelineModel.load(path)
    assert [type(stage) for stage in loaded.stages] == [ImageLabeler, ImageEmbedder]
    columns = ["number", "label", "vector.path", "vector.embedding"]
    rows = loaded.transform(paths).orderBy("number").select(*columns).collect()
    assert rows == fitted.transform(paths).orderBy("number").select(*columns).collect()
    Pipeline(stages=stages).write().overwrite().save(path)
    assert [stage.uid for stage in Pipeline.load(path).getStages()] == [s.uid for s in stages]


def test_mistakes_are_typed_and_say_what_the_job_says(spark, model, paths):
    with pytest.raises(InputError, match="/nowhere does not exist") as told:
        ImageLabeler(model="/nowhere").transform(paths)
    assert told.value.exit_code == 2 and told.value.trace is None
    with pytest.raises(UsageError, match="model is not set"):
        ImageLabeler().transform(paths)
    with pytest.raises(LabelmillError, match="no column"):
        ImageLabeler(model=model, pathColumn="nope").transform(paths)
    with pytest.raises(Exception, match="topK given invalid value 0"):
        ImageLabeler(model=model, topK=0).transform(paths)


def test_rows_of_a_closed_stage_say_so(model, paths):
    labeler = ImageLabeler(model=model)
    rows = labeler.transform(paths)
    labeler.close()
    labeler.close()
    with pytest.raises(Exception, match="closed"):
        rows.collect()
    assert labeler.transform(paths).count() == 7
    labeler.close()


def test_everything_public_is_documented_and_typed():
    for name in labelmill.__all__:
        each = getattr(labelmill, name)
        assert inspect.getdoc(each), name
        members = [each] if inspect.isfunction(each) else [
            member
            for key, member in vars(each).items()
            if inspect.isfunction(member) and not key.startswith("_")
        ]
        for member in members:
            signature = inspect.signature(member)
            for parameter in list(signature.parameters.values()):
                if parameter.name != "self":
                    assert parameter.annotation is not inspect.Parameter.empty, (name, parameter)
            assert signature.return_annotation is not inspect.Signature.empty, (name, member)
