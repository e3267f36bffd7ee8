package io.labelmill.evaluate.read;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.error.Status;
import io.labelmill.evaluate.read.SegmentOptions.Reduce;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import io.labelmill.segment.LabelMap;
import io.labelmill.sink.RunRecord;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * Masks to evaluate: a table of {@code jobs/segment}, or a folder of PNG files.
 *
 * @param location as the user named it
 * @param rows of {@link #SCHEMA}, all of them, not only current ones
 * @param records of the runs that wrote them, newest first; none for a folder
 */
public record MaskTable(String location, Dataset<Row> rows, List<RunRecord> records) {
  /** Of masks, {@code mask} or {@code mask_file} is set. */
  public static final StructType SCHEMA =
      StructType.fromDDL(
          """
          path STRING, status STRING, mask BINARY, mask_file STRING, model STRING, run_id STRING
          """);

  /**
   * @throws InputException if it is not there, or has no masks
   */
  public static MaskTable open(SparkSession spark, String location) {
    Configuration configuration = spark.sparkContext().hadoopConfiguration();
    if (isFolderOfMaps(location, configuration)) {
      List<Row> rows =
          MapFiles.list(location, "predictions", configuration).values().stream()
              .map(file -> RowFactory.create(file, Status.OK.name(), null, file, null, null))
              .toList();
      return new MaskTable(location, spark.createDataFrame(rows, SCHEMA), List.of());
    }
    Dataset<Row> table = ResultTable.read(spark, location, "predictions");
    List<String> columns = List.of(table.columns());
    if (!columns.contains("path") || !(columns.contains("mask") || columns.contains("mask_file"))) {
      throw new InputException(
          "The predictions %s have no masks: they need the column path, and mask, a PNG's bytes, or mask_file, the path of one; they have %s."
              .formatted(location, String.join(", ", columns)));
    }
    Column[] selected =
        Arrays.stream(SCHEMA.fields())
            .map(
                field -> {
                  DataType type = field.dataType();
                  return columns.contains(field.name())
                      ? table.col(field.name()).cast(type).as(field.name())
                      : functions
                          .lit(field.name().equals("status") ? Status.OK.name() : null)
                          .cast(type)
                          .as(field.name());
                })
            .toArray(Column[]::new);
    return new MaskTable(
        location, table.select(selected), ResultTable.records(location, configuration));
  }

  private static boolean isFolderOfMaps(String location, Configuration configuration) {
    if (Location.of(location).isCatalog()) {
      return false;
    }
    try {
      FileSystem files = Location.of(location).fileSystem(configuration);
      Optional<Path> first = TableFiles.first(files, Location.of(location).hadoop());
      // What begins with _ is no data of a table, but may be the mask of a camera's picture.
      return first.isPresent()
          ? first.get().getName().toLowerCase(Locale.ROOT).endsWith(".png")
          : !MapFiles.all(location, configuration).isEmpty();
    } catch (FileNotFoundException e) {
      throw new InputException("The predictions " + location + " do not exist.", e);
    } catch (IOException e) {
      throw Cause.failure("The predictions " + location + " cannot be read: " + e, e);
    }
  }

  private Optional<RunRecord> record(Optional<String> run) {
    return ResultTable.record(records, run);
  }

  /**
   * The labels that masks have indices of.
   *
   * @throws InputException if they are not known, or more than a mask tells apart
   */
  public LabelUniverse labels(
      Optional<String> run, Optional<String> given, Configuration configuration) {
    LabelUniverse labels = ResultTable.labels(location, record(run), given, configuration);
    if (labels.size() > LabelMap.MOST_LABELS) {
      throw new InputException(
          "There are %s labels, and masks tell %s apart."
              .formatted(labels.size(), LabelMap.MOST_LABELS));
    }
    return labels;
  }

  /**
   * Whether the truth counts its labels from 1, as the processor of the model says whose labels
   * these are.
   *
   * @throws InputException if that is not known
   */
  public boolean reduces(
      SegmentOptions options, Optional<String> run, Configuration configuration) {
    List<String> models = new ArrayList<>(options.models());
    record(run).map(record -> record.model().location()).ifPresent(models::add);
    return reduces(options.reduce(), models, configuration);
  }

  /**
   * As the longer form, before there are masks.
   *
   * @param models the first that says it counts
   */
  public static boolean reduces(Reduce reduce, List<String> models, Configuration configuration) {
    if (reduce != Reduce.AUTO) {
      return reduce == Reduce.YES;
    }
    return models.stream()
        .flatMap(model -> reduces(model, configuration).stream())
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "Whether the truth counts its labels from 1, with 0 for none, is not known, since no"
                        + " preprocessor_config.json of the model was found: say --reduce-labels yes,"
                        + " as for ADE20K, or --reduce-labels no, as for Cityscapes' training ids and"
                        + " Pascal VOC."));
  }

  /** Empty where a model has no such file, or lies where files are not asked for, as on a hub. */
  private static Optional<Boolean> reduces(String model, Configuration configuration) {
    try {
      Path file = Location.of(model).below("preprocessor_config.json");
      try (var in = file.getFileSystem(configuration).open(file)) {
        JsonNode processor = new ObjectMapper().readTree(in.readAllBytes());
        // The older name is that of feature extractors.
        return Optional.of(
            processor.path("do_reduce_labels").asBoolean()
                || processor.path("reduce_labels").asBoolean());
      }
    } catch (IOException | IllegalArgumentException e) {
      Cause cause = Cause.of(e);
      if (cause == Cause.NOT_THERE || cause == Cause.IMPOSSIBLE) {
        return Optional.empty();
      }
      throw Cause.failure(
          "Whether the truth counts its labels from 1 is not known, since preprocessor_config.json of the model %s cannot be read: %s. Say --reduce-labels yes or --reduce-labels no."
              .formatted(model, e),
          e);
    }
  }
}
