package io.labelmill.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Assembles pickles of protocol 2, instruction by instruction, and the files around them. */
final class Pickle {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Pickle() {
    op(0x80, 2);
  }

  Pickle op(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  Pickle op(String ascii) {
    out.writeBytes(ascii.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  Pickle global(String module, String name) {
    return op("c" + module + "\n" + name + "\n");
  }

  Pickle text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    op("X");
    out.writeBytes(little(4).putInt(bytes.length).array());
    out.writeBytes(bytes);
    return this;
  }

  Pickle number(long value) {
    if (value == (int) value) {
      op("J");
      out.writeBytes(little(4).putInt((int) value).array());
    } else {
      op(0x8a, 8);
      out.writeBytes(little(8).putLong(value).array());
    }
    return this;
  }

  Pickle tuple(long... values) {
    op("(");
    for (long value : values) {
      number(value);
    }
    return op("t");
  }

  /** An OrderedDict and a mark: items follow, then {@link #endDict}. */
  Pickle beginDict() {
    return global("collections", "OrderedDict").op(")R(");
  }

  Pickle endDict() {
    return op("u");
  }

  Pickle storage(String type, String key, long elements) {
    return op("(")
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .op("tQ");
  }

  /** Name and tensor, as items of a dict. */
  Pickle tensor(
      String name,
      String type,
      String key,
      long elements,
      long offset,
      long[] shape,
      long[] strides) {
    return text(name)
        .global("torch._utils", "_rebuild_tensor_v2")
        .op("(")
        .storage(type, key, elements)
        .number(offset)
        .tuple(shape)
        .tuple(strides)
        .op(0x89)
        .global("collections", "OrderedDict")
        .op(")RtR");
  }

  byte[] stop() {
    return op(".").out.toByteArray();
  }

  /** What {@code torch.save} writes today: the pickle and the storages in a zip file. */
  static Path zip(Path file, byte[] pickle, Map<String, byte[]> storages) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", pickle);
    entries.put("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    storages.forEach((key, bytes) -> entries.put("archive/data/" + key, bytes));
    return zip(file, entries, ZipEntry.STORED);
  }

  static Path zip(Path file, Map<String, byte[]> entries, int method) {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        header.setMethod(method);
        CRC32 crc = new CRC32();
        crc.update(entry.getValue());
        header.setCrc(crc.getValue());
        header.setSize(entry.getValue().length);
        if (method == ZipEntry.STORED) {
          header.setCompressedSize(entry.getValue().length);
        }
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** What {@code torch.save} wrote before 1.6: five pickles and the storages. */
  static byte[] legacy(byte[] stateDict, Map<String, float[]> storages) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(
        new Pickle()
            .op(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
            .stop());
    file.writeBytes(new Pickle().op("M\u00e9\u0003").stop());
    file.writeBytes(new Pickle().op("}(").text("little_endian").op(0x88).op("u").stop());
    file.writeBytes(stateDict);
    Pickle keys = new Pickle().op("](");
    storages.keySet().forEach(keys::text);
    file.writeBytes(keys.op("e").stop());
    for (float[] storage : storages.values()) {
      file.writeBytes(little(8).putLong(storage.length).array());
      file.writeBytes(floats(storage));
    }
    return file.toByteArray();
  }

  static byte[] floats(float... values) {
    byte[] bytes = new byte[values.length * 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
