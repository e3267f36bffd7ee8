package io.labelmill.graph;

import io.labelmill.Untrained;
import io.labelmill.checkpoint.TensorStore;
import java.util.List;

/**
 * Published checkpoints in outline: their names, and checkpoints of the same configuration with
 * random weights.
 *
 * @param model name on the hub
 * @param size as {@link io.labelmill.Untrained#named} takes it
 */
public record PublishedShapes(String model, String size, int labels) {
  public static final List<PublishedShapes> ALL =
      List.of(
          beit("base-patch16-224", 1000),
          beit("base-patch16-384", 1000),
          beit("base-patch16-224", 21841),
          beit("large-patch16-224", 1000),
          beit("large-patch16-384", 1000),
          beit("large-patch16-512", 1000),
          beit("large-patch16-224", 21841),
          vit("base-patch16-224"),
          vit("base-patch16-384"),
          vit("large-patch16-224"),
          vit("large-patch16-384"));

  private static PublishedShapes beit(String size, int labels) {
    String suffix = labels == 1000 ? "" : "-pt22k-ft22k";
    return new PublishedShapes("microsoft/beit-" + size + suffix, "beit-" + size, labels);
  }

  private static PublishedShapes vit(String size) {
    return new PublishedShapes("google/vit-" + size, "vit-" + size, 1000);
  }

  public boolean isLarge() {
    return size.contains("large");
  }

  public Untrained checkpoint() {
    return Untrained.named(size).withLabels(Untrained.numbered(labels));
  }

  public ModelFacts facts() {
    try (TensorStore weights = checkpoint().weights()) {
      return Network.of(checkpoint().config(), weights).facts();
    }
  }

  @Override
  public String toString() {
    return model;
  }
}
