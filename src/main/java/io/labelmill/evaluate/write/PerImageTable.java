package io.labelmill.evaluate.write;

import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.ImageVerdict;
import io.labelmill.evaluate.pass.Judgement;
import io.labelmill.evaluate.pass.Part;
import io.labelmill.evaluate.read.Example;
import io.labelmill.evaluate.read.FailedImages;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** The table {@code per_image.parquet}: one row for every image of either table. */
public final class PerImageTable {
  static final StructType SCHEMA =
      StructType.fromDDL(
          """
          path STRING, match STRING, part STRING, status STRING, error STRING, truth
          ARRAY<STRING>, truth_index ARRAY<INT>, unknown_truth ARRAY<STRING>, predicted
          ARRAY<STRING>, predicted_index ARRAY<INT>, correct BOOLEAN, score DOUBLE, truth_score
          DOUBLE, loss DOUBLE, margin DOUBLE, model STRING, run_id STRING
          """);

  private PerImageTable() {}

  public static Dataset<Row> of(Evaluated evaluated) {
    return evaluated
        .examples()
        .map(new ToRow(evaluated.judgement(), evaluated.labels()), Encoders.row(SCHEMA));
  }

  private record ToRow(Judgement judgement, LabelUniverse labels)
      implements MapFunction<Row, Row>, Serializable {
    @Override
    public Row call(Row row) {
      Example example = new Example(row);
      Part part = judgement.part(example);
      boolean scored = part == Part.REPORTED || part == Part.FITTED;
      ImageVerdict verdict = scored ? ImageVerdict.of(example, judgement) : null;
      Boolean correct = verdict != null ? verdict.correct() : null;
      if (part == Part.FAILED && judgement.failed() == FailedImages.WRONG) {
        correct = false;
      }
      int[] predicted =
          verdict != null
              ? verdict.predicted()
              : example.isScored() && example.predicted >= 0 ? new int[] {example.predicted} : null;
      return RowFactory.create(
          example.path,
          example.match.name(),
          part == Part.NOT_COUNTED ? null : part.isSetAside() ? "FITTED" : "REPORTED",
          example.status,
          example.error,
          names(example.truth),
          boxed(example.truth),
          example.truth == null ? null : example.unknown.toArray(new String[0]),
          names(predicted),
          boxed(predicted),
          correct,
          verdict == null ? null : known(verdict.score()),
          verdict == null ? null : known(verdict.truthScore()),
          verdict == null ? null : known(verdict.loss()),
          verdict == null ? null : known(verdict.margin()),
          example.model,
          example.runId);
    }

    private String[] names(int[] indices) {
      return indices == null
          ? null
          : Arrays.stream(indices).mapToObj(labels::name).toArray(String[]::new);
    }

    private static Integer[] boxed(int[] indices) {
      return indices == null ? null : Arrays.stream(indices).boxed().toArray(Integer[]::new);
    }

    private static Double known(double value) {
      return Double.isNaN(value) ? null : value;
    }
  }
}
