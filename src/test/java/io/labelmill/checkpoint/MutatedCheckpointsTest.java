package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.Reference;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Good weights files with a few bytes changed: they open, or {@link InputException} says why not;
 * nothing else is thrown, and no more memory is asked for than a multiple of the file.
 */
class MutatedCheckpointsTest {
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final long MAX_ALLOCATED_BYTES = 64_000_000;

  private static Path file;

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempDirectory("mutated").resolve("weights");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.deleteIfExists(file);
    Files.deleteIfExists(file.resolveSibling("weights.safetensors"));
    Files.deleteIfExists(file.getParent());
  }

  @Property(tries = 400)
  void safetensorsHeader(@ForAll long seed) {
    byte[] content = read("a-beit-meanpool-relpos/model.safetensors");
    int headerBytes = (int) ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong() + 8;
    mutate(content, 0, headerBytes, new Random(seed));
    openAndRead(file.resolveSibling("weights.safetensors"), content);
  }

  @Property(tries = 400)
  void pickleInZip(@ForAll long seed) {
    // The pickle is the first entry, and whole in the file's first eight thousand bytes.
    byte[] content = read("a-beit-meanpool-relpos/pytorch_model.bin");
    mutate(content, 64, 7800, new Random(seed));
    openAndRead(file, content);
  }

  @Property(tries = 400)
  void zipDirectory(@ForAll long seed) {
    byte[] content = read("m-beit-bin-views/pytorch_model.bin");
    mutate(content, content.length - 400, content.length, new Random(seed));
    openAndRead(file, content);
  }

  @Property(tries = 400)
  void legacyPickles(@ForAll long seed) {
    byte[] content = read("b-beit-shared-relpos/pytorch_model.bin");
    mutate(content, 0, 9000, new Random(seed));
    openAndRead(file, content);
  }

  private static byte[] read(String name) {
    try {
      return Files.readAllBytes(MODELS.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes one to eight places: any byte, a digit for another, or a piece copied elsewhere. */
  private static void mutate(byte[] content, int from, int to, Random random) {
    for (int i = random.nextInt(8); i >= 0; i--) {
      int at = from + random.nextInt(to - from);
      switch (random.nextInt(4)) {
        case 0 -> content[at] = (byte) random.nextInt(256);
        case 1 -> content[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> {
          while (at < to - 1 && !(content[at] >= '0' && content[at] <= '9')) {
            at++;
          }
          content[at] = (byte) ('0' + random.nextInt(10));
        }
        default -> {
          int length = Math.min(1 + random.nextInt(40), to - at);
          System.arraycopy(
              content, from + random.nextInt(to - from - length + 1), content, at, length);
        }
      }
    }
  }

  private static void openAndRead(Path path, byte[] content) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      Files.write(path, content);
      try (TensorStore tensors =
          new WeightsFiles(Optional.empty(), List.of(path)).open(new ArrayList<>())) {
        for (String name : tensors.names()) {
          assertThat(tensors.floats(name)).hasSize((int) tensors.info(name).elements());
        }
      }
    } catch (InputException e) {
      assertThat(e.problems()).isNotEmpty();
      assertThat(e.getMessage()).hasSizeLessThan(5000).doesNotContain("\u0000", "\u001b");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(MAX_ALLOCATED_BYTES);
  }
}
