package io.labelmill.evaluate.write;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.sort_array;

import io.labelmill.evaluate.pass.Evaluated;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Images on which contenders disagree.
 *
 * @param images with truth and with a row of every contender
 * @param disagreements of these, the images that not all label alike
 * @param rows of the disagreements: {@code path}, {@code truth}, then {@code predicted_1}, {@code
 *     correct_1}, {@code predicted_2} and so on in the order of the contenders
 */
public record Comparison(long images, long disagreements, Dataset<Row> rows) {
  public static Comparison of(List<Evaluated> contenders) {
    Dataset<Row> all = null;
    Column differs = functions.lit(false);
    for (int i = 1; i <= contenders.size(); i++) {
      List<Column> columns = new ArrayList<>(List.of(col("path")));
      if (i == 1) {
        columns.add(col("truth"));
      }
      columns.add(col("predicted").as("predicted_" + i));
      columns.add(col("correct").as("correct_" + i));
      columns.add(col("score").as("score_" + i));
      Dataset<Row> one =
          PerImageTable.of(contenders.get(i - 1))
              .where(col("match").equalTo("BOTH"))
              .select(columns.toArray(Column[]::new));
      all = i == 1 ? one : all.join(one, "path");
      if (i > 1) {
        differs =
            differs.or(
                functions.not(
                    sort_array(col("predicted_1")).eqNullSafe(sort_array(col("predicted_" + i)))));
      }
    }
    Dataset<Row> rows = all.where(differs).orderBy("path").cache();
    return new Comparison(all.count(), rows.count(), rows);
  }
}
