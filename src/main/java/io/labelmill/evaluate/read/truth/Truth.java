package io.labelmill.evaluate.read.truth;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.TruthColumns.Found;
import io.labelmill.table.Columns;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The truth as it was found and looked through once. What its labels stand for is decided when it
 * is known what they are compared with.
 *
 * @param rows {@code path} (string, null where there is none), {@code labels} (a string, a number,
 *     or a list of either, as it was found) and {@code part} (string, of the column that was asked
 *     for, else null)
 * @param found the form, with what else it says
 */
public record Truth(Dataset<Row> rows, LabelColumn column, FoundTruth found, TruthLook look) {
  /** Of one-hot columns, and of the forms that are no tables. */
  private static final StructType LISTS =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("labels", DataTypes.createArrayType(DataTypes.StringType))
          .add("part", DataTypes.StringType);

  private static final String ONE_HOT = "one-hot columns";

  /**
   * Finds the truth and looks through it.
   *
   * @throws InputException when it is not there or is not what the options say
   */
  public static Truth open(SparkSession spark, TruthOptions options) {
    return open(spark, options, Optional.empty());
  }

  /**
   * As {@link #open(SparkSession, TruthOptions)}.
   *
   * @param part name of a column that is read too
   */
  static Truth open(SparkSession spark, TruthOptions options, Optional<String> part) {
    FoundTruth found = find(spark, options);
    TruthColumns columns = new TruthColumns(options.location(), found.rows().schema());
    Optional<Found> partColumn = part.map(name -> part(name, found, options));
    boolean isTable = !found.isNoTable();
    Optional<Found> label =
        columns.label(options.labelColumn().or(found::label).filter(name -> isTable));
    if (label.isEmpty()) {
      return oneHot(found, options, columns, partColumn);
    }
    Found path = columns.path(options.pathColumn().filter(name -> isTable));
    Dataset<Row> rows =
        found
            .rows()
            .select(
                path.column().cast("string").as("path"),
                label.get().column().as("labels"),
                partColumn
                    .map(one -> one.column().cast("string"))
                    .orElse(functions.lit(null).cast("string"))
                    .as("part"));
    LabelColumn column =
        new LabelColumn(
            options.location(),
            label.get().name(),
            options.labelSeparator().map(TextSplit::of),
            found.usual(),
            found.features().flatMap(features -> features.classes(label.get().name())));
    return looked(rows, column, found);
  }

  private static FoundTruth find(SparkSession spark, TruthOptions options) {
    Location location = Location.of(options.location());
    if (location.isCatalog()) {
      return FoundTruth.table(
          TableFiles.catalog(spark, location)
              .orElseThrow(
                  () ->
                      new InputException(
                          "The truth " + location + " is no table of Spark's catalog.")),
          "catalog table");
    }
    try {
      TruthPlace place = TruthPlace.of(spark, options);
      if (!place.isFile() && place.first().isEmpty()) {
        throw new InputException("The truth " + place.path() + " is empty.");
      }
      return options.format().form(place).read(place);
    } catch (FileNotFoundException e) {
      throw new InputException("The truth " + location + " does not exist.", e);
    } catch (IOException e) {
      throw Cause.failure("The truth " + location + " cannot be read: " + e, e);
    }
  }

  private static Found part(String name, FoundTruth found, TruthOptions options) {
    List<String> names = List.of(found.rows().columns());
    if (!names.contains(name)) {
      throw new InputException(
          "The truth %s has no column %s that tells the parts; it has %s."
              .formatted(options.location(), name, String.join(", ", names)));
    }
    return new Found(name, found.rows().schema().apply(name).dataType(), Columns.column(name));
  }

  private static Truth oneHot(
      FoundTruth found, TruthOptions options, TruthColumns columns, Optional<Found> part) {
    if (!columns.hasPath(options.pathColumn())) {
      throw columns.withoutLabels(options.pathColumn());
    }
    OneHotColumns labels =
        OneHotColumns.find(
                options.location(), found.rows(), columns.path(options.pathColumn()), part, LISTS)
            .orElseThrow(() -> columns.withoutLabels(options.pathColumn()));
    FoundTruth all = found;
    for (String note : labels.notes()) {
      all = all.noting(note);
    }
    LabelColumn column =
        new LabelColumn(
            options.location(), ONE_HOT, Optional.empty(), TextSplit.NONE, Optional.empty());
    return looked(labels.rows(), column, all);
  }

  private static Truth looked(Dataset<Row> rows, LabelColumn column, FoundTruth found) {
    TruthLook look =
        rows.select("path", "labels")
            .toJavaRDD()
            .mapPartitions(new Look())
            .treeReduce(new Sum(), 2);
    if (look.garbled().count() > 0) {
      throw new InputException(
          "%s rows of the truth %s hold letters that are no UTF-8: %s. Save it as UTF-8."
              .formatted(look.garbled().count(), column.location(), look.garbled().sentence()));
    }
    return new Truth(rows, column, found, look);
  }

  /**
   * What the labels stand for.
   *
   * @param known the labels that they are compared with; empty where they stand for themselves
   * @throws InputException where they can be taken for several things, or for none
   */
  public LabelCoding coding(Optional<KnownLabels> known) {
    return LabelCoding.of(column, look, known);
  }

  /** In which form it was found, for a report. */
  public String form() {
    return column.name().equals(ONE_HOT) ? ONE_HOT : found.form();
  }

  LabelledImages.Order order() {
    return found.order();
  }

  /** How paths are compared, given how the user wants it. */
  public PathKey key(PathKey given) {
    PathKey key =
        given.by() == PathKey.By.NAME && look.hasNoExtensions()
            ? new PathKey(PathKey.By.STEM, given.rewrites())
            : given;
    return found.base().map(key::below).orElse(key);
  }

  /** Whether an image may have any number of labels. */
  public boolean isMultiLabel(LabelCoding coding) {
    if (found.order() == LabelledImages.Order.PATHS) {
      return false;
    }
    if (column.name().equals(ONE_HOT)) {
      return !look.isOneEach();
    }
    boolean isList = rows.schema().apply("labels").dataType() instanceof ArrayType;
    return (isList && !coding.hasPlaces()) || coding.isMultiLabel(look);
  }

  /** What was understood, in lines: images, labels, and the form; then what was passed over. */
  public List<String> understood(LabelCoding coding, PathKey given) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d images, %s%,d labels, %s, from %s%s",
            look.rows(),
            look.isCut() ? "more than " : "",
            coding.count(look),
            isMultiLabel(coding) ? "multi-label" : "one label each",
            form(),
            coding.detail().isEmpty() ? "" : ", " + coding.detail()));
    lines.addAll(found.notes());
    if (key(given).by() != given.by()) {
      lines.add("paths of the truth have no extensions: names are compared without them");
    }
    return lines;
  }

  private static final class Look implements FlatMapFunction<Iterator<Row>, TruthLook> {
    @Override
    public Iterator<TruthLook> call(Iterator<Row> rows) {
      TruthLook look = new TruthLook();
      rows.forEachRemaining(row -> look.add(row.getString(0), row.get(1)));
      return List.of(look).iterator();
    }
  }

  private static final class Sum implements Function2<TruthLook, TruthLook, TruthLook> {
    @Override
    public TruthLook call(TruthLook a, TruthLook b) {
      return a.sum(b);
    }
  }
}
