package io.labelmill.model;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Those of ONNX Runtime itself, as it lies on the class path. */
final class OnnxRuntimeProviders implements ExecutionProviders {
  /** Names a folder of unpacked libraries that are loaded instead of those in the jar. */
  static final String NATIVE_PATH = "onnxruntime.native.path";

  private static final String IN_JAR = "ai/onnxruntime/native/";
  private static final List<String> LIBRARIES =
      List.of(
          "linux-x64/libonnxruntime_providers_cuda.so", "win-x64/onnxruntime_providers_cuda.dll");

  private final ClassLoader jars;
  private final String nativePath;

  OnnxRuntimeProviders() {
    this(OrtEnvironment.class.getClassLoader(), System.getProperty(NATIVE_PATH));
  }

  /**
   * @param nativePath null where none is set
   */
  OnnxRuntimeProviders(ClassLoader jars, String nativePath) {
    this.jars = jars;
    this.nativePath = nativePath;
  }

  @Override
  public boolean areForGpus() {
    return LIBRARIES.stream()
        .anyMatch(
            library ->
                jars.getResource(IN_JAR + library) != null
                    || (nativePath != null
                        && Files.exists(
                            Path.of(nativePath, library.substring(library.indexOf('/') + 1)))));
  }

  @Override
  public void addGpu(OrtSession.SessionOptions options, int ordinal) throws OrtException {
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(ordinal)) {
      // Otherwise the products of float32 matrices are rounded to 10 bits, and fp32 is not fp32.
      cuda.add("use_tf32", "0");
      options.addCUDA(cuda);
    }
  }
}
