"""A session with the application jar, as `pyspark --jars JAR --py-files JAR` gives it.

    pytest src/test/python/labelmill

LABELMILL_JAR names the jar.
"""

import os
import sys

import pytest

JAR = os.environ["LABELMILL_JAR"]
sys.path.insert(0, JAR)  # what --py-files does


@pytest.fixture(scope="session")
def spark(folder):
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", JAR)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.sql.shuffle.partitions", "2")
        # Code that Spark writes and compiles for a job pays off with many rows.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.default.parallelism", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("labelmill")


def java_path(spark, path):
    return spark._jvm.java.io.File(str(path)).toPath()


@pytest.fixture(scope="session")
def model(spark, folder):
    """A tiny BEiT with random weights."""
    path = folder / "model"
    spark._jvm.io.labelmill.demo.TinyBeit.checkpoint(5).write(java_path(spark, path))
    return str(path)


@pytest.fixture(scope="session")
def segmenter(spark, folder):
    """A tiny BEiT with UperNet and random weights."""
    jvm, gateway = spark._jvm, spark.sparkContext._gateway
    labels = ["empty", "can", "carton"]
    weight = gateway.new_array(jvm.float, 128 * len(labels))
    for place in range(len(weight)):
        weight[place] = (place * 37 % 101) / 101.0 - 0.5
    path = folder / "segmenter"
    jvm.io.labelmill.demo.TinySegmenter(7).write(
        java_path(spark, path), labels, weight, gateway.new_array(jvm.float, len(labels))
    )
    return str(path)


@pytest.fixture(scope="session")
def images(spark, folder):
    """Pictures of fridges; labels.csv lies beside them."""
    drawn = spark._jvm.io.labelmill.demo.FridgePictures(20, 5).write(java_path(spark, folder))
    with open(os.path.join(drawn.toString(), "broken.jpg"), "w") as broken:
        broken.write("no picture")
    return drawn.toString()


@pytest.fixture(scope="session")
def paths(spark, images):
    names = [f"fridge_{number:03d}.jpg" for number in range(6)] + ["broken.jpg"]
    rows = [(os.path.join(images, name), number) for number, name in enumerate(names)]
    return spark.createDataFrame(rows, "path string, number int").coalesce(1)
