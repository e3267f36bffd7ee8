package io.labelmill.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.regexp_extract;

import com.sun.management.OperatingSystemMXBean;
import io.labelmill.TestCheckpoints;
import io.labelmill.TestOptions;
import io.labelmill.demo.FridgePictures;
import io.labelmill.option.Settings;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreResult;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The same pictures as a folder, as tar archives, as zip archives and as a Parquet table of Hugging
 * Face's form: whether all give the same labels and scores, and how fast each is beside the folder.
 * The model is tiny, so that what is measured is reading.
 *
 * <pre>{@code
 * java @conf/spark-jvm.options -Xmx2g -cp CLASS_PATH_OF_TESTS \
 *     io.labelmill.bench.InputForms FOLDER [IMAGES=10000] [ROUNDS=3]
 * }</pre>
 */
public final class InputForms {
  private static final int DISTINCT = 200;
  private static final int PER_SHARD = 1_000;

  /** What its processors do is the same on a machine that others use, too. */
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private enum Form {
    FOLDER("folder", Optional.empty()),
    TAR("tar/*.tar", Optional.empty()),
    ZIP("zip/*.zip", Optional.empty()),
    PARQUET("parquet", Optional.of("image"));

    private final String input;
    private final Optional<String> contentColumn;

    Form(String input, Optional<String> contentColumn) {
      this.input = input;
      this.contentColumn = contentColumn;
    }
  }

  private final Path folder;
  private final int images;
  private final SparkSession spark;

  private InputForms(Path folder, int images) {
    this.folder = folder;
    this.images = images;
    this.spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("forms of input")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
  }

  /** {@code FOLDER [IMAGES] [ROUNDS]}; the folder must not hold a measurement. */
  public static void main(String[] args) throws IOException {
    int images = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
    new InputForms(Path.of(args[0]), images).measure(rounds);
  }

  private void measure(int rounds) throws IOException {
    TestCheckpoints.tiny().write(folder.resolve("model"));
    write();
    Map<Form, List<Double>> speeds = new EnumMap<>(Form.class);
    Map<Form, List<Double>> processors = new EnumMap<>(Form.class);
    List<Row> expected = null;
    List<Form> order = new ArrayList<>(List.of(Form.values()));
    for (int round = 0; round <= rounds; round++) {
      for (Form form : order) {
        long before = PROCESS.getProcessCpuTime();
        double speed = score(form).imagesPerSecond();
        double millis = (PROCESS.getProcessCpuTime() - before) / 1e6 / images;
        System.out.printf(
            "round %d %s %.1f images/s, %.3f ms of processors an image%n",
            round, form, speed, millis);
        if (round > 0) { // The first warms up.
          speeds.computeIfAbsent(form, none -> new ArrayList<>()).add(speed);
          processors.computeIfAbsent(form, none -> new ArrayList<>()).add(millis);
        }
        List<Row> rows = rows();
        expected = expected == null ? rows : expected;
        if (rows.size() != images || !rows.equals(expected)) {
          throw new IllegalStateException(form + " gives other rows than " + order.get(0));
        }
      }
      // None is always the first, or the last.
      Collections.rotate(order, 1);
    }
    System.out.printf("%,d images, labels and scores of all forms are equal%n", images);
    List<Double> beside = speeds.get(Form.FOLDER);
    speeds.forEach(
        (form, all) ->
            System.out.printf(
                "%-8s %8.1f images/s  %.3f of the folder in the same round  %.3f ms of processors an"
                    + " image, planning too  (%s)%n",
                form,
                median(all),
                median(
                    IntStream.range(0, rounds)
                        .mapToObj(round -> all.get(round) / beside.get(round))
                        .toList()),
                median(processors.get(form)),
                all));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private ScoreResult score(Form form) throws IOException {
    Settings source =
        new Settings()
            .with(SourceOptions.INPUT, List.of(folder.resolve(form.input).toString()))
            .with(SourceOptions.CONTENT_COLUMN, form.contentColumn);
    return ScoreJob.run(
        spark,
        TestOptions.score(
            folder.resolve("model").toString(),
            source.as(SourceOptions::read),
            OutputOptions.of(folder.resolve("out").toString(), IfExists.OVERWRITE),
            OptionalLong.empty()),
        Progress.SILENT);
  }

  /** By the pictures' own names, which all forms have in their paths. */
  private List<Row> rows() {
    return spark
        .read()
        .parquet(folder.resolve("out").toString())
        .select(
            regexp_extract(col("path"), "[0-9]+\\.jpg$", 0).as("name"),
            col("status"),
            col("label"),
            col("score"),
            col("predictions"))
        .orderBy("name")
        .collectAsList();
  }

  private void write() throws IOException {
    List<byte[]> pictures = new ArrayList<>();
    FridgePictures drawn = new FridgePictures(DISTINCT, 1);
    for (int i = 0; i < DISTINCT; i++) {
      ByteArrayOutputStream encoded = new ByteArrayOutputStream();
      ImageIO.write(drawn.picture(i), "jpg", encoded);
      pictures.add(encoded.toByteArray());
    }
    for (Form form : Form.values()) {
      Files.createDirectories(folder.resolve(form.input).getParent());
    }
    Files.createDirectories(folder.resolve("folder"));
    List<Row> rows = new ArrayList<>();
    for (int first = 0; first < images; first += PER_SHARD) {
      String shard = "%06d".formatted(first);
      try (OutputStream tarFile = opened("tar/" + shard + ".tar");
          TarArchiveOutputStream tar = new TarArchiveOutputStream(tarFile);
          OutputStream zipFile = opened("zip/" + shard + ".zip");
          ZipOutputStream zip = new ZipOutputStream(zipFile)) {
        zip.setLevel(0);
        for (int i = first; i < Math.min(images, first + PER_SHARD); i++) {
          byte[] picture = pictures.get(i % DISTINCT);
          String name = "%08d.jpg".formatted(i);
          Files.write(folder.resolve("folder").resolve(name), picture);
          TarArchiveEntry entry = new TarArchiveEntry(name);
          entry.setSize(picture.length);
          tar.putArchiveEntry(entry);
          tar.write(picture);
          tar.closeArchiveEntry();
          zip.putNextEntry(new ZipEntry(name));
          zip.write(picture);
          zip.closeEntry();
          rows.add(RowFactory.create(RowFactory.create(picture, name)));
        }
      }
      StructType image = StructType.fromDDL("bytes binary, path string");
      spark
          .createDataFrame(rows, new StructType().add("image", image))
          .coalesce(1)
          .write()
          .mode(SaveMode.Append)
          .parquet(folder.resolve("parquet").toString());
      rows.clear();
    }
    System.out.println("written below " + folder + ": " + Arrays.toString(Form.values()));
  }

  private OutputStream opened(String name) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(folder.resolve(name)));
  }
}
