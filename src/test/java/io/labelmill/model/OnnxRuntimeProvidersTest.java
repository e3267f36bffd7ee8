package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxRuntimeProvidersTest {
  @TempDir Path folder;

  @Test
  void theBuildIsToldByItsLibraries() throws IOException {
    Path library =
        folder.resolve("ai/onnxruntime/native/linux-x64/libonnxruntime_providers_cuda.so");
    Files.createDirectories(library.getParent());
    try (URLClassLoader jars = new URLClassLoader(new URL[] {folder.toUri().toURL()}, null)) {
      assertThat(new OnnxRuntimeProviders(jars, null).areForGpus()).isFalse();
      Files.createFile(library);
      assertThat(new OnnxRuntimeProviders(jars, null).areForGpus()).isTrue();
    }
  }

  @Test
  void unpackedLibrariesAreABuildToo() throws IOException {
    try (URLClassLoader jars = new URLClassLoader(new URL[0], null)) {
      OnnxRuntimeProviders providers = new OnnxRuntimeProviders(jars, folder.toString());
      assertThat(providers.areForGpus()).isFalse();
      Files.createFile(folder.resolve("libonnxruntime_providers_cuda.so"));
      assertThat(providers.areForGpus()).isTrue();
    }
  }
}
