#!/usr/bin/env bash
# Each barrier() and each allGather() of a Spark task takes a whole second, however soon all tasks are there
#
# Expected: tasks of a barrier stage that come at the same time go on at once: a message to the driver and back,
#   milliseconds on one machine.
# Seen: every call takes 1.0 s. The task asks whether the driver has answered, and sleeps for a second before it asks
#   again; the first question always comes too early. Ten rounds of an optimiser that gathers once and waits once
#   take 20 seconds, in which no processor does anything.
# Versions: pyspark 4.1.0 and 3.5.7, Python 3.11, Java 17
# Source: BarrierTaskContext.runBarrier in Spark's core; the run below
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >waits.py <<'PY'
import sys
import time

import pyspark
from pyspark import BarrierTaskContext, SparkConf, SparkContext

CALLS = 4


def work(rows):
    context = BarrierTaskContext.get()
    context.barrier()
    times = []
    for each in (context.barrier, lambda: context.allGather("x")):
        start = time.monotonic()
        for _ in range(CALLS):
            each()
        times.append((time.monotonic() - start) / CALLS)
    return [tuple(times)]


settings = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false")
with SparkContext(conf=settings) as spark:
    times = spark.parallelize(range(2), 2).barrier().mapPartitions(work).collect()
barrier = min(each[0] for each in times)
gather = min(each[1] for each in times)
print(f"pyspark {pyspark.__version__}: barrier {barrier:.2f} s, allGather {gather:.2f} s, by two tasks of one machine")
sys.exit(0 if min(barrier, gather) > 0.9 else 1)
PY
for version in 4.1.0 3.5.7; do
  python3 -m venv "venv-$version"
  "venv-$version/bin/pip" install -q "pyspark==$version" setuptools==80.9.0
  "venv-$version/bin/python" waits.py 2>/dev/null
done
