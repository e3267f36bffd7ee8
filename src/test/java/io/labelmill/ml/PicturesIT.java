package io.labelmill.ml;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class PicturesIT {
  @Test
  void rowsArePicturesAndCaptionsText() {
    Dataset<Row> rows =
        SparkFixture.spark()
            .sql(
                """
                SELECT * FROM VALUES (unhex('89504E47'), '<b>&'), (unhex('FFD8'), 'a\\nb'),
                (unhex('47'), 'c'), (unhex('42'), 'd'), (unhex('52'), 'e'), (NULL, NULL)
                AS t(content, text)""");
    assertThat(Pictures.html(rows, "concat(text, '!')", 7).split("</figure>", -1))
        .extracting(figure -> figure.replaceFirst("<figure style=\"[^\"]*\">", ""))
        .containsExactly(
            "<img width=\"7\" src=\"data:image/png;base64,iVBORw==\"><figcaption>&lt;b&gt;&amp;!</figcaption>",
            "<img width=\"7\" src=\"data:image/jpeg;base64,/9g=\"><figcaption>a<br>b!</figcaption>",
            "<img width=\"7\" src=\"data:image/gif;base64,Rw==\"><figcaption>c!</figcaption>",
            "<img width=\"7\" src=\"data:image/bmp;base64,Qg==\"><figcaption>d!</figcaption>",
            "<img width=\"7\" src=\"data:image/webp;base64,Ug==\"><figcaption>e!</figcaption>",
            "<figcaption></figcaption>",
            "");
  }
}
