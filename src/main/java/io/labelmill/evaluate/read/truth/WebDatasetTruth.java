package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.source.SideFiles;
import io.labelmill.table.Columns;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * WebDataset's shards, and zip files of the same kind: beside each image a file of its name that
 * ends in {@code .cls}, {@code .class}, {@code .json} or {@code .txt} says its labels. An image
 * goes by the path that its row has, {@code ARCHIVE!/MEMBER}.
 */
final class WebDatasetTruth implements TruthForm {
  private static final String JSON = "json";

  /** Endings that hold labels, those that hold nothing else first. */
  private static final List<String> ENDINGS = List.of("cls", "class", JSON, "txt");

  private static final String CORRUPT = "_corrupt_record";
  private static final int SHOWN = 5;

  /** A JSON string, and nothing behind it. */
  private static final String ONE_STRING = "(?s)^\"(?:[^\"\\\\]++|\\\\.)*+\"$";

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    Optional<Path> first = place.first();
    return first.isPresent()
        && SideFiles.isArchive(first.get().getName())
        && (place.isFile()
            || place.below().stream().noneMatch(file -> TruthLook.isImageName(file.relative())));
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    Optional<String> asked = place.options().labelColumn();
    List<String> endings =
        asked
            .map(column -> List.of(column.replaceFirst("\\..*", "").toLowerCase(Locale.ROOT)))
            .orElse(ENDINGS);
    Dataset<Row> all = SideFiles.read(place.spark(), place.location().given(), endings);
    Column isRead =
        functions
            .col(SideFiles.PROBLEM)
            .isNull()
            .and(functions.not(functions.col(SideFiles.PATH).endsWith("!/")));
    Dataset<Row> rows = all.filter(isRead).drop(SideFiles.PROBLEM);
    Row counts = counts(all, isRead, endings);
    String ending = found(place, counts, endings);
    long without = counts.getLong(0) - counts.getLong(endings.indexOf(ending) + 1);
    // No file says nothing; an empty one, that there is no label.
    rows = rows.filter(Columns.column(ending).isNotNull());
    if (ending.equals(JSON)) {
      rows = parsed(place, rows);
    }
    Optional<String> label = asked.or(() -> Optional.of(ending));
    if (asked.isEmpty()
        && ending.equals(JSON)
        && rows.schema().apply(JSON).dataType() instanceof StructType fields) {
      label = field(place, rows, fields);
    }
    // Behind all that only looks at the files, since each look would sort them anew.
    rows = rows.orderBy(SideFiles.PATH);
    if (label.isEmpty()) {
      // A field for each label, or none: what is said of tables holds for these.
      rows = rows.select(SideFiles.PATH, JSON + ".*");
    }
    FoundTruth truth = FoundTruth.table(rows, form(label.orElse(JSON))).withLabels(label);
    if (without > 0) {
      truth =
          truth.noting(
              without + " members have no ." + ending + " file beside them and are left out");
    }
    long unread = counts.getLong(endings.size() + 1);
    return unread == 0 ? truth : noting(truth, unread, all.filter(functions.not(isRead)));
  }

  private static String form(String column) {
    String[] parts = column.split("\\.", 2);
    return "the ." + parts[0] + " files in archives" + (parts.length > 1 ? ", " + parts[1] : "");
  }

  /** Of members that are read, of those that have a side file of each ending, and of others. */
  private static Row counts(Dataset<Row> all, Column isRead, List<String> endings) {
    Stream<Column> counted =
        Stream.concat(
            endings.stream().map(ending -> functions.when(isRead, Columns.column(ending))),
            Stream.of(functions.when(functions.not(isRead), functions.lit(1))));
    return all.agg(
            functions.count(functions.when(isRead, functions.lit(1))),
            counted.map(functions::count).toArray(Column[]::new))
        .first();
  }

  /** The first ending of which there are files. */
  private static String found(TruthPlace place, Row counts, List<String> endings) {
    for (int i = 0; i < endings.size(); i++) {
      if (counts.getLong(i + 1) > 0) {
        return endings.get(i);
      }
    }
    throw new InputException(
        "The truth %s has no labels beside its %,d members: each image needs a file of its name that ends in .%s (name another ending, or a field of .json as json.FIELD, with --truth-label-column)."
            .formatted(place.location(), counts.getLong(0), String.join(" or .", endings)));
  }

  /**
   * The same with the fields of {@code .json}, where its files hold objects, else with their texts;
   * null where a file holds nothing.
   *
   * @throws InputException where only some hold objects, or one is no JSON
   */
  private static Dataset<Row> parsed(TruthPlace place, Dataset<Row> rows) {
    Column json = functions.col(JSON);
    Column text = functions.regexp_replace(json, "^[\\s\\x{FEFF}]+|\\s+$", "");
    rows = rows.withColumn(JSON, functions.when(text.isin("", "null"), null).otherwise(text));
    Dataset<Row> objects = rows.filter(json.startsWith("{"));
    Dataset<Row> others = rows.filter(json.isNotNull().and(functions.not(json.startsWith("{"))));
    if (objects.isEmpty()) {
      Column isText = json.startsWith("\"");
      Column value = functions.get_json_object(json, "$");
      // Spark reads the first value of a text and drops what follows.
      Column isCut =
          isText
              .and(functions.not(json.rlike(ONE_STRING)).or(value.isNull()))
              .or(json.startsWith("[").and(functions.not(json.endsWith("]"))));
      refuseBroken(place, rows.filter(isCut));
      return rows.withColumn(JSON, functions.when(isText, value).otherwise(json));
    }
    if (!others.isEmpty()) {
      throw new InputException(
          "The truth %s has %,d .json files that hold no object, where %,d others do, beside %s: write them alike, or name another ending with --truth-label-column."
              .formatted(place.location(), others.count(), objects.count(), some(others)));
    }
    StructType schema =
        place.spark().read().json(objects.select(json).as(Encoders.STRING())).schema();
    refuseSpellings(place, objects);
    Dataset<Row> parsed = rows.withColumn(JSON, functions.from_json(json, schema));
    if (List.of(schema.fieldNames()).contains(CORRUPT)) {
      refuseBroken(place, parsed.filter(json.getField(CORRUPT).isNotNull()));
    }
    return parsed;
  }

  private static void refuseBroken(TruthPlace place, Dataset<Row> broken) {
    if (!broken.isEmpty()) {
      throw new InputException(
          "The truth %s has %,d .json files that hold no JSON, beside %s: write them anew, or name another ending with --truth-label-column."
              .formatted(place.location(), broken.count(), some(broken)));
    }
  }

  /** Of fields that differ in case alone Spark reads one, and says nothing of the others. */
  private static void refuseSpellings(TruthPlace place, Dataset<Row> rows) {
    List<String> spellings =
        rows.select(functions.explode(functions.json_object_keys(functions.col(JSON))).as("key"))
            .filter(functions.lower(functions.col("key")).isInCollection(TruthColumns.LABELS))
            .distinct()
            .as(Encoders.STRING())
            .collectAsList();
    for (String name : TruthColumns.LABELS) {
      List<String> alike = spellings.stream().filter(name::equalsIgnoreCase).sorted().toList();
      if (alike.size() > 1) {
        throw new InputException(
            "The truth %s has .json files with the fields %s, which are one: spell them alike."
                .formatted(place.location(), String.join(" and ", alike)));
      }
    }
  }

  /**
   * The field of labels of {@code .json}, where it has one of a usual name.
   *
   * @throws InputException where some files have another of these names instead
   */
  private static Optional<String> field(TruthPlace place, Dataset<Row> rows, StructType fields) {
    List<String> names =
        TruthColumns.LABELS.stream().filter(List.of(fields.fieldNames())::contains).toList();
    Column json = functions.col(JSON);
    for (String other : names.subList(Math.min(1, names.size()), names.size())) {
      Dataset<Row> otherwise =
          rows.filter(json.getField(names.get(0)).isNull().and(json.getField(other).isNotNull()));
      if (!otherwise.isEmpty()) {
        throw new InputException(
            "The truth %s has labels in the field %s of its .json files, but in %,d of them in %s, beside %s: write them alike, or name the field as json.FIELD with --truth-label-column."
                .formatted(
                    place.location(), names.get(0), otherwise.count(), other, some(otherwise)));
      }
    }
    return names.stream().findFirst().map(name -> JSON + "." + name);
  }

  /** Paths of the first images. */
  private static String some(Dataset<Row> rows) {
    FirstNames listed = new FirstNames();
    rows.select(SideFiles.PATH)
        .orderBy(SideFiles.PATH)
        .limit(SHOWN + 1)
        .collectAsList()
        .forEach(row -> listed.add(row.getString(0)));
    return listed.sentence();
  }

  private static FoundTruth noting(FoundTruth truth, long count, Dataset<Row> unread) {
    FirstNames listed = new FirstNames();
    unread
        .limit(SHOWN)
        .collectAsList()
        .forEach(
            row ->
                listed.add(
                    "%s (%s)"
                        .formatted(
                            row.getString(0),
                            row.isNullAt(1) ? "It cannot be opened." : row.getString(1))));
    return truth.noting(
        count + " members of the archives cannot be read and are left out: " + listed.sentence());
  }
}
