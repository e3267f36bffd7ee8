#!/usr/bin/env bash
# Where Spark has Hive, as its distributions and pyspark from pip have, a rename on file: replaces nothing
#
# Expected: Hadoop's file system of local disks renames as rename(2) does: a file that is in the place is
#   replaced. That is how a small file is rewritten so that a reader sees the old one or the new.
# Seen: FileSystem.get of file:/// gives org.apache.hadoop.hive.ql.io.ProxyLocalFileSystem. Its rename
#   returns false when the target is a file, and leaves both as they were. The jar hive-exec registers it
#   for file: with Java's service loader, after Hadoop's own, and the last one wins. With Hadoop's class
#   around the same files, the rename replaces. Code that was tested against spark-sql from Maven, which
#   has no Hive, meets this first on a real distribution.
# Versions: pyspark 4.1.0 (Hadoop 3.4.2, hive-exec 2.3.10), Java 17
# Source: the listing of services in jars/hive-exec-2.3.10-core.jar, and the run below
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pyspark==4.1.0
cat >rename.py <<'PY'
import os
import sys

import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
jvm = spark._jvm
path = jvm.org.apache.hadoop.fs.Path
files = jvm.org.apache.hadoop.fs.FileSystem.get(
    jvm.java.net.URI.create("file:///"), spark.sparkContext._jsc.hadoopConfiguration()
)


def write(name, text):
    with open(name, "w") as out:
        out.write(text)


def renamed(by):
    write("old", "old")
    write("new", "new")
    done = by.rename(path(os.path.abspath("new")), path(os.path.abspath("old")))
    with open("old") as read:
        return done, read.read()


kind = files.getClass().getName()
plain = jvm.org.apache.hadoop.fs.LocalFileSystem(files.getRaw())
print("pyspark", pyspark.__version__, "Java", jvm.java.lang.System.getProperty("java.version"))
print("file: is", kind)
print("its rename to a file that exists:", renamed(files))
print("that of Hadoop's LocalFileSystem:", renamed(plain))
seen = kind.endswith("ProxyLocalFileSystem") and renamed(files) == (False, "old")
sys.exit(0 if seen and renamed(plain) == (True, "new") else 1)
PY
venv/bin/python rename.py 2>/dev/null
