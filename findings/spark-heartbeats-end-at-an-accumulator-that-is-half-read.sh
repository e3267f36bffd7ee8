#!/usr/bin/env bash
# A heartbeat during a task's deserialization can end an executor's heartbeats for good
#
# Expected: a class of one's own that extends AccumulatorV2 and keeps its values in a final collection,
#   made where it is declared, never shows a null to anybody.
# Seen: AccumulatorV2.readObject, the superclass's, hands the accumulator to the task's metrics before
#   the fields of the subclass are read. A heartbeat in that moment calls isZero on it: a
#   NullPointerException, which ends the timer of the heartbeats, and nothing else. The task goes on and
#   works, and spark.network.timeout later the driver removes the executor as lost. It takes 100,000s of
#   tasks to meet by chance; here a field that is read slowly stands for chance. An isZero that takes null
#   for zero is enough. Spark 4.3 shows the accumulator once it is read.
# Versions: pyspark 4.1.0, and 4.3.0, which does better (their jars), Java 17
# Source: SPARK-59451 and SPARK-20977; the run below
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >Beats.java <<'JAVA'
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.AccumulatorV2;

public class Beats {
  static class ReadSlowly implements Serializable {
    private void readObject(ObjectInputStream in) throws Exception {
      in.defaultReadObject();
      Thread.sleep(3_000);
    }
  }

  static class Names extends AccumulatorV2<String, List<String>> {
    static boolean takesNull;
    final ReadSlowly slow = new ReadSlowly();
    final ArrayList<String> names = new ArrayList<>();

    @Override
    public boolean isZero() {
      return takesNull && names == null || names.isEmpty();
    }

    @Override
    public Names copy() {
      Names copy = new Names();
      copy.names.addAll(names);
      return copy;
    }

    @Override
    public void reset() {
      names.clear();
    }

    @Override
    public void add(String name) {
      names.add(name);
    }

    @Override
    public void merge(AccumulatorV2<String, List<String>> other) {
      names.addAll(other.value());
    }

    @Override
    public List<String> value() {
      return List.copyOf(names);
    }
  }

  public static void main(String[] args) {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[2]")
            .setAppName("beats")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.heartbeatInterval", "500ms")
            .set("spark.network.timeout", "5s")
            .set("spark.network.timeoutInterval", "1s");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      System.out.println("Spark " + spark.version() + ", Java " + Runtime.version().feature());
      Names.takesNull = args[0].equals("takes-null");
      Names names = new Names();
      spark.sc().register(names, "names");
      spark
          .parallelize(List.of("a"), 1)
          .foreach(
              name -> {
                names.add(name);
                Thread.sleep(12_000);
              });
      System.out.println("the job's result: " + names.value());
    }
  }
}
JAVA
count() {
  grep -c "$1" log || true
}
for version in 4.1.0 4.3.0; do
  expected=$([[ $version == 4.1.0 ]] && echo 1 || echo 0)
  python3 -m venv --clear venv
  venv/bin/pip install -q "pyspark==$version"
  jars=$(venv/bin/python -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')/jars
  mkdir -p classes
  javac -nowarn -cp "$jars/*" -d classes Beats.java
  opens=()
  for package in java.lang java.lang.invoke java.net java.nio java.util java.util.concurrent sun.nio.ch; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
  done
  for kind in plain takes-null; do
    java "${opens[@]}" -cp "classes:$jars/*" Beats "$kind" 2>log || { tail log; exit 1; }
    echo "  isZero $kind: exceptions in the heartbeat $(count 'Uncaught exception in thread executor-heartbeater')," \
      "executors removed for want of heartbeats $(count 'no recent heartbeats')"
    [[ $(count 'Uncaught exception in thread executor-heartbeater') == $([[ $kind == plain ]] && echo "$expected" || echo 0) ]]
    [[ $(count 'no recent heartbeats') == $([[ $kind == plain ]] && echo "$expected" || echo 0) ]]
  done
done
