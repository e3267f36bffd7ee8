"""A server of Spark Connect in a process of its own, as sbin/start-connect-server.sh starts it.

    pytest src/test/python/connect

LABELMILL_JAR names the application jar, which the server has in its class path, LABELMILL_DRAWN a
folder of what no client of Connect can make (PythonIT does): model/, a tiny BEiT, images/, and of the
stage in Java written-by-java/ and expected/, its rows.
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
def drawn():
    return Path(os.environ["LABELMILL_DRAWN"])


@pytest.fixture(scope="session")
def model(drawn):
    return str(drawn / "model")


@pytest.fixture(scope="session")
def paths(spark, drawn):
    return spark.read.format("binaryFile").load(str(drawn / "images")).select("path")
