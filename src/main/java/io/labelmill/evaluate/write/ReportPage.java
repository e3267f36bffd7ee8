package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The page {@code report.html}: one file with style, script, chart library, numbers and thumbnails
 * inside. Text of the data goes in as JSON, of which no character can end its element.
 */
public final class ReportPage {
  /** The version in the pom. */
  private static final String CHART_JS =
      "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";

  private ReportPage() {}

  /**
   * @param data as the page's script takes it
   */
  public static String html(ObjectNode data) {
    return resource("report.html")
        .replace("@@STYLE@@", resource("report.css"))
        .replace("@@DATA@@", escaped(data.toString()))
        .replace("@@CHART@@", resource(CHART_JS).replace("</script", "<\\/script"))
        .replace("@@SCRIPT@@", resource("report.js"));
  }

  /** JSON that is safe inside of an HTML script element: no {@code <}, no line separators. */
  static String escaped(String json) {
    return json.replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("@@", "\\u0040\\u0040")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  private static String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
