"""What is said where the application jar is not in the class path."""

import os
import subprocess
import sys


def test_the_jar_that_is_missing_is_named():
    program = """
import labelmill
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
for call in [lambda: labelmill.ImageLabeler(), lambda: labelmill.score(model="m")]:
    try:
        call()
    except labelmill.UsageError as e:
        print(e)
"""
    environment = {**os.environ, "PYTHONPATH": os.environ["LABELMILL_JAR"]}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("--jars labelmill-app.jar") == 2
