package io.labelmill.source;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;

/** Which images of an input are taken: by their names and by chance. Immutable. */
record Selection(Names names, OptionalDouble sample, long seed) {
  static Selection of(SourceOptions options) {
    return new Selection(
        new Names(options.include(), options.exclude()), options.sample(), options.seed());
  }

  /** Whether names decide nothing. */
  boolean areAllNames() {
    return names.areAll();
  }

  /** Whether globs let a name through; null, which has none, comes through. */
  boolean passes(String name) {
    return names.call(name);
  }

  /**
   * The rows that are taken.
   *
   * @param name the column that globs look at
   * @param chance the column whose hash, as a fraction of all hashes, is below that of a sample
   */
  Dataset<Row> of(Dataset<Row> rows, Column name, Column chance) {
    Dataset<Row> chosen =
        names.areAll() ? rows : rows.filter(udf(names, DataTypes.BooleanType).apply(name));
    if (sample.isEmpty()) {
      return chosen;
    }
    long most = (long) (sample.getAsDouble() * Long.MAX_VALUE);
    return chosen.filter(
        xxhash64(chance, lit(seed)).bitwiseAND(lit(Long.MAX_VALUE)).leq(lit(most)));
  }

  /** SQL function: whether the end of a path matches what is included, and nothing excluded. */
  private static final class Names implements UDF1<String, Boolean> {
    private final Glob[] include;
    private final Glob[] exclude;

    Names(List<String> include, List<String> exclude) {
      this.include = include.stream().map(Glob::ending).toArray(Glob[]::new);
      this.exclude = exclude.stream().map(Glob::ending).toArray(Glob[]::new);
    }

    boolean areAll() {
      return include.length == 0 && exclude.length == 0;
    }

    @Override
    public Boolean call(String name) {
      return name == null
          || ((include.length == 0 || matches(include, name)) && !matches(exclude, name));
    }

    private static boolean matches(Glob[] globs, String name) {
      return Arrays.stream(globs).anyMatch(glob -> glob.matches(name));
    }
  }
}
