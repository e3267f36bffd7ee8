package io.labelmill.evaluate.read.truth;

import java.util.List;
import java.util.Optional;

/**
 * The column of labels, as far as it is known before its values are.
 *
 * @param location of the truth, for messages
 * @param separator that an option gives
 * @param usual what stands between labels in truth of this form
 * @param classes names by index, where the file has them
 */
record LabelColumn(
    String location,
    String name,
    Optional<TextSplit> separator,
    TextSplit usual,
    Optional<List<String>> classes) {
  /** Name of a column that holds indices whatever they look like. */
  static final String INDEX = "label_index";

  boolean isIndex() {
    return name.equals(INDEX);
  }

  /** The beginning of a sentence about its values. */
  String of(String values) {
    return "The truth " + location + " has in its column " + name + " " + values;
  }
}
