package io.labelmill.evaluate.pass;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.MaskTable;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class MaskComparisonTest {
  private static final StructType TRUTH =
      new StructType().add("key", DataTypes.StringType).add("truth", DataTypes.StringType);

  private final MaskComparison comparison =
      new MaskComparison(null, 3, false, FailedImages.LEAVE_OUT);

  /** The map is drawn for one of them, and nothing says for which. */
  @Test
  void imagesOfOneNameAreAmbiguousWhicheverRunsFoundThem() {
    Row outcome = outcome(mask("a/x.jpg", "run-1"), mask("b/x.jpg", "run-2"));
    assertThat(outcome.<String>getAs(3)).isEqualTo("AMBIGUOUS");
    assertThat(outcome.<String>getAs(0)).isEqualTo("a/x.jpg");
    assertThat(outcome.<String>getAs(4)).isEqualTo("b/x.jpg");
  }

  @Test
  void theNewestRunOfAPathCounts() {
    for (List<String> runs : List.of(List.of("run-1", "run-2"), List.of("run-2", "run-1"))) {
      Row outcome = outcome(mask("x.jpg", runs.get(0)), mask("x.jpg", runs.get(1)));
      assertThat(outcome.<String>getAs(3)).isEqualTo("PREDICTIONS_ONLY");
      assertThat(outcome.<String>getAs(2)).isEqualTo("model of run-2");
    }
  }

  /** Nothing says which of them is the picture's. */
  @Test
  void severalRowsOfAPathInItsNewestRunAreAmbiguous() {
    Row truth = new GenericRowWithSchema(new Object[] {"x", "x.png"}, TRUTH);
    for (List<String> runs :
        List.of(
            List.of("run-1", "run-2", "run-2"),
            List.of("run-2", "run-1", "run-2"),
            List.of("run-2", "run-2", "run-1"))) {
      List<Row> masks = runs.stream().map(run -> mask("x.jpg", run)).toList();
      Row outcome = comparison.call("x", List.of(truth).iterator(), masks.iterator()).next();
      assertThat(outcome.<String>getAs(3)).isEqualTo("AMBIGUOUS");
      assertThat(outcome.<String>getAs(4)).isEqualTo("another row of this path");
    }
  }

  private Row outcome(Row... masks) {
    boolean isOfOnePath = masks[0].getAs("path").equals(masks[1].getAs("path"));
    Row truth = new GenericRowWithSchema(new Object[] {"x", "x.png"}, TRUTH);
    return comparison
        .call(
            "x",
            isOfOnePath ? List.<Row>of().iterator() : List.of(truth).iterator(),
            List.of(masks).iterator())
        .next();
  }

  private static Row mask(String path, String run) {
    return new GenericRowWithSchema(
        new Object[] {path, "NOT_AN_IMAGE", null, null, "model of " + run, run}, MaskTable.SCHEMA);
  }
}
