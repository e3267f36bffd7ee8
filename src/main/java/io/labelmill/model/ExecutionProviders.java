package io.labelmill.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ServiceLoader;

/**
 * What ONNX Runtime can run sessions on: where a session is told its device. One implementation
 * ships; a test puts another on the class path, found by {@link ServiceLoader}, that looks on.
 * Thread-safe.
 */
public interface ExecutionProviders {
  /**
   * Whether the ONNX Runtime of this JVM is the build for NVIDIA GPUs; that there is a GPU or a
   * driver is not said. Loads no native library.
   */
  boolean areForGpus();

  /**
   * Has a session run on a GPU.
   *
   * @param options of the session, not opened yet
   * @param ordinal the GPU's number as CUDA counts them in this process
   * @throws OrtException if the GPU can't be used
   */
  void addGpu(OrtSession.SessionOptions options, int ordinal) throws OrtException;

  static ExecutionProviders ofThisJvm() {
    return Found.PROVIDERS;
  }

  final class Found {
    private static final ExecutionProviders PROVIDERS =
        ServiceLoader.load(ExecutionProviders.class, ExecutionProviders.class.getClassLoader())
            .findFirst()
            .orElseGet(OnnxRuntimeProviders::new);

    private Found() {}
  }
}
