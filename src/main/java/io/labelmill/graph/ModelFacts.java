package io.labelmill.graph;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A model in numbers.
 *
 * @param architecture as the configuration names it: {@code BeitForImageClassification}
 * @param outputs what its graph can give
 * @param height of the picture in pixels
 * @param width of the picture in pixels
 * @param patchHeight in pixels
 * @param patchWidth in pixels
 * @param tokens patches and the leading token
 * @param hidden width of a token
 * @param labels rows of the classifier, if there is one
 * @param logits shape of what the classifier gives of an image: the labels, and, for a model that
 *     says something of each point, rows and columns of points; empty without a classifier
 * @param parameters numbers in the tensors that the graph is made of
 * @param flopsPerImage floating point operations of all products, a multiplication and an addition
 *     counting two
 * @param sessionBytes estimate of the memory that a float32 session needs, without a batch's
 *     activations
 * @param activationBytes estimate of the memory that each image of a batch needs beside
 */
public record ModelFacts(
    String architecture,
    Set<GraphOutput> outputs,
    int height,
    int width,
    int patchHeight,
    int patchWidth,
    int tokens,
    int hidden,
    int layers,
    int heads,
    int intermediate,
    OptionalInt labels,
    List<Integer> logits,
    long parameters,
    long flopsPerImage,
    long sessionBytes,
    long activationBytes) {
  /** The same encoder with labels for so many points behind it. */
  ModelFacts ofMaps(int rows, int columns, long flops, long activations) {
    return new ModelFacts(
        architecture,
        outputs,
        height,
        width,
        patchHeight,
        patchWidth,
        tokens,
        hidden,
        layers,
        heads,
        intermediate,
        labels,
        List.of(labels.orElseThrow(), rows, columns),
        parameters,
        flops,
        sessionBytes,
        activations);
  }

  /** Whether it says something of each point of a picture instead of the whole. */
  public boolean isOfPoints() {
    return logits.size() > 1;
  }
}
