package io.labelmill.evaluate.pass;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.source.AllowedPlaces;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.ImageUri;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Path and content version to path and SHA-256; the version of inline bytes is their hash. */
public record HashContent(Broadcast<HadoopConfiguration> configuration)
    implements MapFunction<Row, Row>, Serializable {
  /** Name of the column of hashes, {@link #UNREADABLE} where there is none. */
  public static final String SHA256 = "sha256";

  /** Stands for the hash of what can't be read. */
  public static final String UNREADABLE = "";

  public static final StructType SCHEMA =
      new StructType().add("path", DataTypes.StringType).add(SHA256, DataTypes.StringType);

  @Override
  public Row call(Row row) {
    String path = row.getString(0);
    String version = row.isNullAt(1) ? "" : row.getString(1);
    String hash =
        version.matches("[0-9a-f]{64}") ? version : hash(path, configuration.value().value());
    return RowFactory.create(path, hash);
  }

  private static String hash(String path, Configuration configuration) {
    // Tables are written by others, and what they may name is the same as for a job that scores.
    if (ImageUri.problem(path, AllowedPlaces.STORES).isPresent()) {
      return UNREADABLE;
    }
    try {
      Path file = Location.of(path).hadoop();
      try (InputStream in = file.getFileSystem(configuration).open(file)) {
        return Sha256.of(in);
      }
    } catch (IOException | IllegalArgumentException e) {
      return UNREADABLE;
    }
  }
}
