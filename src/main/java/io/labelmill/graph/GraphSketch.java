package io.labelmill.graph;

import java.util.SortedMap;

/**
 * A graph in outline.
 *
 * @param operators how many nodes each has, by {@code domain.Operator}; standard ones without a
 *     domain
 * @param opsets version of the operators by domain; the standard domain is the empty string
 * @param weightsBytes length of the numbers
 */
public record GraphSketch(
    SortedMap<String, Integer> operators, SortedMap<String, Long> opsets, long weightsBytes) {}
