package io.labelmill.graph;

import java.util.function.Supplier;

/**
 * A layer normalisation over the last axis, (x - mean) / sqrt(variance + epsilon) * gamma + beta.
 *
 * @param name unique in a graph
 * @param gamma checkpoints call it weight: [width]
 * @param beta checkpoints call it bias: [width]
 */
record LayerNorm(
    String name, int width, Supplier<float[]> gamma, Supplier<float[]> beta, float epsilon) {}
