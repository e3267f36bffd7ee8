package io.labelmill.score;

import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.Sha256;
import io.labelmill.decode.Orientation;
import io.labelmill.graph.GraphOutput;
import io.labelmill.option.Reader;
import io.labelmill.preprocess.ResizeBackend;
import java.io.Serializable;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * The settings that change what a row says, resolved against a model: two runs with the same model
 * and equal settings write the same rows. Immutable.
 */
public interface RowSettings extends Serializable {
  /**
   * Changed with every change of decoding or preprocessing that changes the model's input; it names
   * the versions that pixels are equal to.
   */
  String PREPROCESSING_VERSION = "2 (Pillow 13.0, torchvision 0.29)";

  /** How images are labelled; empty where they are not. */
  Optional<ScoreSettings> labelling();

  /** How images are embedded; empty where they are not. */
  Optional<EmbedSettings> embedding();

  /** How a label is found for each pixel; empty where it is not. */
  default Optional<SegmentSettings> segmentation() {
    return Optional.empty();
  }

  /** Arithmetic of the session, as written to the column {@code precision}. */
  String precision();

  /** Whether pictures are turned upright. */
  Orientation orientation();

  /**
   * Whose pixels, never {@link ResizeBackend#AUTO}; and whose relative positions, {@link
   * PositionBias#AUTO} where those are what the files speak for.
   */
  Originals originals();

  /** Width times height above which an image is not decoded. */
  long maxPixels();

  /**
   * One setting a line, {@code key=value}, keys sorted, each line ended by a line feed. Keys are
   * the options' names.
   */
  String canonicalText();

  /** SHA-256 of {@link #canonicalText()} in UTF-8, lower-case hexadecimal. */
  default String sha256() {
    return Sha256.of(canonicalText());
  }

  /** What a forward pass must give. */
  default Set<GraphOutput> outputs() {
    Set<GraphOutput> outputs = EnumSet.noneOf(GraphOutput.class);
    labelling().ifPresent(settings -> outputs.add(GraphOutput.LOGITS));
    embedding().ifPresent(settings -> outputs.add(settings.source()));
    segmentation().ifPresent(settings -> outputs.add(GraphOutput.LOGITS));
    return outputs;
  }

  /** The columns of Labelmill's own that are written. */
  default Set<ScoreTable.Column> columns() {
    Set<ScoreTable.Column> columns = EnumSet.allOf(ScoreTable.Column.class);
    if (labelling().isEmpty()) {
      columns.removeAll(EnumSet.range(ScoreTable.Column.LABEL, ScoreTable.Column.SCORES));
    } else if (labelling().get().scores() == KeptScores.TOP) {
      columns.remove(ScoreTable.Column.SCORES);
    }
    if (embedding().isEmpty()) {
      columns.remove(ScoreTable.Column.EMBEDDING);
    }
    Optional<Masks> masks = segmentation().map(SegmentSettings::masks);
    if (masks.isEmpty()) {
      columns.remove(ScoreTable.Column.SEGMENTS);
    }
    if (!masks.equals(Optional.of(Masks.COLUMN))) {
      columns.remove(ScoreTable.Column.MASK);
    }
    if (!masks.equals(Optional.of(Masks.FILES))) {
      columns.remove(ScoreTable.Column.MASK_FILE);
    }
    return columns;
  }

  /** The line of {@link #canonicalText()} about relative positions, where that was chosen. */
  static String positionBias(Originals originals) {
    return originals.positionBias() == PositionBias.AUTO
        ? ""
        : "position-bias=" + Reader.word(originals.positionBias()) + "\n";
  }
}
