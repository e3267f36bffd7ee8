package io.labelmill.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/** What stages say of columns without a session, a model or a row. */
class TransformSchemaTest {
  private static final StructType LABELLED = StructType.fromDDL("path string, label string");

  @Test
  void aSchemaTakesNoSparkAndNoModel() {
    StructType schema =
        new ImageLabeler().transformSchema(StructType.fromDDL("path string, n int"));
    assertThat(schema.fieldNames()).startsWith("path", "n", "status", "error", "label");
    assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
    assertThat(new ImageEmbedder().transformSchema(StructType.fromDDL("jpeg binary")).fieldNames())
        .as("the one column of images")
        .contains("path", "embedding")
        .doesNotContain("jpeg", "label");
  }

  @Test
  void aColumnLabelStandsBesideThoseThatAreWritten() {
    assertThatThrownBy(() -> new ImageLabeler().transformSchema(LABELLED))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("names of the kept columns label");
    StructType prefixed = new ImageLabeler().setOutputPrefix("of_").transformSchema(LABELLED);
    assertThat(prefixed.fieldNames())
        .startsWith("of_path", "label", "of_status")
        .contains("of_label");
    StructType nested = new ImageLabeler().setOutputCol("result").transformSchema(LABELLED);
    assertThat(nested.fieldNames()).containsExactly("label", "result");
    assertThat(((StructType) nested.apply("result").dataType()).apply("label").dataType())
        .isEqualTo(DataTypes.StringType);
    assertThatThrownBy(() -> new ImageLabeler().setOutputCol("label").transformSchema(LABELLED))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("label");
    assertThatThrownBy(
            () ->
                new ImageLabeler().setOutputCol("a").setOutputPrefix("b").transformSchema(LABELLED))
        .isInstanceOf(UsageException.class)
        .hasMessage("outputCol is a and outputPrefix is b: set one of them");
    assertThat(
            List.of(
                new ImageLabeler().transformSchema(StructType.fromDDL("path string")).fieldNames()))
        .doesNotContain("result");
  }
}
