package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.Reference;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SafeTensorsFileTest {
  @TempDir Path temp;

  private Path file() {
    return temp.resolve("model.safetensors");
  }

  /** A file with this header and so many bytes behind it. */
  static byte[] content(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] content = new byte[8 + text.length + dataBytes];
    ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text);
    return content;
  }

  private void assertRefused(byte[] content, String message) throws IOException {
    Files.write(file(), content);
    assertThatThrownBy(() -> SafeTensorsFile.open(file()).close())
        .isInstanceOf(InputException.class)
        .hasMessage(message.replace("FILE", file().toString()));
  }

  static Stream<Arguments> badHeaders() {
    String tensor = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    String two =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%s]}}";
    return Stream.of(
        Arguments.of(
            tensor.replace("[2]", "[3]"),
            8,
            "FILE: tensor 'a' is F32 [3], 12 bytes, but its offsets span 8."),
        Arguments.of(
            tensor,
            7,
            "FILE is cut short or its header lies: tensor 'a' lies at bytes 0 to 8 of 7."),
        Arguments.of(tensor, 9, "FILE: the tensors end at byte 8, but 9 bytes follow the header."),
        Arguments.of(
            two.formatted("4,12"),
            12,
            "FILE: tensor 'b' begins at byte 4, but 'a' ends at 8: tensors may neither overlap nor"
                + " leave gaps."),
        Arguments.of(
            two.formatted("0,8"),
            8,
            "FILE: tensor 'b' begins at byte 0, but 'a' ends at 8: tensors may neither overlap nor"
                + " leave gaps."),
        Arguments.of(
            two.formatted("12,20"),
            20,
            "FILE: tensor 'b' begins at byte 12, but 'a' ends at 8: tensors may neither overlap nor"
                + " leave gaps."),
        Arguments.of(
            tensor.replace("[0,8]", "[8,16]"),
            16,
            "FILE: tensor 'a' begins at byte 8, but the header ends at 0: tensors may neither"
                + " overlap nor leave gaps."),
        Arguments.of(
            tensor.replace("[0,8]", "[8,0]"), 8, "FILE: tensor 'a' ends before it begins: 8 to 0."),
        Arguments.of(
            tensor.replace("[0,8]", "[-8,0]"),
            8,
            "FILE: tensor 'a': data_offsets holds -8, out of range."),
        Arguments.of(
            tensor.replace("[0,8]", "[0]"),
            8,
            "FILE: tensor 'a': data_offsets are not two numbers."),
        Arguments.of(
            tensor.replace("[0,8]", "\"0,8\""),
            8,
            "FILE: tensor 'a': data_offsets is not an array."),
        Arguments.of(
            tensor.replace("[2]", "[2.0]"),
            8,
            "FILE: tensor 'a': shape holds 2.0, not a whole number."),
        Arguments.of(
            tensor.replace("[2]", "[[2]]"),
            8,
            "FILE: tensor 'a': shape holds [, not a whole number."),
        Arguments.of(
            tensor.replace("[2]", "[99999999999999999999]"),
            8,
            "FILE: tensor 'a': shape holds 99999999999999999999, out of range."),
        Arguments.of(
            tensor.replace("[2]", "[4294967296,4294967296]"),
            8,
            "FILE: tensor 'a' is impossibly large: F32 [4294967296, 4294967296]."),
        Arguments.of(
            tensor.replace("[2]", "[" + "1,".repeat(16) + "1]"),
            8,
            "FILE: tensor 'a': shape holds more than 16 numbers."),
        Arguments.of(
            tensor.replace("F32", "F8_E4M3"),
            8,
            "FILE: tensor 'a' has dtype F8_E4M3, which is not read."),
        Arguments.of(
            tensor.replace("\"F32\"", "32"), 8, "FILE: tensor 'a': dtype is not a string."),
        Arguments.of("{\"a\":{}}", 0, "FILE: tensor 'a' has no dtype."),
        Arguments.of("{\"a\":{\"dtype\":\"F32\"}}", 0, "FILE: tensor 'a' has no shape."),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0, "FILE: tensor 'a' has no data_offsets."),
        Arguments.of("{\"a\":{\"x\":1}}", 0, "FILE: tensor 'a' has an unknown field 'x'."),
        Arguments.of("{\"a\":7}", 0, "FILE: tensor 'a' is not described by an object."),
        Arguments.of("[7]", 0, "FILE: the header is not a JSON object."),
        Arguments.of("{} {}", 0, "FILE: text follows the header's JSON object."),
        Arguments.of(
            "{\"a\\nb\":{}}",
            0,
            "FILE: 'a?b' is not the name of a tensor: it is longer than 300 characters or has"
                + " control characters."),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\n"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            0,
            "FILE: the header is not valid JSON at line 2, column 4: Duplicate field 'a'."));
  }

  @ParameterizedTest
  @MethodSource("badHeaders")
  void refusesHeadersThatLie(String header, int dataBytes, String message) throws IOException {
    assertRefused(content(header, dataBytes), message);
  }

  @Test
  void saysWhereAHeaderIsNotJson() throws IOException {
    Files.write(file(), content("{\"a\":\n  oops}", 0));
    assertThatThrownBy(() -> SafeTensorsFile.open(file()).close())
        .isInstanceOf(InputException.class)
        .hasMessageMatching(
            ".*/model.safetensors: the header is not valid JSON at line 2, column \\d+: Unrecognized token 'oops'.*");
  }

  @Test
  void refusesLengthsOfTheHeaderThatLie() throws IOException {
    assertRefused(
        new byte[7],
        "FILE is not a safetensors file: it has 7 bytes, the header's length alone has 8.");
    byte[] content = content("{}", 0);
    ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putLong(3);
    assertRefused(
        content,
        "FILE is not a safetensors file, or is cut short: it declares a header of 3 bytes, 2"
            + " follow.");
    ByteBuffer.wrap(content).putLong(-1);
    assertRefused(
        content,
        "FILE is not a safetensors file, or is cut short: it declares a header of"
            + " 18446744073709551615 bytes, 2 follow.");
    try (FileChannel channel =
        FileChannel.open(file(), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.write(Pickle.little(8).putLong(200_000_000).flip());
      channel.write(ByteBuffer.wrap(new byte[1]), 300_000_000);
    }
    assertThatThrownBy(() -> SafeTensorsFile.open(file()).close())
        .isInstanceOf(InputException.class)
        .hasMessage("%s: a header of 200000000 bytes; at most 100000000 are read.", file());
  }

  @Test
  void refusesFilesThatAreCutShort() throws IOException {
    byte[] whole =
        Files.readAllBytes(
            Reference.golden().resolve("models/a-beit-meanpool-relpos/model.safetensors"));
    for (int length = 0; length < whole.length; length += 499) {
      Files.write(file(), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SafeTensorsFile.open(file()).close())
          .isInstanceOf(InputException.class)
          .hasMessageMatching("(?s).*(is cut short|the header's length alone).*");
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void readsWhatItWrites(DataType type) {
    List<TensorInfo> infos =
        List.of(
            new TensorInfo("odd", DataType.U8, List.of(3L)),
            new TensorInfo("values", type, List.of(2L, 1L, 3L)),
            new TensorInfo("scalar", type, List.of()),
            new TensorInfo("empty", type, List.of(0L, 5L)));
    Map<String, float[]> values =
        Map.of(
            "odd", new float[] {7, 8, 9},
            "values", new float[] {0, 1, 1, 0, 0, 1},
            "scalar", new float[] {1},
            "empty", new float[0]);
    SafeTensorsFile.write(file(), infos, values::get, Map.of("format", "pt"));
    try (TensorStore tensors = SafeTensorsFile.open(file())) {
      assertThat(tensors.names()).containsExactly("odd", "values", "scalar", "empty");
      for (TensorInfo info : infos) {
        assertThat(tensors.info(info.name())).isEqualTo(info);
        assertThat(tensors.floats(info.name())).isEqualTo(values.get(info.name()));
      }
      assertThat(tensors.bytes()).isEqualTo(3 + 7 * type.bytes());
    }
  }

  @Test
  void padsTheHeaderToEightBytes() throws IOException {
    for (int i = 1; i <= 9; i++) {
      TensorInfo info = new TensorInfo("x".repeat(i), DataType.F32, List.of(1L));
      SafeTensorsFile.write(file(), List.of(info), name -> new float[1], Map.of());
      byte[] content = Files.readAllBytes(file());
      assertThat(ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
      assertThat(content.length % 8).isEqualTo(4);
    }
  }

  /** The second map of the tensor begins at element 2^26; the file is sparse. */
  @Test
  void readsTensorsLargerThanOneMap() throws IOException {
    int elements = (1 << 26) + 10;
    String header =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(elements, 4L * elements);
    writeSparse(header, 4L * elements, 4L * ((1 << 26) + 1), Pickle.floats(5));
    try (TensorStore tensors = SafeTensorsFile.open(file())) {
      float[] floats = tensors.floats("a");
      assertThat(floats).hasSize(elements);
      assertThat(floats[1 << 26]).isZero();
      assertThat(floats[(1 << 26) + 1]).isEqualTo(5);
    }
  }

  @Test
  void readsTensorsBehindFourGigabytes() throws IOException {
    long big = 5_000_000_000L;
    String header =
        "{\"big\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"small\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}"
            .formatted(big, big, big, big + 4);
    writeSparse(header, big + 4, big, Pickle.floats(5));
    try (TensorStore tensors = SafeTensorsFile.open(file())) {
      assertThat(tensors.floats("small")).containsExactly(5);
      assertThat(tensors.bytes()).isEqualTo(big + 4);
      assertThatThrownBy(() -> tensors.floats("big"))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "%s: tensor 'big' has 5000000000 elements, more than can be held at once (2147483639).",
              file());
    }
  }

  private void writeSparse(String header, long dataBytes, long at, byte[] value)
      throws IOException {
    byte[] start = content(header, 0);
    Files.write(file(), start);
    try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[1]), start.length + dataBytes - 1);
      channel.write(ByteBuffer.wrap(value), start.length + at);
    }
  }

  @Test
  void sayWhatIsMissing() {
    assertThatThrownBy(() -> SafeTensorsFile.open(file()).close())
        .isInstanceOf(InputException.class)
        .hasMessage("%s can not be read: it does not exist.", file());
    SafeTensorsFile.write(
        file(),
        List.of(new TensorInfo("a", DataType.F32, List.of(1L))),
        name -> new float[1],
        Map.of());
    TensorStore tensors = SafeTensorsFile.open(file());
    assertThat(tensors.contains("b")).isFalse();
    assertThatThrownBy(() -> tensors.info("b"))
        .isInstanceOf(InputException.class)
        .hasMessage("The checkpoint has no tensor 'b'.");
    tensors.close();
    tensors.close();
    assertThatThrownBy(() -> tensors.floats("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("%s is closed already", file());
  }

  @Test
  void aFileThatShrinksUnderItsReaderIsAnError() throws IOException {
    SafeTensorsFile.write(
        file(),
        List.of(new TensorInfo("a", DataType.F32, List.of(1000L))),
        name -> new float[1000],
        Map.of());
    try (TensorStore tensors = SafeTensorsFile.open(file())) {
      try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
        channel.truncate(2000);
      }
      assertThatThrownBy(() -> tensors.floats("a"))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "%s: tensor 'a' can not be read: the file has become shorter since it was opened.",
              file());
    }
  }

  @Test
  void refusesMoreTensorsThanAModelHas() throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i <= 200_000; i++) {
      header
          .append(i == 0 ? "" : ",")
          .append("\"")
          .append(i)
          .append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}");
    }
    assertRefused(content(header.append("}").toString(), 0), "FILE: more than 200000 tensors.");
  }

  @Test
  void refusesToWriteWhatItCanNot() {
    TensorInfo info = new TensorInfo("a", DataType.F32, List.of(2L));
    Path nowhere = temp.resolve("nowhere/model.safetensors");
    assertThatThrownBy(
            () -> SafeTensorsFile.write(nowhere, List.of(info), name -> new float[2], Map.of()))
        .isInstanceOf(InputException.class)
        .hasMessage("%s can not be written: it does not exist.", nowhere);
    assertThatThrownBy(
            () -> SafeTensorsFile.write(file(), List.of(info), name -> new float[3], Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a is F32 [2], got 3 elements");
    assertThatThrownBy(
            () ->
                SafeTensorsFile.write(file(), List.of(info, info), name -> new float[2], Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a is to be written twice");
  }
}
