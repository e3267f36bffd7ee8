package io.labelmill.checkpoint;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a class of Transformers has on top of the network that its family shares. */
// A list that was copied is immutable; the checker wants an annotation that says so.
@SuppressWarnings("ImmutableEnumChecker")
public enum ModelHead {
  NONE("Model", ""),
  CLASSIFIER("ForImageClassification", "classifier."),
  /** Two classifiers, of the leading token and of the teacher's, whose logits are averaged. */
  TWO_CLASSIFIERS(
      "ForImageClassificationWithTeacher", "cls_classifier.", "distillation_classifier."),
  /** Predicts what was masked; it is not read. */
  MASKED_PATCHES("ForMaskedImageModeling", "", "lm_head."),
  /** UperNet: a label for each point. */
  SEGMENTATION(
      "ForSemanticSegmentation",
      "decode_head.classifier.",
      "decode_head.",
      "auxiliary_head.",
      "fpn1.",
      "fpn2.");

  private final String classEnd;
  private final String classifier;
  private final List<String> others;

  /**
   * @param classEnd what the names of classes with this head end in
   * @param classifier what the names of the tensors that make the logits begin with, if any do
   * @param others what the names of its other tensors begin with
   */
  ModelHead(String classEnd, String classifier, String... others) {
    this.classEnd = classEnd;
    this.classifier = classifier;
    this.others = List.of(others);
  }

  String classEnd() {
    return classEnd;
  }

  /** The tensor that has a row for each label; empty for a head that gives no logits. */
  public Optional<String> classifier() {
    return classifier.isEmpty() ? Optional.empty() : Optional.of(classifier + "weight");
  }

  public boolean has(String tensor) {
    return (!classifier.isEmpty() && tensor.startsWith(classifier))
        || others.stream().anyMatch(tensor::startsWith);
  }

  /** The tensor that has a row for each label, in whichever head a checkpoint has. */
  static Optional<String> classifierOf(TensorStore weights) {
    return Arrays.stream(values())
        .flatMap(head -> head.classifier().stream())
        .filter(weights::contains)
        .findFirst();
  }
}
