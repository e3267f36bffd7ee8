/**
 * Layers of encoders in the primitives of oneDNN, for arithmetic that ONNX Runtime has no products
 * of on a processor, or slower ones. Plain Java, no Spark.
 */
package io.labelmill.onednn;
