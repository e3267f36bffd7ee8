package io.labelmill;

import io.labelmill.checkpoint.Labels;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Checkpoints that tests make for themselves; random weights, equal from run to run. */
public final class TestCheckpoints {
  private TestCheckpoints() {}

  /** {@code java -cp … io.labelmill.TestCheckpoints beit-base-patch16-224 OUTDIR [labels]} */
  public static void main(String[] args) {
    int labels = args.length > 2 ? Integer.parseInt(args[2]) : 1000;
    Untrained.named(args[0]).withLabels(Untrained.numbered(labels)).write(Path.of(args[1]));
  }

  /** A BEiT of two layers for 32x32 pixels. */
  public static Untrained tiny() {
    return Untrained.named("beit-tiny-patch8-32").withLabels(Untrained.numbered(6));
  }

  /** Six outputs with the ids 0, 1, 3, 4, 10, 21. */
  public static Untrained gaps() {
    List<Integer> ids = List.of(0, 1, 3, 4, 10, 21);
    return tiny().withLabels(new Labels(ids, ids.stream().map(id -> "thing " + id).toList()));
  }

  /** Six outputs, of which 1 and 4 are both called crane. */
  public static Untrained equalNames() {
    return tiny()
        .withLabels(
            new Labels(
                IntStream.range(0, 6).boxed().toList(),
                List.of("hen", "crane", "duck", "goose", "crane", "swan")));
  }
}
