package io.labelmill.graph;

import java.util.Optional;

/**
 * The residual stream of a network while its graph is written: a sum so far, and the last branch,
 * which is not yet added. What is asked of the stream next decides how the branch is written: fused
 * into a norm, or taken the mean of before its product instead of after.
 *
 * @param sum [batch or 1, tokens, width]
 * @param branch the branch that still is to be added
 */
record Stream(Value sum, Optional<Branch> branch) {
  /**
   * A branch of which the last product is still to be written.
   *
   * @param input [batch, tokens, in of {@code last}]
   */
  record Branch(Value input, Linear last) {}

  static Stream of(Value sum) {
    return new Stream(sum, Optional.empty());
  }

  /**
   * The stream with {@code last} of {@code input} added to it.
   *
   * @throws IllegalStateException when a branch waits already: a norm belongs between two
   */
  Stream plus(Value input, Linear last) {
    if (branch.isPresent()) {
      throw new IllegalStateException(
          "the branch " + branch.get().last().name() + " is not yet added");
    }
    return new Stream(sum, Optional.of(new Branch(input, last)));
  }
}
