package io.labelmill.score;

import io.labelmill.error.UsageException;
import io.labelmill.table.ColumnPrefix;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of the score table, in the order in which they are written: {@code path}, the kept
 * columns of the input, then Labelmill's own. Every column and element is declared nullable, since
 * Spark declares what it reads back so.
 */
public final class ScoreTable implements Serializable {
  /** One element of {@code predictions}: {@code struct<label, score, index>}. */
  public static final StructType PREDICTION =
      new StructType()
          .add("label", DataTypes.StringType)
          .add("score", DataTypes.FloatType)
          .add("index", DataTypes.IntegerType);

  /** One element of {@code segments}: {@code struct<label, index, pixels, share>}. */
  public static final StructType SEGMENT =
      new StructType()
          .add("label", DataTypes.StringType)
          .add("index", DataTypes.IntegerType)
          .add("pixels", DataTypes.LongType)
          .add("share", DataTypes.FloatType);

  /** Labelmill's own columns, in order, without the kept ones. */
  // Spark's data types are immutable without saying so.
  @SuppressWarnings("ImmutableEnumChecker")
  public enum Column {
    PATH("path", DataTypes.StringType, "the URI as given"),
    STATUS("status", DataTypes.StringType, "`OK`, or why the image has no label"),
    ERROR(
        "error",
        DataTypes.StringType,
        "one sentence: what happened and the value seen; null when `OK`"),
    LABEL("label", DataTypes.StringType, "the best label; null unless `OK`"),
    LABEL_INDEX(
        "label_index",
        DataTypes.IntegerType,
        "its index in the checkpoint (names may repeat); null unless `OK`"),
    SCORE("score", DataTypes.FloatType, "its score; null unless `OK`"),
    LABELS(
        "labels",
        DataTypes.createArrayType(DataTypes.StringType),
        "every label with score > threshold, best first; null unless the activation is sigmoid"),
    PREDICTIONS(
        "predictions",
        DataTypes.createArrayType(PREDICTION),
        "the top k, best first; of equal scores the lower index first; null unless `OK`"),
    SCORES(
        "scores",
        DataTypes.createArrayType(DataTypes.FloatType),
        "every score in the checkpoint's index order; only with `--scores all`"),
    EMBEDDING(
        "embedding",
        DataTypes.createArrayType(DataTypes.FloatType),
        "the pooled vector; only from `jobs/embed`, null unless `OK`"),
    SEGMENTS(
        "segments",
        DataTypes.createArrayType(SEGMENT),
        "the labels of a mask with their pixels and share, largest first; only from `jobs/segment`, null"
            + " unless `OK`"),
    MASK(
        "mask",
        DataTypes.BinaryType,
        "the mask as PNG, of which each pixel is a label's index; only with `--masks column`, null"
            + " unless `OK`"),
    MASK_FILE(
        "mask_file",
        DataTypes.StringType,
        "where the mask lies as PNG; only with `--masks files`, null unless `OK`"),
    WIDTH(
        "width",
        DataTypes.IntegerType,
        "of the upright picture before resizing, pixels; as declared when `TOO_LARGE`; null when"
            + " unknown"),
    HEIGHT("height", DataTypes.IntegerType, "likewise"),
    BYTES("bytes", DataTypes.LongType, "length of the encoded file; null when unknown"),
    CONTENT_VERSION(
        "content_version",
        DataTypes.StringType,
        "what tells this content from a later one: `length-mtimeMillis` of the file, the version"
            + " column's value, or the SHA-256 of inline bytes"),
    MODEL("model", DataTypes.StringType, "name of the model, with its revision where it has one"),
    MODEL_SHA256(
        "model_sha256",
        DataTypes.StringType,
        "SHA-256 over the lines `sha256  filename` of the files read, sorted by name"),
    SETTINGS_SHA256(
        "settings_sha256",
        DataTypes.StringType,
        "SHA-256 over the settings that change a row; equal settings and model, equal rows"),
    PRECISION("precision", DataTypes.StringType, "arithmetic of the model, such as `fp32`"),
    RUN_ID("run_id", DataTypes.StringType, "the run that wrote the row"),
    SCORED_AT("scored_at", DataTypes.TimestampType, "when the row was made");

    private final String columnName;
    private final DataType dataType;
    private final String meaning;

    Column(String columnName, DataType dataType, String meaning) {
      this.columnName = columnName;
      this.dataType = dataType;
      this.meaning = meaning;
    }

    public String columnName() {
      return columnName;
    }

    public DataType dataType() {
      return dataType;
    }

    /** For documentation, in Markdown. */
    public String meaning() {
      return meaning;
    }
  }

  private final StructType schema;
  private final int keptColumns;
  private final EnumSet<Column> columns;

  private ScoreTable(StructType schema, int keptColumns, Set<Column> columns) {
    this.schema = schema;
    this.keptColumns = keptColumns;
    this.columns = EnumSet.copyOf(columns);
  }

  /**
   * The table of labelled images, see {@link #of(List, Set, ColumnPrefix)}.
   *
   * @param scores whether the column {@code scores} is there
   */
  public static ScoreTable of(List<StructField> kept, KeptScores scores) {
    Set<Column> columns = EnumSet.complementOf(EnumSet.range(Column.EMBEDDING, Column.MASK_FILE));
    if (scores == KeptScores.TOP) {
      columns.remove(Column.SCORES);
    }
    return of(kept, columns, ColumnPrefix.NONE);
  }

  /** All names that columns of Labelmill's own have without a prefix. */
  public static Set<String> ownNames() {
    return names(EnumSet.allOf(Column.class), ColumnPrefix.NONE);
  }

  /** Names of columns of Labelmill's own, as they are written. */
  public static Set<String> names(Set<Column> columns, ColumnPrefix prefix) {
    return columns.stream()
        .map(column -> prefix.of(column.columnName()))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * @param kept the columns copied through from the input, in order
   * @param columns those of Labelmill's own that are there
   * @param prefix stands before the names of these
   * @throws UsageException when kept columns have the name of another column, case aside, with all
   *     of them
   */
  public static ScoreTable of(List<StructField> kept, Set<Column> columns, ColumnPrefix prefix) {
    Set<String> own = names(columns, prefix);
    List<String> problems = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (StructField field : kept) {
      if (own.stream().anyMatch(field.name()::equalsIgnoreCase)) {
        problems.add(
            ("kept column %s has the name of a column that is written: give those another beginning"
                    + " with --column-prefix, rename it in the input, or leave it out of --keep")
                .formatted(field.name()));
      } else if (names.stream().anyMatch(field.name()::equalsIgnoreCase)) {
        problems.add("kept column " + field.name() + " is named twice, case aside");
      }
      names.add(field.name());
    }
    UsageException.throwIfAny(problems);
    List<StructField> fields = new ArrayList<>();
    for (Column column : Column.values()) {
      if (columns.contains(column)) {
        fields.add(
            new StructField(
                prefix.of(column.columnName()), column.dataType(), true, Metadata.empty()));
      }
      if (column == Column.PATH) {
        kept.forEach(
            field ->
                fields.add(
                    new StructField(field.name(), field.dataType(), true, field.metadata())));
      }
    }
    return new ScoreTable(new StructType(fields.toArray(StructField[]::new)), kept.size(), columns);
  }

  public StructType schema() {
    return schema;
  }

  /** Number of columns copied through from the input. */
  public int keptColumns() {
    return keptColumns;
  }

  boolean has(Column column) {
    return columns.contains(column);
  }

  /** Number of columns that only an image that is OK fills. */
  int resultColumns() {
    return (int)
        EnumSet.range(Column.LABEL, Column.MASK_FILE).stream().filter(columns::contains).count();
  }
}
