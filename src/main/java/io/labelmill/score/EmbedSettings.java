package io.labelmill.score;

import io.labelmill.checkpoint.Originals;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.Pooling;
import io.labelmill.model.Outputs;
import io.labelmill.model.Tensor;
import io.labelmill.option.Reader;
import io.labelmill.preprocess.ResizeBackend;
import java.util.Optional;

/**
 * The settings that change what a row with an embedding says.
 *
 * @param pooling which vector is written
 * @param source the output that it is made of: {@link GraphOutput#POOLED} where that is the model's
 *     own pooling, else {@link GraphOutput#LAST_HIDDEN_STATE}
 * @param scores how images are labelled in the same pass; null where they are not
 * @param precision arithmetic of the session
 * @param orientation whether pictures are turned upright
 * @param originals whose pixels, never {@link ResizeBackend#AUTO}; and whose relative positions,
 *     {@link io.labelmill.checkpoint.PositionBias#AUTO} where those are what the files speak for
 * @param maxPixels width times height above which an image is not decoded
 */
public record EmbedSettings(
    Pooling pooling,
    GraphOutput source,
    Normalization normalization,
    ScoreSettings scores,
    String precision,
    Orientation orientation,
    Originals originals,
    long maxPixels)
    implements RowSettings {

  @Override
  public Optional<ScoreSettings> labelling() {
    return Optional.ofNullable(scores);
  }

  @Override
  public Optional<EmbedSettings> embedding() {
    return Optional.of(this);
  }

  @Override
  public String canonicalText() {
    String own =
        "max-pixels=%d\nnormalize=%s\norientation=%s\npool=%s\n%sprecision=%s\npreprocessing=%s\nresize-backend=%s\n"
            .formatted(
                maxPixels,
                Reader.word(normalization),
                Reader.word(orientation),
                Reader.word(pooling),
                RowSettings.positionBias(originals),
                precision,
                PREPROCESSING_VERSION,
                Reader.word(originals.resizeBackend()));
    return scores == null ? own : own + "with-scores=true\n" + scores.canonicalText();
  }

  float[] vector(Outputs outputs, int image) {
    Tensor tensor = outputs.tensor(source.tensorName());
    float[] values = tensor.row(image);
    float[] vector =
        source == GraphOutput.POOLED
            ? values
            : pooled(values, Math.toIntExact(tensor.shape()[tensor.shape().length - 1]));
    if (normalization == Normalization.L2) {
      divideByLength(vector);
    }
    return vector;
  }

  /**
   * @param tokens [tokens, hidden], the leading token first
   */
  private float[] pooled(float[] tokens, int hidden) {
    float[] vector = new float[hidden];
    if (pooling == Pooling.CLS) {
      System.arraycopy(tokens, 0, vector, 0, hidden);
      return vector;
    }
    int patches = tokens.length / hidden - 1;
    for (int i = 0; i < hidden; i++) {
      double sum = 0;
      for (int patch = 1; patch <= patches; patch++) {
        sum += tokens[patch * hidden + i];
      }
      vector[i] = (float) (sum / patches);
    }
    return vector;
  }

  private static void divideByLength(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double length = Math.sqrt(squares);
    for (int i = 0; length > 0 && i < vector.length; i++) {
      vector[i] = (float) (vector[i] / length);
    }
  }
}
