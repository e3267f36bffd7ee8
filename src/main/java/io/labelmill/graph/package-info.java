/** ONNX graphs built from checkpoints, one class per architecture. Plain Java, no Spark. */
package io.labelmill.graph;
