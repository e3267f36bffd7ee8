"""A standalone cluster of a worker, by the scripts of the PySpark that pip installs.

    pytest src/test/python/distribution

LABELMILL_JAR names the application jar.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

JAR = os.environ["LABELMILL_JAR"]
SECONDS = 120
#: Daemons tell by their log that they are up.
LOGGING = """
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %m%n
"""
#: No daemon outlives its tests for longer, however these end.
LIMIT_SECONDS = 900


def pytest_configure(config):
    config.addinivalue_line("markers", "stress: repeats what other tests hold; -m 'not stress'")


@pytest.fixture(scope="session")
def home():
    import pyspark

    return Path(pyspark.__file__).parent


@pytest.fixture(scope="session")
def environment(home):
    return {
        **os.environ,
        "SPARK_HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "LABELMILL_JAR": JAR,
    }


class Daemon:
    """A master or worker, up when its log says so."""

    def __init__(self, home, environment, folder, name, kind, *arguments):
        self.log = folder / f"{name}.log"
        # The package has no start-master.sh and no start-worker.sh, which would run this line.
        command = ["timeout", str(LIMIT_SECONDS), str(home / "bin" / "spark-class")]
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [*command, f"org.apache.spark.deploy.{kind}", "--host", "127.0.0.1", *arguments],
                stdout=out,
                stderr=out,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )

    def awaits(self, pattern):
        for _ in range(10 * SECONDS):
            found = re.search(pattern, self.log.read_text())
            if found:
                return found.group(1)
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("distribution")


@pytest.fixture(scope="session")
def master(home, environment, folder):
    """The address of a master with a worker of two cores."""
    logging = folder / "log4j2.properties"
    logging.write_text(LOGGING)
    of_daemons = {
        **environment,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": f"-Dlog4j2.configurationFile={logging}",
    }
    daemons = []
    try:
        first = Daemon(home, of_daemons, folder, "master", "master.Master", "--port", "0",
                       "--webui-port", "0")
        daemons.append(first)
        url = first.awaits(r"Starting Spark master at (spark://\S+)")
        worker = Daemon(home, of_daemons, folder, "worker", "worker.Worker", "--webui-port", "0",
                        "--cores", "2", "--memory", "2g", "--work-dir", str(folder / "work"), url)
        daemons.append(worker)
        worker.awaits(r"Successfully registered with (master)")
        yield url
    finally:
        for daemon in reversed(daemons):
            daemon.stop()


@pytest.fixture(scope="session")
def options(master):
    """What spark-submit needs to run there."""
    return ["--master", master, "--driver-memory", "700m", "--executor-memory", "700m",
            "--conf", "spark.cores.max=2", "--conf", "spark.executor.cores=1",
            "--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.ui.enabled=false",
            "--conf", "spark.scheduler.minRegisteredResourcesRatio=1.0"]
