package io.labelmill.ml;

import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Rows as pictures, for notebooks that show HTML. The Python package has the same as {@code show}.
 */
public final class Pictures {
  /** A row holds more in its content than a page should: pictures of that size are left out. */
  private static final int LARGEST_BYTES = 4_000_000;

  private static final String FIGURE =
      "<figure style=\"display: inline-block; margin: 4px; vertical-align: top; font-size: small\">%s<figcaption>%s</figcaption></figure>";

  private Pictures() {}

  /**
   * All rows side by side; take as many as a page shows.
   *
   * @param rows with encoded images as bytes in the column {@code content}, of types that browsers
   *     show
   * @param caption SQL expression of what stands below a picture; its line ends are kept
   * @param width of a picture, in pixels
   */
  public static String html(Dataset<Row> rows, String caption, int width) {
    List<Row> shown =
        rows.select(functions.col("content"), functions.expr(caption).cast("string"))
            .collectAsList();
    return shown.stream()
        .map(row -> FIGURE.formatted(picture(row, width), lines(row.getString(1))))
        .collect(Collectors.joining());
  }

  private static String picture(Row row, int width) {
    byte[] content = row.isNullAt(0) ? new byte[0] : row.getAs(0);
    return content.length == 0 || content.length > LARGEST_BYTES
        ? ""
        : "<img width=\"%d\" src=\"data:image/%s;base64,%s\">"
            .formatted(width, type(content), Base64.getEncoder().encodeToString(content));
  }

  private static String type(byte[] content) {
    return switch (content[0] & 0xff) {
      case 0x89 -> "png";
      case 'G' -> "gif";
      case 'B' -> "bmp";
      case 'R' -> "webp";
      default -> "jpeg";
    };
  }

  private static String lines(String text) {
    return text == null
        ? ""
        : text.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\n", "<br>");
  }
}
