package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
  @TempDir Path scratch;

  /** An engine without its native library fails with an Error. */
  @Test
  void aFolderThatNothingCameOfIsRemoved() throws IOException {
    for (Throwable failure :
        List.of(
            new IOException("full"),
            new IllegalStateException("stopped"),
            new UnsatisfiedLinkError("libonnxruntime.so"))) {
      Path folder = Files.createDirectory(scratch.resolve("model"));
      assertThatThrownBy(
              () ->
                  Folders.keptIfDone(
                      folder,
                      () -> {
                        Files.writeString(folder.resolve("model.onnx"), "begun");
                        return thrown(failure);
                      }))
          .isSameAs(failure);
      assertThat(folder).doesNotExist();
    }
  }

  @Test
  void anyOtherIsKept() throws IOException {
    assertThat(Folders.keptIfDone(scratch, () -> "done")).isEqualTo("done");
    assertThat(scratch).exists();
    assertThatThrownBy(() -> Folders.keptIfDone(null, () -> thrown(new IOException("gone"))))
        .hasMessage("gone");
  }

  private static Object thrown(Throwable failure) throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    throw (Error) failure;
  }
}
