package io.labelmill.evaluate.read.truth;

import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * What a name of the truth can stand for.
 *
 * @param names of the truth, and which of these they stand for
 */
public record KnownLabels(LabelUniverse labels, TruthNames names) implements Serializable {
  /**
   * With the map that the options name.
   *
   * @throws io.labelmill.error.InputException where it leads to no label
   */
  public static KnownLabels of(
      LabelUniverse labels, TruthOptions options, Configuration configuration) {
    return new KnownLabels(
        labels,
        options
            .labelMap()
            .map(location -> TruthNames.read(location, labels, configuration))
            .orElse(TruthNames.none()));
  }

  /** How many labels the model has. */
  public int size() {
    return labels.size();
  }

  boolean knows(String name) {
    return names.index(name) != null || !labels.indices(name).isEmpty();
  }

  /** Whether a name is known, or another spelling of one. */
  boolean resembles(String name) {
    return knows(name) || labels.alike(name).isPresent();
  }

  /** Whether a number is the name of another label than the one with this index. */
  boolean isNameOfAnother(String number) {
    List<Integer> named = labels.indices(number);
    return named.size() == 1 && !String.valueOf(named.get(0)).equals(number);
  }
}
