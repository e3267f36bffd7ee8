package io.labelmill.ml;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.demo.FridgePictures;
import io.labelmill.score.ExecutorMetrics;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A task that goes through many partitions, as those of {@code coalesce} do. */
@Timeout(180)
class CoalescedIT {
  private static final int PARTITIONS = 12;

  /** What each partition has one of while it is labelled. */
  private static final List<String> HELD =
      List.of(
          "io.labelmill.score.Labelling",
          "io.labelmill.score.Lanes",
          "io.labelmill.source.ReadAhead",
          "io.labelmill.source.ReadMemory",
          "io.labelmill.model.ExecutorModels$Lease");

  @TempDir Path folder;

  @Test
  void onePartitionAtATimeIsHeldOpen() throws Exception {
    SparkSession spark = SparkFixture.spark();
    Path model = Files.createDirectory(folder.resolve("model"));
    TestCheckpoints.tiny().write(model);
    Path pictures = new FridgePictures(2 * PARTITIONS, 1).write(folder.resolve("pictures"));
    List<String> paths;
    try (Stream<Path> files = Files.list(pictures)) {
      paths = files.map(Path::toString).filter(name -> name.endsWith(".jpg")).toList();
    }
    Dataset<Row> images =
        spark.createDataset(paths, Encoders.STRING()).toDF("image_url").repartition(PARTITIONS);
    try (ImageLabeler labeler = new ImageLabeler().setModel(model.toString())) {
      List<String> told =
          labeler
              .transform(images)
              .coalesce(1)
              .mapPartitions(new Holds(), Encoders.STRING())
              .collectAsList();
      assertThat(told.subList(0, paths.size())).containsOnly("OK, 1 active");
      assertThat(told.subList(paths.size(), told.size())).containsExactly("0 active", "");
    }
  }

  /** Tells of each row, and then of what is open and alive behind the last. */
  private static final class Holds implements MapPartitionsFunction<Row, String> {
    @Override
    public Iterator<String> call(Iterator<Row> rows) throws Exception {
      List<String> told = new ArrayList<>();
      while (rows.hasNext()) {
        String status = rows.next().getAs("status");
        told.add(status + ", " + active());
      }
      told.add(active());
      told.add(
          String.join(", ", alive().filter(line -> !line.matches(" *\\d+: +[01] .*")).toList()));
      return told.iterator();
    }

    private static String active() {
      return ExecutorMetrics.METRICS.stream()
              .filter(metric -> metric.name().equals("tasks.active"))
              .findFirst()
              .orElseThrow()
              .value()
              .apply(null)
          + " active";
    }

    /** Lines of the histogram of what is alive: number, instances, bytes, class. */
    private static Stream<String> alive() throws Exception {
      String histogram =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "gcClassHistogram",
                      new Object[] {new String[0]},
                      new String[] {String[].class.getName()});
      return histogram
          .lines()
          .filter(line -> HELD.contains(line.strip().replaceFirst("(\\S+ +){3}", "")));
    }
  }
}
