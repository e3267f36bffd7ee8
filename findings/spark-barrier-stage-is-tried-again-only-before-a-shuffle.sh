#!/usr/bin/env bash
# A barrier stage that fails is tried again where a shuffle follows it, and never where its rows are collected
#
# Expected: "when a task fails, all tasks of the stage are restarted" (Spark's guide to barrier execution),
#   up to spark.stage.maxConsecutiveAttempts times (4), whatever is done with the stage's rows.
# Seen: a barrier stage whose rows go to the driver, or into files, is the last stage of its job; the first
#   failure of a task then ends the job at once: "Could not recover from a failed barrier ResultStage".
#   spark.task.maxFailures doesn't count for it either. With a shuffle behind it, of one row if need be, the
#   same stage is tried again, and the job succeeds.
# Versions: pyspark 4.1.0, and 3.5.7, alike; Java 17; Python 3.11
# Source: DAGScheduler.handleTaskCompletion; the run below
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >barrier.py <<'PYTHON'
import os
import sys

from pyspark import BarrierTaskContext
from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.master("local[2,4]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")


def stage(name):
    mark = os.path.abspath(name + ".failed")

    def fails_at_first(rows):
        context = BarrierTaskContext.get()
        context.barrier()
        if context.partitionId() == 1 and not os.path.exists(mark):
            open(mark, "w").close()
            raise RuntimeError("the first attempt")
        yield (context.partitionId(), os.path.exists(mark))

    return spark.sparkContext.parallelize(range(2), 2).barrier().mapPartitions(fails_at_first)


def seen(rows):
    try:
        return str(sorted(rows.collect()))
    except Exception as failure:
        text = str(failure)
        sentence = "Could not recover from a failed barrier ResultStage"
        return sentence if sentence in text else text[:300]


print("pyspark", spark.version)
collected = seen(stage("collected"))
shuffled = seen(stage("shuffled").partitionBy(2))
print("collected:", collected)
print("shuffled, then collected:", shuffled)
ok = collected.startswith("Could not recover") and shuffled == "[(0, True), (1, True)]"
sys.exit(0 if ok else 1)
PYTHON
for version in 4.1.0 3.5.7; do
  python3 -m venv "spark-$version"
  "spark-$version/bin/pip" install -q "pyspark==$version"
  rm -f ./*.failed
  PYSPARK_PYTHON=$PWD/spark-$version/bin/python SPARK_LOCAL_IP=127.0.0.1 \
    "spark-$version/bin/python" barrier.py 2>spark.log || { cat spark.log; exit 1; }
done
