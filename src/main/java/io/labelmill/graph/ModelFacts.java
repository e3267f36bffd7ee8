package io.labelmill.graph;

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
    long parameters,
    long flopsPerImage,
    long sessionBytes,
    long activationBytes) {}
