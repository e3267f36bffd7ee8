package io.labelmill.tune;

import ai.onnxruntime.OrtEnvironment;
import io.labelmill.model.LoadedModel;

/** The runtime's environment, of which there is one in a JVM. */
final class Engine {
  private Engine() {}

  static OrtEnvironment environment() {
    LoadedModel.startEngine();
    return OrtEnvironment.getEnvironment();
  }
}
