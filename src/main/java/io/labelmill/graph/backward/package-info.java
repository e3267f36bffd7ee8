/**
 * Graphs that train a network: for each of its parts one that gives what the next part takes, and
 * one that also gives the gradients. Weights are inputs. Plain ONNX, without a runtime.
 */
package io.labelmill.graph.backward;
