"""A server of Spark Connect in a process of its own, as sbin/start-connect-server.sh starts it.

    pytest src/test/python/connect

LABELMILL_JAR names the application jar, which the server has in its class path.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

JAR = os.environ["LABELMILL_JAR"]
sys.path.insert(0, JAR)

SECONDS = 180


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("connect")


@pytest.fixture(scope="session")
def server(folder):
    """The address of the server."""
    import pyspark

    # The package's own scripts: it has no start-connect-server.sh, which would run this line.
    home = Path(pyspark.__file__).parent
    port = free_port()
    log = folder / "server.log"
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 2,
    }
    command = [home / "bin" / "spark-submit", "--master", "local[2]", "--driver-memory", "1g"]
    for key, value in settings.items():
        command += ["--conf", f"{key}={value}"]
    command += ["--jars", JAR, "--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    environment = {**os.environ, "SPARK_HOME": str(home)}
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "spark-internal"],
            stdout=out,
            stderr=out,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    try:
        for _ in range(10 * SECONDS):
            assert process.poll() is None, log.read_text()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        yield f"sc://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="session")
def spark(server):
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(server).getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def drawn(folder):
    """A folder with model/, a tiny BEiT, and images/; no client of Connect can make them."""
    program = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.jars", sys.argv[1]).config(
    "spark.ui.enabled", "false").getOrCreate()
jvm = spark._jvm
folder = jvm.java.io.File(sys.argv[2]).toPath()
jvm.io.labelmill.demo.TinyBeit.checkpoint(5).write(folder.resolve("model"))
jvm.io.labelmill.demo.FridgePictures(6, 5).write(folder)
java = jvm.io.labelmill.ml.ImageLabeler().setModel(sys.argv[2] + "/model")
java.write().save(sys.argv[2] + "/written-by-java")
from pyspark.sql import DataFrame
paths = spark.read.format("binaryFile").load(sys.argv[2] + "/images").select("path")
rows = DataFrame(java.transform(paths._jdf), spark)
rows.drop("scored_at", "run_id").write.parquet(sys.argv[2] + "/expected")
"""
    # A session of Connect leaves a variable behind with which no other process has a JVM.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SPARK_CONNECT")}
    run = subprocess.run(
        [sys.executable, "-c", program, JAR, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="session")
def model(drawn):
    return str(drawn / "model")


@pytest.fixture(scope="session")
def paths(spark, drawn):
    return spark.read.format("binaryFile").load(str(drawn / "images")).select("path")
