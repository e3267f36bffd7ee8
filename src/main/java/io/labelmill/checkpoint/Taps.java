package io.labelmill.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.error.InputException;
import java.util.Locale;

/**
 * Which states of the encoder a segmentation model takes for {@code out_indices}. The two original
 * codes differ, and a published checkpoint was trained with the authors'.
 */
public enum Taps {
  /** Transformers: the state that is one less along, the embeddings being state 0. */
  TRANSFORMERS(-1, "Transformers"),

  /** The authors' code: the state behind the block of that number, the first being block 0. */
  AUTHORS(1, "the authors' code");

  /** In {@code config.json}; where it does not stand, Transformers is followed. */
  public static final String KEY = "labelmill_taps";

  private final int shift;
  private final String reader;

  Taps(int shift, String reader) {
    this.shift = shift;
    this.reader = reader;
  }

  /** Whose code reads them so. */
  public String reader() {
    return reader;
  }

  /** As options and files write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Layers that stand before the state that an index asks for. */
  public int layers(int index) {
    return index + shift;
  }

  public Taps other() {
    return this == AUTHORS ? TRANSFORMERS : AUTHORS;
  }

  /**
   * What a configuration names.
   *
   * @param config {@code config.json}
   * @throws InputException when it names something else
   */
  public static Taps of(JsonNode config) {
    JsonNode named = config.path(KEY);
    if (named.isMissingNode()) {
      return TRANSFORMERS;
    }
    for (Taps known : values()) {
      if (known.word().equals(named.textValue())) {
        return known;
      }
    }
    throw new InputException(
        "%s is %s in config.json; it must be transformers or authors.".formatted(KEY, named));
  }
}
