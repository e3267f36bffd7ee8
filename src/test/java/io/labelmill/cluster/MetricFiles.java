package io.labelmill.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A sink of executors' metrics that a test can read: a file for each, under the names that the
 * README gives.
 *
 * @param folder that is made for them
 */
record MetricFiles(Path folder) {
  static MetricFiles in(Path folder) throws IOException {
    return new MetricFiles(Files.createDirectory(folder));
  }

  /** For spark-submit. */
  List<String> options() {
    String sink = "spark.metrics.conf.executor.sink.csv.";
    List<String> options = new ArrayList<>();
    for (String setting :
        List.of(
            "spark.metrics.namespace=labelmill",
            sink + "class=org.apache.spark.metrics.sink.CsvSink",
            sink + "directory=" + folder,
            sink + "period=1")) {
      options.addAll(List.of("--conf", setting));
    }
    return options;
  }

  /** What an executor said last. */
  long last(int executor, String name) {
    Path file = folder.resolve("labelmill." + executor + ".labelmill.executor." + name + ".csv");
    try {
      List<String> lines = Files.readAllLines(file);
      return Long.parseLong(lines.get(lines.size() - 1).replaceFirst(".*,", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
