package io.labelmill.tune;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The place of a pass among those of a step, which add to the gradients of each part one behind the
 * other: sums have the same bits whichever pass is faster. Safe for several threads.
 *
 * @param before what the pass before this one has added, by part; empty for the first pass
 * @param own what this one has
 */
record Turn(List<CompletableFuture<Void>> before, List<CompletableFuture<Void>> own) {
  static Turn first(int parts) {
    return new Turn(List.of(), done(parts));
  }

  Turn next() {
    return new Turn(own, done(own.size()));
  }

  private static List<CompletableFuture<Void>> done(int parts) {
    return Stream.generate(CompletableFuture<Void>::new).limit(parts).toList();
  }

  boolean isFirst() {
    return before.isEmpty();
  }

  /** Waits until the pass before this one has added to a part. */
  void await(int part) {
    if (!isFirst()) {
      before.get(part).join();
    }
  }

  /** Lets the next pass add to a part. */
  void pass(int part) {
    own.get(part).complete(null);
  }

  /** Ends the waiting of the next pass, with this. */
  void fail(Throwable problem) {
    own.forEach(part -> part.completeExceptionally(problem));
  }
}
