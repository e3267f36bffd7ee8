"""Drivers in Java and in Python, and the scripts of jobs/, on a real distribution."""

import json
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[4]


def run(environment, folder, *command):
    ended = subprocess.run(
        [str(word) for word in command],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr[-5000:]
    return ended


@pytest.fixture(scope="session")
def driven(home, environment, folder, options):
    """What the Python driver prints, which leaves images and a trained model."""
    jar = environment["LABELMILL_JAR"]
    script = Path(__file__).with_name("driver.py")
    ended = run(environment, folder, home / "bin" / "spark-submit", *options,
                "--jars", jar, "--py-files", jar, script, folder)
    return json.loads(ended.stdout.strip().splitlines()[-1])


def score(environment, folder, options, *more):
    return run(environment, folder, PROJECT / "jobs" / "score", "--model", folder / "trained",
               "--input", folder / "images", "--output", folder / "labels", "--scores", "all",
               *more, "--", *options, "--conf", "spark.cores.max=1").stdout


@pytest.fixture(scope="session")
def scored(driven, environment, folder, options):
    return score(environment, folder, options,
                 "--config", PROJECT / "conf" / "score.properties", "--top-k", 4)


def test_a_driver_in_python(driven):
    assert driven["statuses"] == {"OK": 20} and driven["executors"] == 2
    assert driven["trained"] == 16
    assert ".jar/labelmill/" in driven["package"]


def test_jobs_score(scored, home, environment, folder):
    assert "20 images in " in scored
    record = min((folder / "labels" / "_labelmill").glob("run-*.json"))
    platform = json.loads(record.read_text())["platform"]
    assert platform["master"].startswith("spark://")

    query = f"SELECT status, count(*) FROM parquet.`{folder}/labels` GROUP BY status"
    told = run(environment, folder, home / "bin" / "spark-sql", "--master", "local[1]", "--conf",
               "spark.ui.enabled=false", "--conf", "spark.sql.catalogImplementation=in-memory",
               "--conf", "spark.sql.shuffle.partitions=1", "-e", query)
    assert told.stdout.split() == ["OK", "20"]


@pytest.mark.stress
def test_another_run_finds_nothing_to_score(scored, environment, folder, options):
    assert "nothing to score" in score(environment, folder, options, "--if-exists", "resume")
