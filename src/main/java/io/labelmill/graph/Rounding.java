package io.labelmill.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Rounds the weights of a network's products, and remembers those that it would hurt. */
final class Rounding {
  private final int largest;
  private final double most;
  private final Set<String> products = new HashSet<>();
  private final Set<String> left = new HashSet<>();

  /**
   * @param most that rounding may change a weight by, see {@link QuantizedWeight#rounding}
   */
  Rounding(int largest, double most) {
    this.largest = largest;
    this.most = most;
  }

  /** The weight in integers; empty where rounding it would hurt. */
  Optional<QuantizedWeight> rounded(Linear linear) {
    QuantizedWeight weight = QuantizedWeight.of(linear, largest);
    products.add(linear.name());
    if (weight.rounding() > most) {
      left.add(linear.name());
      return Optional.empty();
    }
    return Optional.of(weight);
  }

  /** Says that a product is not one of integers though its weight may be. */
  void leave(Linear linear) {
    left.add(linear.name());
  }

  /**
   * A sentence where products are left.
   *
   * @param asWhat what they stay
   */
  List<String> warnings(Precision precision, Precision asWhat) {
    return left.isEmpty()
        ? List.of()
        : List.of(
            String.format(
                Locale.ROOT,
                "In %s, %d of %d products stay %s and as slow as that: rounding would change"
                    + " their weights by more than %.2g%%, the most that its outputs bear.",
                precision.word(),
                left.size(),
                products.size(),
                asWhat.word(),
                100 * most));
  }
}
