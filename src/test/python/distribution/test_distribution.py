"""Drivers in Java and in Python, and the scripts of jobs/, on a real distribution."""

import json
import subprocess
from pathlib import Path

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


def test_drivers_of_both_languages(home, environment, folder, options):
    jar = environment["LABELMILL_JAR"]
    script = Path(__file__).with_name("driver.py")
    ended = run(environment, folder, home / "bin" / "spark-submit", *options,
                "--jars", jar, "--py-files", jar, script, folder)
    told = json.loads(ended.stdout.strip().splitlines()[-1])
    assert told["statuses"] == {"OK": 20} and told["executors"] == 2 and told["trained"] == 16
    assert ".jar/labelmill/" in told["package"]

    job = run(environment, folder, PROJECT / "jobs" / "score", "--model", folder / "trained",
              "--input", folder / "images", "--output", folder / "labels", "--scores", "all",
              "--config", PROJECT / "conf" / "score.properties", "--top-k", 4,
              "--", *options)
    assert "20 images in " in job.stdout
    again = run(environment, folder, PROJECT / "jobs" / "score", "--model", folder / "trained",
                "--input", folder / "images", "--output", folder / "labels", "--scores", "all",
                "--if-exists", "resume", "--", *options)
    assert "nothing to score" in again.stdout
    (record, *_) = sorted((folder / "labels" / "_labelmill").glob("run-*.json"))
    platform = json.loads(record.read_text())["platform"]
    assert platform["master"].startswith("spark://")

    query = f"SELECT status, count(*) FROM parquet.`{folder}/labels` GROUP BY status"
    told = run(environment, folder, home / "bin" / "spark-sql", "--master", "local[1]", "--conf",
               "spark.ui.enabled=false", "-e", query)
    assert told.stdout.split() == ["OK", "20"]
