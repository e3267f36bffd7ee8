/** Training of whole networks: gradients by ONNX Runtime, steps by an optimiser in Java. */
package io.labelmill.tune;
