package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/**
 * The folder that receives what came out of an evaluation; what is there by the same name is
 * replaced.
 */
public record ResultFolder(String location, Configuration configuration) {
  public String path() {
    return Location.of(location).hadoop().toString();
  }

  public void save(Dataset<Row> rows, String name) {
    rows.write().mode(SaveMode.Overwrite).parquet(Location.of(location).below(name).toString());
  }

  /**
   * @throws io.labelmill.error.InputException if it cannot be written
   */
  public void write(String name, ObjectNode content) {
    write(name, content.toPrettyString() + "\n");
  }

  /**
   * @throws io.labelmill.error.InputException if it cannot be written
   */
  public void write(String name, String content) {
    Path file = Location.of(location).below(name);
    try (OutputStream out = file.getFileSystem(configuration).create(file, true)) {
      out.write(content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw Cause.failure("The output " + file + " cannot be written: " + e, e);
    }
  }
}
