#!/usr/bin/env bash
# While a session of Spark Connect is there, no Python that this process starts can make a session with a JVM
#
# Expected: a program that a process starts asks for its own Spark: SparkSession.builder.master("local[1]").
# Seen: it ends with CONNECT_URL_NOT_SET. Making a session of Connect puts SPARK_CONNECT_MODE_ENABLED into the
#   environment of the process, where its children get it, and with that variable pyspark takes a master for
#   nothing and asks for the address of a server. It stays until stop(). A child that is given an environment
#   without it works.
# Versions: pyspark 4.1.0, Python 3.11, Java 17
# Source: the run below
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q 'pyspark[connect]==4.1.0' pandas==2.3.3 pyarrow==21.0.0
cat >child.py <<'PY'
from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
print("rows:", builder.getOrCreate().range(3).count())
PY
cat >parent.py <<'PY'
import os
import subprocess
import sys

import pyspark
from pyspark.sql import SparkSession

NAME = "SPARK_CONNECT_MODE_ENABLED"


def child(environment):
    run = subprocess.run(
        [sys.executable, "child.py"], env=environment, capture_output=True, text=True
    )
    return run.returncode, run.stdout.strip() or run.stderr.strip().splitlines()[-1]


print("pyspark", pyspark.__version__)
assert NAME not in os.environ
before = child(dict(os.environ))
session = SparkSession.builder.remote("local[1]").getOrCreate()
session.range(1).count()
inherited = child(dict(os.environ))
without = child({k: v for k, v in os.environ.items() if k not in (NAME, "SPARK_REMOTE", "SPARK_LOCAL_REMOTE")})
session.stop()
print("before:   ", before)
print("within:   ", inherited)
print("without it:", without)
print(NAME, "after stop():", os.environ.get(NAME))
seen = before[0] == 0 and inherited[0] != 0 and "CONNECT_URL_NOT_SET" in inherited[1]
sys.exit(0 if seen and without[0] == 0 and NAME not in os.environ else 1)
PY
venv/bin/python parent.py 2>/dev/null
