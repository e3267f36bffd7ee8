package io.labelmill.table;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/** Columns by their names, whatever letters these have. */
public final class Columns {
  private Columns() {}

  /** The column of exactly this name, at the top of its table. */
  public static Column column(String name) {
    return functions.col(quoted(name));
  }

  /** The name as SQL and {@link functions#col} read it. */
  public static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }
}
