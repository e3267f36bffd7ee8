package io.labelmill.checkpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.Reference;
import io.labelmill.error.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PyTorchFileTest {
  private static final float[] SIX = {0, 1, 2, 3, 4, 5};

  @TempDir Path temp;

  private TensorStore open(Path file) {
    return new WeightsFiles(Optional.empty(), List.of(file)).open(new ArrayList<>());
  }

  private Path bin() {
    return temp.resolve("pytorch_model.bin");
  }

  /** A zip file with one storage "0" of six floats, and this pickle. */
  private Path six(byte[] pickle) {
    return Pickle.zip(bin(), pickle, Map.of("0", Pickle.floats(SIX)));
  }

  private static Pickle tensor(long elements, long offset, long[] shape, long[] strides) {
    return new Pickle()
        .beginDict()
        .tensor("w", "FloatStorage", "0", elements, offset, shape, strides)
        .endDict();
  }

  private void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> open(file).close())
        .isInstanceOf(InputException.class)
        .hasMessage(message.replace("FILE", file.toString()));
  }

  @Test
  void readsViewsOfOneStorage() {
    byte[] pickle =
        new Pickle()
            .beginDict()
            .tensor("whole", "FloatStorage", "0", 6, 0, new long[] {2, 3}, new long[] {3, 1})
            .tensor("transposed", "FloatStorage", "0", 6, 0, new long[] {3, 2}, new long[] {1, 3})
            .tensor("offset", "FloatStorage", "0", 6, 4, new long[] {2}, new long[] {1})
            .tensor("stepped", "FloatStorage", "0", 6, 1, new long[] {1, 3}, new long[] {99, 2})
            .tensor("scalar", "FloatStorage", "0", 6, 5, new long[] {}, new long[] {})
            .tensor("empty", "FloatStorage", "0", 6, 0, new long[] {0, 3}, new long[] {3, 1})
            .endDict()
            .stop();
    try (TensorStore tensors = open(six(pickle))) {
      assertThat(tensors.names())
          .containsExactly("whole", "transposed", "offset", "stepped", "scalar", "empty");
      assertThat(tensors.floats("whole")).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(tensors.floats("transposed")).containsExactly(0, 3, 1, 4, 2, 5);
      assertThat(tensors.floats("offset")).containsExactly(4, 5);
      assertThat(tensors.floats("stepped")).containsExactly(1, 3, 5);
      assertThat(tensors.floats("scalar")).containsExactly(5);
      assertThat(tensors.floats("empty")).isEmpty();
      assertThat(tensors.info("transposed"))
          .isEqualTo(new TensorInfo("transposed", DataType.F32, List.of(3L, 2L)));
      assertThat(tensors.bytes()).isEqualTo(4 * (6 + 6 + 2 + 3 + 1));
    }
  }

  @Test
  void readsAttributesAndParametersAsTorchWritesThem() {
    byte[] pickle =
        new Pickle()
            .beginDict()
            .text("w")
            .global("torch._utils", "_rebuild_parameter")
            .op("(")
            .global("torch._utils", "_rebuild_tensor_v2")
            .op("(")
            .storage("FloatStorage", "0", 6)
            .number(0)
            .tuple(6)
            .tuple(1)
            .op(0x89)
            .op("}tR")
            .op(0x88)
            .op("}tR")
            .endDict()
            .op("}")
            .text("_metadata")
            .beginDict()
            .text("")
            .op("}")
            .text("version")
            .op("K\u0001s")
            .endDict()
            .op("s")
            .op("b")
            .stop();
    try (TensorStore tensors = open(six(pickle))) {
      assertThat(tensors.floats("w")).containsExactly(SIX);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DoubleStorage, F64, 8",
    "FloatStorage, F32, 4",
    "HalfStorage, F16, 2",
    "BFloat16Storage, BF16, 2",
    "LongStorage, I64, 8",
    "IntStorage, I32, 4",
    "ShortStorage, I16, 2",
    "CharStorage, I8, 1",
    "ByteStorage, U8, 1",
    "BoolStorage, BOOL, 1"
  })
  void readsEveryElementType(String storage, DataType type, int bytes) {
    byte[] stored = new byte[2 * bytes];
    Elements.write(
        type, new float[] {1, 0}, 0, 2, ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN));
    byte[] pickle =
        new Pickle()
            .beginDict()
            .tensor("w", storage, "7", 2, 0, new long[] {2}, new long[] {1})
            .endDict()
            .stop();
    try (TensorStore tensors = open(Pickle.zip(bin(), pickle, Map.of("7", stored)))) {
      assertThat(tensors.info("w").dataType()).isEqualTo(type);
      assertThat(tensors.floats("w")).containsExactly(1, 0);
    }
  }

  @Test
  void readsTheLegacyFormAndPartsOfItsStorages() throws IOException {
    byte[] stateDict =
        new Pickle()
            .beginDict()
            .tensor("second", "FloatStorage", "20", 2, 0, new long[] {2}, new long[] {1})
            .text("part")
            .global("torch._utils", "_rebuild_tensor_v2")
            .op("((")
            .text("storage")
            .global("torch", "FloatStorage")
            .text("10")
            .text("cpu")
            .number(6)
            .op("(")
            .text("11")
            .number(2)
            .number(3)
            .op("ttQ")
            .number(1)
            .tuple(2)
            .tuple(1)
            .op(0x89)
            .op("}tR")
            .endDict()
            .stop();
    Map<String, float[]> storages = new LinkedHashMap<>();
    storages.put("10", SIX);
    storages.put("20", new float[] {7, 8});
    Files.write(bin(), Pickle.legacy(stateDict, storages));
    try (TensorStore tensors = open(bin())) {
      assertThat(tensors.floats("second")).containsExactly(7, 8);
      assertThat(tensors.floats("part")).containsExactly(3, 4);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "builtins, eval",
    "__builtin__, eval",
    "subprocess, Popen",
    "torch, load",
    "torch._utils, _rebuild_qtensor",
    "torch.storage, _load_from_bytes",
    "collections, OrderedDict.popitem"
  })
  void refusesWhatAStateDictDoesNotNeedByName(String module, String name) {
    String message =
        "FILE refers to "
            + module
            + "."
            + name
            + ", which a state dict does not need. The file is refused and nothing of it was"
            + " executed; weights in safetensors form can hold no code.";
    Path file = bin();
    assertRefused(
        six(new Pickle().global(module, name).op("(").text("touch /tmp/x").op("tR").stop()),
        message);
    // By the name as two strings on the stack, and by the instruction of old class instances.
    Pickle.zip(
        file,
        new Pickle().text(module).text(name).op(0x93).op("(").text("x").op("tR").stop(),
        Map.of());
    assertRefused(file, message);
    Pickle.zip(
        file,
        new Pickle().op("(").text("x").op("i" + module + "\n" + name + "\n").stop(),
        Map.of());
    assertRefused(file, message);
    // Hidden in a value of a good state dict.
    Pickle.zip(
        file,
        new Pickle().beginDict().text("w").global(module, name).op(")R").endDict().stop(),
        Map.of());
    assertRefused(file, message);
  }

  @Test
  void showsNoControlCharactersOfAName() {
    assertRefused(
        six(new Pickle().text("o\u001b[31ms").text("sys\ntem").op(0x93).stop()),
        "FILE refers to o?[31ms.sys?tem, which a state dict does not need. The file is refused and"
            + " nothing of it was executed; weights in safetensors form can hold no code.");
  }

  static Stream<Arguments> malformedPickles() {
    return Stream.of(
        Arguments.of(
            new Pickle().op("S'x'\n."),
            "instruction 0x53 ('S') is not one that a state dict has (at byte 2)"),
        Arguments.of(
            new Pickle().op(0x81), "instruction 0x81 is not one that a state dict has (at byte 2)"),
        Arguments.of(new Pickle().op(0x80, 9), "protocol 9 is not known (at byte 2)"),
        Arguments.of(new Pickle(), "its stack is empty (at byte 2)"),
        Arguments.of(new Pickle().op("NN"), "values are left over at its end (at byte 4)"),
        Arguments.of(new Pickle().op("(N"), "values are left over at its end (at byte 4)"),
        Arguments.of(new Pickle().op("t"), "a mark is missing (at byte 2)"),
        Arguments.of(new Pickle().op("N(").op(0x85), "its stack is empty (at byte 4)"),
        Arguments.of(
            new Pickle().op("h").op(7), "it reads memo 7 before it is written (at byte 2)"),
        Arguments.of(new Pickle().op("N)R"), "it calls None (at byte 4)"),
        Arguments.of(
            new Pickle().global("torch", "FloatStorage").op(")R"),
            "it calls torch.FloatStorage (at byte 23)"),
        Arguments.of(
            new Pickle().op("(icollections\nOrderedDict\n"),
            "it makes an instance of collections.OrderedDict (at byte 3)"),
        Arguments.of(new Pickle().op("N}b"), "it sets the state of None (at byte 4)"),
        Arguments.of(new Pickle().op("}Na"), "it appends to a dict (at byte 4)"),
        Arguments.of(new Pickle().op("]NNs"), "it sets items of a list or tuple (at byte 5)"),
        Arguments.of(new Pickle().op("}]Ns"), "a dict has a list or tuple as a key (at byte 5)"),
        Arguments.of(
            new Pickle().op("}").text("a").op("Ns").text("a").op("Ns"),
            "a dict has the key 'a' twice (at byte 18)"),
        Arguments.of(
            new Pickle().op("c" + "x".repeat(300) + "\ny\n"),
            "a name is longer than 256 bytes (at byte 2)"),
        Arguments.of(new Pickle().op("NQ"), "there is None where a tuple belongs (at byte 3)"),
        Arguments.of(
            new Pickle().op("(").text("module").op("NNNNtQ"),
            "a persistent id does not name a storage (at byte 19)"),
        Arguments.of(
            new Pickle().storage("FloatStorage", "../0", 6),
            "'../0' is not the key of a storage (at byte 58)"),
        Arguments.of(
            new Pickle().storage("FloatStorage", "0", -6),
            "there is a long where a number from 0 belongs (at byte 55)"),
        Arguments.of(
            new Pickle().global("torch._utils", "_rebuild_tensor_v2").op(")R"),
            "the arguments of a tensor are not those of torch (at byte 36)"),
        Arguments.of(
            new Pickle().global("torch._utils", "_rebuild_parameter").op(")R"),
            "the arguments of torch._utils._rebuild_parameter are not those of torch (at byte 36)"),
        Arguments.of(
            new Pickle().global("collections", "OrderedDict").op("(](NtatR"),
            "an OrderedDict is made of pairs (at byte 34)"),
        Arguments.of(
            new Pickle()
                .op("(")
                .text("storage")
                .global("torch", "FloatStorage")
                .text("0")
                .text("cpu")
                .number(6)
                .op(")tQ"),
            "a part of a storage has no key, offset and size (at byte 56)"),
        Arguments.of(
            tensor(6, 0, new long[17], new long[17]),
            "a tensor has 17 axes; at most 16 are read (at byte 332)"));
  }

  @ParameterizedTest
  @MethodSource("malformedPickles")
  void refusesPicklesThatAreNoStateDict(Pickle pickle, String problem) {
    assertRefused(six(pickle.stop()), "FILE: the pickle is not a state dict: " + problem + ".");
  }

  static Stream<Arguments> lyingTensors() {
    return Stream.of(
        Arguments.of(
            tensor(6, 0, new long[] {7}, new long[] {1}),
            "FILE: tensor 'w', F32 [7] with offset 0 and strides [1], does not fit in its storage of 6 elements."),
        Arguments.of(
            tensor(6, 1, new long[] {6}, new long[] {1}),
            "FILE: tensor 'w', F32 [6] with offset 1 and strides [1], does not fit in its storage of 6 elements."),
        Arguments.of(
            tensor(6, 0, new long[] {2, 3}, new long[] {4, 1}),
            "FILE: tensor 'w', F32 [2, 3] with offset 0 and strides [4, 1], does not fit in its storage of 6 elements."),
        // One element shown a billion times.
        Arguments.of(
            tensor(6, 0, new long[] {1_000_000_000}, new long[] {0}),
            "FILE: tensor 'w', F32 [1000000000] with offset 0 and strides [0], does not fit in its storage of 6 elements."),
        Arguments.of(
            tensor(6, 0, new long[] {1L << 40, 1L << 40}, new long[] {0, 0}),
            "FILE: tensor 'w' is impossibly large: shape [1099511627776, 1099511627776], strides [0, 0]."),
        Arguments.of(
            tensor(6, 0, new long[] {2}, new long[] {Long.MAX_VALUE}),
            "FILE: tensor 'w', F32 [2] with offset 0 and strides [9223372036854775807], does not fit in its storage of 6 elements."),
        Arguments.of(
            tensor(6, 2, new long[] {2}, new long[] {Long.MAX_VALUE}),
            "FILE: tensor 'w' is impossibly large: shape [2], strides [9223372036854775807]."),
        Arguments.of(
            tensor(6, 0, new long[] {2, 3}, new long[] {1}),
            "FILE: tensor 'w' has 2 axes and 1 strides."),
        Arguments.of(
            tensor(7, 0, new long[] {2}, new long[] {1}),
            "FILE: storage '0' has 24 bytes, but 7 F32 elements take 28."),
        Arguments.of(
            tensor(Long.MAX_VALUE, 0, new long[] {2}, new long[] {1}),
            "FILE: storage '0' is impossibly large: 9223372036854775807 elements."),
        Arguments.of(
            new Pickle()
                .beginDict()
                .tensor("w", "FloatStorage", "1", 6, 0, new long[] {2}, new long[] {1})
                .endDict(),
            "FILE: tensor 'w' lies in storage '1', which is not in the file."),
        Arguments.of(
            new Pickle().beginDict().text("epoch").number(3).endDict(),
            "FILE: 'epoch' is not a tensor; a file with a state dict and nothing else is read."),
        Arguments.of(
            new Pickle()
                .beginDict()
                .tensor("a\nb", "FloatStorage", "0", 6, 0, new long[] {2}, new long[] {1})
                .endDict(),
            "FILE: 'a?b' is not the name of a tensor: it is longer than 300 characters or has control characters."),
        Arguments.of(new Pickle().number(5), "FILE does not hold a state dict."));
  }

  @ParameterizedTest
  @MethodSource("lyingTensors")
  void refusesTensorsOutsideTheirStorages(Pickle pickle, String message) {
    assertRefused(six(pickle.stop()), message);
  }

  /** Nine hundred thousand lists, each inside the one before. */
  @Test
  void survivesDeepNesting() {
    assertRefused(
        six(new Pickle().op("]".repeat(900_000)).op("a".repeat(899_999)).stop()),
        "FILE does not hold a state dict.");
  }

  @Test
  void survivesValuesThatContainThemselves() {
    assertRefused(
        six(new Pickle().op("]q").op(0).op("h").op(0).op("a").stop()),
        "FILE does not hold a state dict.");
    assertRefused(
        six(new Pickle().op("}q").op(0).text("w").op("h").op(0).op("s").stop()),
        "FILE: 'w' is not a tensor; a file with a state dict and nothing else is read.");
    // A dict that would have to hash a list that contains itself.
    assertRefused(
        six(new Pickle().op("}]q").op(0).op("h").op(0).op("aNs").stop()),
        "FILE: the pickle is not a state dict: a dict has a list or tuple as a key (at byte 10).");
  }

  /** Each level names the one before ten times: ten to the sixty in all, were it ever walked. */
  @Test
  void survivesDoublingReferences() {
    Pickle pickle = new Pickle().op("]q").op(0).op("0");
    for (int level = 0; level < 60; level++) {
      pickle.op("](");
      for (int i = 0; i < 10; i++) {
        pickle.op("h").op(level);
      }
      pickle.op("eq").op(level + 1).op("0");
    }
    assertRefused(
        six(pickle.op("}").text("w").op("h").op(60).op("s").stop()),
        "FILE: 'w' is not a tensor; a file with a state dict and nothing else is read.");
  }

  /** A long list that is turned into a dict again and again would cost more than it reads. */
  @Test
  void boundsTheWorkThatAPickleAsksFor() {
    Pickle pickle = new Pickle().op("](");
    for (int i = 0; i < 1000; i++) {
      pickle.op("(").number(i).op("Nt");
    }
    pickle.op("eq").op(0).op("0");
    for (int i = 0; i < 10_000; i++) {
      pickle.global("collections", "OrderedDict").op("(h").op(0).op("tR0");
    }
    assertThatThrownBy(() -> open(six(pickle.stop())).close())
        .isInstanceOf(InputException.class)
        .hasMessageMatching(
            ".*: the pickle is not a state dict: it has more than 2000000 instructions \\(at byte \\d+\\)\\.");
  }

  @Test
  void refusesZipFilesThatTorchDoesNotWrite() {
    byte[] pickle = tensor(6, 0, new long[] {6}, new long[] {1}).stop();
    byte[] six = Pickle.floats(SIX);
    Path file = bin();
    Pickle.zip(file, Map.of("archive/data.pkl", pickle, "archive/../../x", six), ZipEntry.STORED);
    assertRefused(
        file,
        "FILE is not a zip file that can be read: entry 'archive/../../x' is named like a path out of it.");
    Pickle.zip(file, Map.of("/data.pkl", pickle), ZipEntry.STORED);
    assertRefused(
        file,
        "FILE is not a zip file that can be read: entry '/data.pkl' is named like a path out of it.");
    Pickle.zip(file, Map.of("archive/data.pkl", pickle), ZipEntry.DEFLATED);
    assertRefused(
        file,
        "FILE is not a zip file that can be read: entry 'archive/data.pkl' is compressed (method 8), torch.save stores entries as they are.");
    Pickle.zip(file, Map.of("archive/version", six), ZipEntry.STORED);
    assertRefused(
        file,
        "FILE is not a PyTorch file: its zip directory has 0 entries NAME/data.pkl instead of one.");
    Pickle.zip(file, Map.of("a/data.pkl", pickle, "b/data.pkl", pickle), ZipEntry.STORED);
    assertRefused(
        file,
        "FILE is not a PyTorch file: its zip directory has 2 entries NAME/data.pkl instead of one.");
    Pickle.zip(
        file,
        Map.of("a/data.pkl", pickle, "a/data/0", six, "a/byteorder", "big".getBytes(US_ASCII)),
        ZipEntry.STORED);
    assertRefused(file, "FILE: byte order 'big'; only 'little' is read.");
    Pickle.zip(file, Map.of("a/data.pkl", new byte[16_000_001]), ZipEntry.STORED);
    assertRefused(file, "FILE: a pickle of 16000001 bytes; at most 16000000 are read.");
  }

  @Test
  void refusesOtherFiles() throws IOException {
    Files.write(bin(), new byte[3]);
    assertRefused(bin(), "FILE is not a PyTorch file: it has 3 bytes.");
    Files.writeString(bin(), "<html>not found</html>");
    assertRefused(
        bin(), "FILE is not a PyTorch file: it begins with neither a zip entry nor a pickle.");
    // A tar file, as the first versions of PyTorch wrote, with the name of an entry that climbs.
    byte[] tar = Arrays.copyOf("../../storages".getBytes(StandardCharsets.UTF_8), 1024);
    System.arraycopy("ustar".getBytes(StandardCharsets.UTF_8), 0, tar, 257, 5);
    Files.write(bin(), tar);
    assertRefused(
        bin(), "FILE is not a PyTorch file: it begins with neither a zip entry nor a pickle.");
    Files.writeString(bin(), "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n");
    assertRefused(
        bin(), "FILE is a Git LFS pointer, not the weights: run git lfs pull in its folder.");
    Files.write(bin(), new Pickle().number(5).stop());
    assertRefused(
        bin(),
        "FILE is a pickle, but not one that torch.save wrote: its first value is not PyTorch's.");
  }

  static Stream<Arguments> brokenLegacy() {
    byte[] good = tensor(6, 0, new long[] {6}, new long[] {1}).stop();
    byte[] seven = tensor(7, 0, new long[] {6}, new long[] {1}).stop();
    byte[] otherKey =
        new Pickle()
            .beginDict()
            .tensor("w", "FloatStorage", "1", 6, 0, new long[] {6}, new long[] {1})
            .endDict()
            .stop();
    byte[] twoTypes =
        new Pickle()
            .beginDict()
            .tensor("w", "FloatStorage", "0", 6, 0, new long[] {6}, new long[] {1})
            .tensor("v", "IntStorage", "0", 6, 0, new long[] {6}, new long[] {1})
            .endDict()
            .stop();
    byte[] partOutside =
        new Pickle()
            .op("((")
            .text("storage")
            .global("torch", "FloatStorage")
            .text("0")
            .text("cpu")
            .number(6)
            .op("(")
            .text("1")
            .number(4)
            .number(3)
            .op("ttQ")
            .stop();
    return Stream.of(
        Arguments.of(
            Pickle.legacy(seven, Map.of("0", SIX)),
            "FILE: storage '0' has 6 elements, the pickle says 7."),
        Arguments.of(
            Pickle.legacy(good, Map.of()),
            "FILE: tensor 'w' lies in storage '0', which is not in the file."),
        Arguments.of(
            Pickle.legacy(otherKey, Map.of("0", SIX)),
            "FILE lists a storage that no tensor lies in."),
        Arguments.of(
            Pickle.legacy(twoTypes, Map.of("0", SIX)), "FILE: storage '0' has two types or sizes."),
        Arguments.of(
            Pickle.legacy(partOutside, Map.of()),
            "FILE: the pickle is not a state dict: a part of storage '0' lies outside of it (at byte 120)."),
        Arguments.of(
            Pickle.legacy(new Pickle().global("os", "system").stop(), Map.of()),
            "FILE refers to os.system, which a state dict does not need. The file is refused and nothing of it was executed; weights in safetensors form can hold no code."));
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void refusesLegacyFilesOfAnotherKind() throws IOException {
    byte[] magic =
        new Pickle()
            .op(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
            .stop();
    byte[] protocol = new Pickle().number(1001).stop();
    byte[] system = new Pickle().op("}").text("little_endian").op(0x88).op("s").stop();
    byte[] stateDict = tensor(2, 0, new long[] {2}, new long[] {1}).stop();
    byte[] storage = concat(Pickle.little(8).putLong(2).array(), Pickle.floats(1, 2));
    Files.write(bin(), concat(magic, new Pickle().number(1002).stop()));
    assertRefused(bin(), "FILE: the legacy form's protocol is not 1001.");
    Files.write(bin(), concat(magic, protocol, new Pickle().op("}").stop()));
    assertRefused(bin(), "FILE was not written as little-endian.");
    Files.write(bin(), concat(magic, protocol, system, stateDict, new Pickle().op("N").stop()));
    assertRefused(bin(), "FILE has no list of storages.");
    byte[] twice = new Pickle().op("](").text("0").text("0").op("e").stop();
    Files.write(bin(), concat(magic, protocol, system, stateDict, twice, storage, storage));
    assertRefused(bin(), "FILE lists storage '0' twice.");
    Files.write(bin(), concat(magic, protocol, system, stateDict, twice, storage));
    assertRefused(bin(), "FILE is cut short: storage '0' of 2 elements is not all there.");
  }

  /** The file is sparse; elements 0 and 700,000,000 of its storage are those of the tensor. */
  @Test
  void refusesViewsThatAreSpreadTooFar() throws IOException {
    long elements = 700_000_001;
    Path file = bin();
    Files.write(
        file,
        Pickle.legacy(
            tensor(elements, 0, new long[] {2}, new long[] {elements - 1}).stop(), Map.of()));
    // The empty list of storages at the end gives way to one that names the storage.
    long keysAt = Files.size(file) - new Pickle().op("](e").stop().length;
    byte[] keys = new Pickle().op("](").text("0").op("e").stop();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(keys), keysAt);
      channel.write(Pickle.little(8).putLong(elements).flip(), keysAt + keys.length);
      channel.write(ByteBuffer.wrap(new byte[1]), keysAt + keys.length + 8 + 4 * elements - 1);
    }
    try (TensorStore tensors = open(file)) {
      assertThatThrownBy(() -> tensors.floats("w"))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "%s: tensor 'w' can not be read: its elements are spread over 2800000004 bytes, more than can be mapped at once.",
              file);
    }
  }

  @Test
  void refusesFilesThatAreGone() {
    assertRefused(bin(), "FILE can not be opened: it does not exist.");
  }

  @ParameterizedTest
  @MethodSource("brokenLegacy")
  void refusesBrokenLegacyFiles(byte[] content, String message) throws IOException {
    Files.write(bin(), content);
    assertRefused(bin(), message);
  }

  /** Cut anywhere, a file is refused as cut short, as no file of this kind, or as lying. */
  @ParameterizedTest
  @ValueSource(strings = {"a-beit-meanpool-relpos", "b-beit-shared-relpos", "m-beit-bin-views"})
  void refusesFilesThatAreCutShort(String model) throws IOException {
    byte[] whole =
        Files.readAllBytes(
            Reference.golden().resolve("models").resolve(model).resolve("pytorch_model.bin"));
    int step = Math.max(1, whole.length / 400);
    for (int length = 0; length < whole.length; length += step) {
      Files.write(bin(), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> open(bin()).close())
          .isInstanceOf(InputException.class)
          .hasMessageMatching("(?s).*(cut short|is not a PyTorch file).*");
    }
  }
}
