package io.labelmill.graph;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small safetensors file, read without the code under test and without losing float64 digits. */
final class GoldenTensors {
  private final JsonNode header;
  private final ByteBuffer data;

  GoldenTensors(Path file) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int length = Math.toIntExact(bytes.getLong(0));
      header = new ObjectMapper().readTree(bytes.array(), 8, length);
      data = bytes.slice(8 + length, bytes.capacity() - 8 - length);
      data.order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean contains(String name) {
    return header.has(name);
  }

  long[] shape(String name) {
    JsonNode shape = header.path(name).path("shape");
    long[] sizes = new long[shape.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = shape.get(i).asLong();
    }
    return sizes;
  }

  double[] doubles(String name) {
    JsonNode offsets = header.path(name).path("data_offsets");
    boolean wide = header.path(name).path("dtype").asText().equals("F64");
    int from = offsets.get(0).asInt();
    double[] values = new double[(offsets.get(1).asInt() - from) / (wide ? 8 : 4)];
    for (int i = 0; i < values.length; i++) {
      values[i] = wide ? data.getDouble(from + 8 * i) : data.getFloat(from + 4 * i);
    }
    return values;
  }

  float[] floats(String name) {
    double[] doubles = doubles(name);
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }
}
