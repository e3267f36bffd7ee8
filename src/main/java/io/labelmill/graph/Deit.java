package io.labelmill.graph;

import io.labelmill.checkpoint.ModelClass;
import io.labelmill.checkpoint.ModelHead;
import java.util.List;

/**
 * DeiT: ViT with a second leading token, which learned from a teacher. Logits come from the first
 * one, or, with the teacher's classifier beside the own one, are the mean of both; what is pooled
 * is the first.
 */
final class Deit extends Vit {
  /**
   * @throws io.labelmill.error.InputException with every wrong value of the configuration
   */
  Deit(ModelClass wanted, ModelConfig config, Parameters parameters) {
    super(
        wanted,
        config,
        parameters,
        List.of("cls_token", "distillation_token"),
        wanted.head() == ModelHead.TWO_CLASSIFIERS
            ? List.of("cls_classifier", "distillation_classifier")
            : List.of("classifier"));
  }
}
