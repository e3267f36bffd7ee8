package io.labelmill.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The safetensors format: 8 bytes little-endian header length, a JSON header, the tensors' bytes.
 * Names, types, shapes and places are in the header; the tensors fill the rest of the file without
 * gap or overlap.
 *
 * <p>Format: https://huggingface.co/docs/safetensors
 */
public final class SafeTensorsFile {
  /** The limits keep a lying header from costing more memory than an honest one. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private static final int MAX_TENSORS = 200_000;
  private static final int MAX_AXES = 16;
  private static final int WRITE_BYTES = 1 << 22;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private SafeTensorsFile() {}

  /**
   * Opens a file and checks its header; tensors are read when asked for.
   *
   * @throws InputException when the file is missing, cut short, or its header is not what the
   *     format asks for
   */
  public static TensorStore open(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      FileTensors tensors = new FileTensors(slices(file, channel), List.of(channel));
      channel = null;
      return tensors;
    } catch (IOException e) {
      throw Cause.failure("%s can not be read: %s.".formatted(file, Channels.reason(e)), e);
    } finally {
      Closing.quietly(channel);
    }
  }

  /**
   * Writes a file, one tensor after the other, of which one at a time is held in memory.
   *
   * @param tensors written in this order; types as {@link Elements#write} takes them
   * @param floats gives the elements of the tensor of that name, row-major, when its turn comes; a
   *     {@link TensorStore}'s own {@code floats} copies a checkpoint
   * @param metadata goes into the header; Transformers asks for {@code format: pt}
   * @throws InputException when the file can not be written; what was written is left there
   */
  public static void write(
      Path file,
      List<TensorInfo> tensors,
      Function<String, float[]> floats,
      Map<String, String> metadata) {
    byte[] header = header(tensors, metadata);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(WRITE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(header.length).flip();
      writeAll(channel, bytes);
      writeAll(channel, ByteBuffer.wrap(header));
      for (TensorInfo tensor : tensors) {
        float[] elements = floats.apply(tensor.name());
        if (elements.length != tensor.elements()) {
          throw new IllegalArgumentException(
              "%s is %s, got %d elements"
                  .formatted(tensor.name(), tensor.description(), elements.length));
        }
        int step = WRITE_BYTES / tensor.dataType().bytes();
        for (int from = 0; from < elements.length; from += step) {
          int to = Math.min(from + step, elements.length);
          Elements.write(tensor.dataType(), elements, from, to, bytes.clear());
          writeAll(channel, bytes.flip());
        }
      }
    } catch (IOException e) {
      throw Cause.failure("%s can not be written: %s.".formatted(file, Channels.reason(e)), e);
    }
  }

  /** The JSON text, padded with spaces so that the tensors begin at a multiple of 8. */
  private static byte[] header(List<TensorInfo> tensors, Map<String, String> metadata) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = header.putObject("__metadata__");
      new TreeMap<>(metadata).forEach(node::put);
    }
    long begin = 0;
    for (TensorInfo tensor : tensors) {
      if (header.has(tensor.name())) {
        throw new IllegalArgumentException(tensor.name() + " is to be written twice");
      }
      ObjectNode node = header.putObject(tensor.name());
      node.put("dtype", tensor.dataType().name());
      tensor.shape().forEach(node.putArray("shape")::add);
      node.putArray("data_offsets").add(begin).add(begin + tensor.bytes());
      begin += tensor.bytes();
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    return padded;
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The tensors of a file in the order of its header. */
  static List<TensorSlice> slices(Path file, FileChannel channel) throws IOException {
    long fileBytes = channel.size();
    if (fileBytes < 8) {
      throw new InputException(
          "%s is not a safetensors file: it has %d bytes, the header's length alone has 8."
              .formatted(file, fileBytes));
    }
    long headerBytes = Channels.read(channel, 0, 8).getLong();
    if (headerBytes < 2 || headerBytes > fileBytes - 8) {
      throw new InputException(
          "%s is not a safetensors file, or is cut short: it declares a header of %s bytes, %d follow."
              .formatted(file, Long.toUnsignedString(headerBytes), fileBytes - 8));
    }
    if (headerBytes > MAX_HEADER_BYTES) {
      throw new InputException(
          "%s: a header of %d bytes; at most %d are read."
              .formatted(file, headerBytes, MAX_HEADER_BYTES));
    }
    byte[] header = Channels.read(channel, 8, (int) headerBytes).array();
    List<Entry> entries;
    try (JsonParser parser = JSON.createParser(header)) {
      entries = new Header(file, parser).entries();
    } catch (IOException e) {
      throw new InputException(JsonText.problem(file + ": the header", e), e);
    }
    return place(file, channel, entries, 8 + headerBytes, fileBytes - 8 - headerBytes);
  }

  private static List<TensorSlice> place(
      Path file, FileChannel channel, List<Entry> entries, long start, long dataBytes) {
    List<Entry> byPlace = new ArrayList<>(entries);
    byPlace.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long end = 0;
    String before = "the header";
    for (Entry entry : byPlace) {
      if (entry.end > dataBytes) {
        throw new InputException(
            "%s is cut short or its header lies: tensor '%s' lies at bytes %d to %d of %d."
                .formatted(file, entry.info.name(), entry.begin, entry.end, dataBytes));
      }
      if (entry.begin != end) {
        throw new InputException(
            "%s: tensor '%s' begins at byte %d, but %s ends at %d: tensors may neither overlap nor leave gaps."
                .formatted(file, entry.info.name(), entry.begin, before, end));
      }
      end = entry.end;
      before = "'" + entry.info.name() + "'";
    }
    if (end != dataBytes) {
      throw new InputException(
          "%s: the tensors end at byte %d, but %d bytes follow the header."
              .formatted(file, end, dataBytes));
    }
    return entries.stream()
        .map(entry -> TensorSlice.contiguous(entry.info, file, channel, start + entry.begin))
        .toList();
  }

  /**
   * One tensor as the header declares it; {@code begin} and {@code end} count from the header's
   * end.
   */
  private record Entry(TensorInfo info, long begin, long end) {}

  /** Reads the header's JSON without building a tree. */
  private record Header(Path file, JsonParser parser) {
    List<Entry> entries() throws IOException {
      List<Entry> entries = new ArrayList<>();
      expect(parser.nextToken() == JsonToken.START_OBJECT, "the header is not a JSON object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("__metadata__")) {
          parser.skipChildren();
        } else {
          expect(entries.size() < MAX_TENSORS, "more than " + MAX_TENSORS + " tensors");
          entries.add(entry(name));
        }
      }
      expect(parser.nextToken() == null, "text follows the header's JSON object");
      return entries;
    }

    private Entry entry(String name) throws IOException {
      TensorInfo.checkName(file, name);
      String tensor = "tensor '" + name + "'";
      expect(
          parser.currentToken() == JsonToken.START_OBJECT,
          tensor + " is not described by an object");
      String type = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        switch (key) {
          case "dtype" -> {
            expect(
                parser.currentToken() == JsonToken.VALUE_STRING,
                tensor + ": dtype is not a string");
            type = parser.getText();
          }
          case "shape" -> shape = sizes(tensor + ": shape");
          case "data_offsets" -> offsets = sizes(tensor + ": data_offsets");
          default -> expect(false, tensor + " has an unknown field '" + key + "'");
        }
      }
      expect(type != null, tensor + " has no dtype");
      expect(shape != null, tensor + " has no shape");
      expect(offsets != null, tensor + " has no data_offsets");
      expect(offsets.size() == 2, tensor + ": data_offsets are not two numbers");
      DataType dataType = DataType.named(type).orElse(null);
      expect(dataType != null, tensor + " has dtype " + type + ", which is not read");
      TensorInfo info = new TensorInfo(name, dataType, shape);
      long begin = offsets.get(0);
      long end = offsets.get(1);
      expect(begin <= end, tensor + " ends before it begins: " + begin + " to " + end);
      long bytes;
      try {
        bytes = info.bytes();
      } catch (ArithmeticException e) {
        throw new InputException(
            "%s: %s is impossibly large: %s.".formatted(file, tensor, info.description()), e);
      }
      expect(
          end - begin == bytes,
          "%s is %s, %d bytes, but its offsets span %d"
              .formatted(tensor, info.description(), bytes, end - begin));
      return new Entry(info, begin, end);
    }

    /** An array of numbers from 0. */
    private List<Long> sizes(String what) throws IOException {
      expect(parser.currentToken() == JsonToken.START_ARRAY, what + " is not an array");
      List<Long> sizes = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(
            parser.currentToken() == JsonToken.VALUE_NUMBER_INT,
            what + " holds " + parser.getText() + ", not a whole number");
        expect(
            parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                && parser.getLongValue() >= 0,
            what + " holds " + parser.getText() + ", out of range");
        expect(sizes.size() < MAX_AXES, what + " holds more than " + MAX_AXES + " numbers");
        sizes.add(parser.getLongValue());
      }
      return sizes;
    }

    private void expect(boolean fine, String problem) {
      if (!fine) {
        throw new InputException(file + ": " + problem + ".");
      }
    }
  }
}
