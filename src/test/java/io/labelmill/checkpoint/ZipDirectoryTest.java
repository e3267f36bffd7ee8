package io.labelmill.checkpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ZipDirectoryTest {
  private static final byte[] PICKLE =
      new Pickle()
          .beginDict()
          .tensor("w", "FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1})
          .endDict()
          .stop();

  @TempDir Path temp;

  private Path file() {
    return temp.resolve("pytorch_model.bin");
  }

  private float[] w() {
    try (TensorStore tensors =
        new WeightsFiles(Optional.empty(), List.of(file())).open(new ArrayList<>())) {
      return tensors.floats("w");
    }
  }

  @Test
  void readsMoreEntriesThanTheOldFormCounts() {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 70_000; i > 0; i--) {
      entries.put("archive/data/" + i, new byte[0]);
    }
    entries.put("archive/data.pkl", PICKLE);
    entries.put("archive/data/0", Pickle.floats(3, 4));
    Pickle.zip(file(), entries, ZipEntry.STORED);
    assertThat(w()).containsExactly(3, 4);
  }

  /** A sparse file of 5 GB: sizes and places beyond 32 bits are in the directory's extra fields. */
  @Test
  void readsEntriesBehindFourGigabytes() throws IOException {
    long filler = 5_000_000_000L;
    byte[] localPickle = local("a/data.pkl");
    byte[] localFiller = local("a/filler");
    byte[] localStorage = local("a/data/0");
    long fillerAt = (long) localPickle.length + PICKLE.length;
    long storageAt = fillerAt + localFiller.length + filler;
    long directoryAt = storageAt + localStorage.length + 8;

    ByteArrayOutputStream end = new ByteArrayOutputStream();
    end.writeBytes(central("a/data.pkl", PICKLE.length, 0));
    end.writeBytes(central("a/filler", filler, fillerAt));
    end.writeBytes(central("a/data/0", 8, storageAt));
    long directoryBytes = end.size();
    long end64At = directoryAt + directoryBytes;
    end.writeBytes(
        bytes(
            Pickle.little(56)
                .putInt(0x06064b50)
                .putLong(44)
                .position(24)
                .putLong(3)
                .putLong(3)
                .putLong(directoryBytes)
                .putLong(directoryAt)));
    end.writeBytes(
        bytes(Pickle.little(20).putInt(0x07064b50).putInt(0).putLong(end64At).putInt(1)));
    end.writeBytes(
        bytes(
            Pickle.little(22)
                .putInt(0x06054b50)
                .putInt(0)
                .putInt(0x0003_0003)
                .putInt(-1)
                .putInt(-1)
                .putShort((short) 0)));
    try (FileChannel channel =
        FileChannel.open(file(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(localPickle), 0);
      channel.write(ByteBuffer.wrap(PICKLE), localPickle.length);
      channel.write(ByteBuffer.wrap(localFiller), fillerAt);
      channel.write(ByteBuffer.wrap(localStorage), storageAt);
      channel.write(ByteBuffer.wrap(Pickle.floats(3, 4)), storageAt + localStorage.length);
      channel.write(ByteBuffer.wrap(end.toByteArray()), directoryAt);
    }
    assertThat(w()).containsExactly(3, 4);
  }

  private static byte[] local(String name) {
    return bytes(
        Pickle.little(30 + name.length())
            .putInt(0x04034b50)
            .position(26)
            .putShort((short) name.length())
            .putShort((short) 0)
            .put(name.getBytes(US_ASCII)));
  }

  private static byte[] central(String name, long bytes, long at) {
    return bytes(
        Pickle.little(46 + name.length() + 28)
            .putInt(0x02014b50)
            .position(20)
            .putInt(-1)
            .putInt(-1)
            .putShort((short) name.length())
            .putShort((short) 28)
            .position(42)
            .putInt(-1)
            .put(name.getBytes(US_ASCII))
            .putShort((short) 1)
            .putShort((short) 24)
            .putLong(bytes)
            .putLong(bytes)
            .putLong(at));
  }

  private static byte[] bytes(ByteBuffer whole) {
    byte[] bytes = new byte[whole.capacity()];
    whole.rewind().get(bytes);
    return bytes;
  }

  /** Where in the directory's second entry, the storage, what is put, and the problem. */
  static Stream<Arguments> lies() {
    return Stream.of(
        Arguments.of(8, 1, "entry 'archive/data/0' is encrypted"),
        Arguments.of(
            10,
            12,
            "entry 'archive/data/0' is compressed (method 12), torch.save stores entries as they"
                + " are"),
        Arguments.of(20, 9, "entry 'archive/data/0' has two sizes, 9 and 8"),
        Arguments.of(28, 4000, "its directory ends early"),
        Arguments.of(42, 100_000, "entry 'archive/data/0' lies outside"),
        Arguments.of(42, 3, "entry 'archive/data/0' is not where the directory says"),
        Arguments.of(0, 7, "its directory ends early"));
  }

  private byte[] good() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", PICKLE);
    entries.put("archive/data/0", Pickle.floats(3, 4));
    return Files.readAllBytes(Pickle.zip(file(), entries, ZipEntry.STORED));
  }

  private static int last(byte[] content, int signature) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int at = content.length - 4;
    while (bytes.getInt(at) != signature) {
      at--;
    }
    return at;
  }

  private void assertRefused(byte[] content, String message) throws IOException {
    Files.write(file(), content);
    assertThatThrownBy(this::w)
        .isInstanceOf(InputException.class)
        .hasMessage(message.replace("FILE", file().toString()));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void refusesDirectoriesThatLie(int field, int value, String problem) throws IOException {
    byte[] content = good();
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int at = last(content, 0x02014b50) + field;
    if (field == 20 || field == 42 || field == 0) {
      bytes.putInt(at, value);
    } else {
      bytes.putShort(at, (short) value);
    }
    assertRefused(content, "FILE is not a zip file that can be read: " + problem + ".");
  }

  @Test
  void refusesSizesBeyondTheDirectory() throws IOException {
    byte[] content = good();
    int at = last(content, 0x02014b50);
    ByteBuffer.wrap(content)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(at + 20, 500)
        .putInt(at + 24, 500);
    assertRefused(
        content, "FILE is not a zip file that can be read: entry 'archive/data/0' lies outside.");
  }

  @Test
  void refusesEndsThatLie() throws IOException {
    byte[] content = good();
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int end = last(content, 0x06054b50);
    bytes.putShort(end + 10, (short) 30_000);
    assertRefused(
        content,
        "FILE is not a zip file that can be read: 30000 entries in a directory of %d bytes."
            .formatted(bytes.getInt(end + 12)));
    content = good();
    ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putInt(end + 16, 1_000_000);
    assertRefused(content, "FILE is not a zip file that can be read: its directory lies outside.");
    content = good();
    content[end] = 0;
    assertRefused(content, "FILE is cut short: its zip directory is missing.");
  }

  @Test
  void refusesAnEntryThatIsThereTwice() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", PICKLE);
    entries.put("archive/data.pkm", PICKLE);
    byte[] content = Files.readAllBytes(Pickle.zip(file(), entries, ZipEntry.STORED));
    content[last(content, 0x02014b50) + 46 + 15] = 'l';
    assertRefused(
        content,
        "FILE is not a zip file that can be read: entry 'archive/data.pkl' is there twice.");
  }

  @Test
  void refusesEndsBeyondFourGigabytesThatLie() throws IOException {
    byte[] content = good();
    int end = last(content, 0x06054b50);
    byte[] old = Arrays.copyOfRange(content, end, content.length);
    ByteBuffer.wrap(old).order(ByteOrder.LITTLE_ENDIAN).putInt(16, -1);
    ByteBuffer locator = Pickle.little(20).putInt(0x07064b50).putInt(0).putLong(1L << 50).putInt(1);
    assertRefused(
        concat(Arrays.copyOf(content, end), new byte[56], bytes(locator), old),
        "FILE is not a zip file that can be read: its zip64 end record lies outside.");
    locator.putLong(8, end);
    assertRefused(
        concat(Arrays.copyOf(content, end), new byte[56], bytes(locator), old),
        "FILE is not a zip file that can be read: its zip64 end record is missing.");
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
