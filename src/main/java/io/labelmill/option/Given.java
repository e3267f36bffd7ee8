package io.labelmill.option;

import java.util.List;

/**
 * What a user gave for an option.
 *
 * @param texts one, or several of an option that may stand several times
 * @param origin where it stands, as messages name it: {@code --top-k}, or {@code top-k in FILE}
 */
public record Given(List<String> texts, String origin) {
  /** The last, which is the only one unless an option may stand several times. */
  public String text() {
    return texts.get(texts.size() - 1);
  }
}
