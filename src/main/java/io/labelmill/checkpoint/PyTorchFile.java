package io.labelmill.checkpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.labelmill.checkpoint.Unpickler.Storage;
import io.labelmill.checkpoint.Unpickler.Tensor;
import io.labelmill.error.InputException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code torch.save} makes of a state dict, in its two forms: a zip file with the pickle
 * {@code NAME/data.pkl} and one entry {@code NAME/data/KEY} a storage, or (before PyTorch 1.6) five
 * pickles followed by the storages. Nothing in the file is executed, see {@link Unpickler}.
 *
 * <p>Format: torch/serialization.py of PyTorch.
 */
final class PyTorchFile {
  /** About 120 bytes a tensor are usual. */
  private static final int MAX_PICKLE_BYTES = 16_000_000;

  private static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long LEGACY_PROTOCOL = 1001;

  private PyTorchFile() {}

  /** The tensors of a file in the order of its state dict. */
  static List<TensorSlice> slices(Path file, FileChannel channel) throws IOException {
    if (channel.size() < 4) {
      throw new InputException(
          "%s is not a PyTorch file: it has %d bytes.".formatted(file, channel.size()));
    }
    int magic = Channels.read(channel, 0, 4).getInt();
    if (magic == 0x04034b50) {
      return zipSlices(file, channel);
    }
    if ((magic & 0xff) == 0x80) {
      return legacySlices(file, channel);
    }
    throw new InputException(
        "%s is not a PyTorch file: it begins with neither a zip entry nor a pickle."
            .formatted(file));
  }

  private static List<TensorSlice> zipSlices(Path file, FileChannel channel) throws IOException {
    ZipDirectory directory = ZipDirectory.read(file, channel);
    List<String> pickles =
        directory.entries().keySet().stream()
            .filter(name -> name.endsWith("/data.pkl") && name.indexOf('/') == name.length() - 9)
            .toList();
    if (pickles.size() != 1) {
      throw new InputException(
          "%s is not a PyTorch file: its zip directory has %d entries NAME/data.pkl instead of one."
              .formatted(file, pickles.size()));
    }
    String prefix = pickles.get(0).substring(0, pickles.get(0).length() - "data.pkl".length());
    ZipDirectory.Entry byteOrder = directory.entries().get(prefix + "byteorder");
    if (byteOrder != null) {
      String order =
          byteOrder.bytes() > 16
              ? byteOrder.bytes() + " bytes"
              : US_ASCII
                  .decode(Channels.read(channel, byteOrder.position(), (int) byteOrder.bytes()))
                  .toString();
      if (!order.equals("little")) {
        throw new InputException(
            "%s: byte order '%s'; only 'little' is read.".formatted(file, order));
      }
    }
    ZipDirectory.Entry entry = directory.entries().get(pickles.get(0));
    if (entry.bytes() > MAX_PICKLE_BYTES) {
      throw new InputException(
          "%s: a pickle of %d bytes; at most %d are read."
              .formatted(file, entry.bytes(), MAX_PICKLE_BYTES));
    }
    ByteBuffer pickle = Channels.read(channel, entry.position(), (int) entry.bytes());
    Map<String, Tensor> tensors = stateDict(file, new Unpickler(pickle, file.toString()).load());

    List<TensorSlice> slices = new ArrayList<>();
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      Storage storage = tensor.getValue().storage();
      ZipDirectory.Entry stored = directory.entries().get(prefix + "data/" + storage.key());
      if (stored == null) {
        throw new InputException(
            "%s: tensor '%s' lies in storage '%s', which is not in the file."
                .formatted(file, tensor.getKey(), storage.key()));
      }
      checkBytes(file, storage, stored.bytes());
      slices.add(slice(file, channel, tensor.getKey(), tensor.getValue(), stored.position()));
    }
    return slices;
  }

  private static List<TensorSlice> legacySlices(Path file, FileChannel channel) throws IOException {
    int headBytes = (int) Math.min(channel.size(), MAX_PICKLE_BYTES);
    ByteBuffer head = Channels.read(channel, 0, headBytes);
    Unpickler unpickler = new Unpickler(head, file.toString());
    if (!LEGACY_MAGIC.equals(unpickler.load())) {
      throw new InputException(
          "%s is a pickle, but not one that torch.save wrote: its first value is not PyTorch's."
              .formatted(file));
    }
    if (!(unpickler.load() instanceof Long protocol) || protocol != LEGACY_PROTOCOL) {
      throw new InputException(
          "%s: the legacy form's protocol is not %d.".formatted(file, LEGACY_PROTOCOL));
    }
    if (!(unpickler.load() instanceof Map<?, ?> system)
        || !Boolean.TRUE.equals(system.get("little_endian"))) {
      throw new InputException("%s was not written as little-endian.".formatted(file));
    }
    Map<String, Tensor> tensors = stateDict(file, unpickler.load());
    if (!(unpickler.load() instanceof List<?> keys)) {
      throw new InputException("%s has no list of storages.".formatted(file));
    }

    Map<String, Storage> storageOf = new HashMap<>();
    for (Tensor tensor : tensors.values()) {
      Storage known = storageOf.putIfAbsent(tensor.storage().key(), tensor.storage());
      if (known != null
          && (known.dataType() != tensor.storage().dataType()
              || known.storedElements() != tensor.storage().storedElements())) {
        throw new InputException(
            "%s: storage '%s' has two types or sizes.".formatted(file, known.key()));
      }
    }
    Map<String, Long> positionOf = new HashMap<>();
    long position = head.position();
    for (Object key : keys) {
      Storage storage = key instanceof String name ? storageOf.get(name) : null;
      if (storage == null) {
        throw new InputException("%s lists a storage that no tensor lies in.".formatted(file));
      }
      if (position > channel.size() - 8) {
        throw cutShort(file, storage);
      }
      long elements = Channels.read(channel, position, 8).getLong();
      position += 8;
      if (elements != storage.storedElements()) {
        throw new InputException(
            "%s: storage '%s' has %d elements, the pickle says %d."
                .formatted(file, storage.key(), elements, storage.storedElements()));
      }
      long bytes = bytes(file, storage);
      if (bytes > channel.size() - position) {
        throw cutShort(file, storage);
      }
      if (positionOf.put(storage.key(), position) != null) {
        throw new InputException("%s lists storage '%s' twice.".formatted(file, storage.key()));
      }
      position += bytes;
    }
    List<TensorSlice> slices = new ArrayList<>();
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      Long start = positionOf.get(tensor.getValue().storage().key());
      if (start == null) {
        throw new InputException(
            "%s: tensor '%s' lies in storage '%s', which is not in the file."
                .formatted(file, tensor.getKey(), tensor.getValue().storage().key()));
      }
      slices.add(slice(file, channel, tensor.getKey(), tensor.getValue(), start));
    }
    return slices;
  }

  private static Map<String, Tensor> stateDict(Path file, Object value) {
    if (!(value instanceof Map<?, ?> dict)) {
      throw new InputException("%s does not hold a state dict.".formatted(file));
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : dict.entrySet()) {
      TensorInfo.checkName(file, entry.getKey().toString());
      if (!(entry.getValue() instanceof Tensor tensor)) {
        throw new InputException(
            "%s: '%s' is not a tensor; a file with a state dict and nothing else is read."
                .formatted(file, entry.getKey()));
      }
      tensors.put(entry.getKey().toString(), tensor);
    }
    return tensors;
  }

  /**
   * @param storageStart byte of the file at which the stored run begins
   */
  private static TensorSlice slice(
      Path file, FileChannel channel, String name, Tensor tensor, long storageStart) {
    Storage storage = tensor.storage();
    TensorInfo info = new TensorInfo(name, storage.dataType(), tensor.shape());
    int axes = tensor.shape().size();
    if (axes != tensor.strides().size()) {
      throw new InputException(
          "%s: tensor '%s' has %d axes and %d strides."
              .formatted(file, name, axes, tensor.strides().size()));
    }
    try {
      List<Long> rowMajor = TensorSlice.rowMajor(tensor.shape());
      List<Long> strides = new ArrayList<>();
      long last = tensor.offset();
      for (int axis = 0; axis < axes; axis++) {
        long size = tensor.shape().get(axis);
        // The stride of an axis of length 1 is never stepped; PyTorch writes any number there.
        long stride = size == 1 ? rowMajor.get(axis) : tensor.strides().get(axis);
        strides.add(stride);
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, size - 1), stride));
      }
      long elements = info.elements();
      // More elements than the storage has would be one element shown many times: a small file
      // could ask for any amount of memory.
      if (elements > storage.elements() || (elements > 0 && last >= storage.elements())) {
        throw new InputException(
            "%s: tensor '%s', %s with offset %d and strides %s, does not fit in its storage of %d elements."
                .formatted(
                    file,
                    name,
                    info.description(),
                    tensor.offset(),
                    tensor.strides(),
                    storage.elements()));
      }
      long position =
          elements == 0
              ? storageStart
              : storageStart + (storage.first() + tensor.offset()) * storage.dataType().bytes();
      return new TensorSlice(info, file, channel, position, List.copyOf(strides));
    } catch (ArithmeticException e) {
      throw new InputException(
          "%s: tensor '%s' is impossibly large: shape %s, strides %s."
              .formatted(file, name, tensor.shape(), tensor.strides()),
          e);
    }
  }

  private static void checkBytes(Path file, Storage storage, long stored) {
    long bytes = bytes(file, storage);
    if (bytes != stored) {
      throw new InputException(
          "%s: storage '%s' has %d bytes, but %d %s elements take %d."
              .formatted(
                  file,
                  storage.key(),
                  stored,
                  storage.storedElements(),
                  storage.dataType(),
                  bytes));
    }
  }

  private static long bytes(Path file, Storage storage) {
    try {
      return Math.multiplyExact(storage.storedElements(), (long) storage.dataType().bytes());
    } catch (ArithmeticException e) {
      throw new InputException(
          "%s: storage '%s' is impossibly large: %d elements."
              .formatted(file, storage.key(), storage.storedElements()),
          e);
    }
  }

  private static InputException cutShort(Path file, Storage storage) {
    return new InputException(
        "%s is cut short: storage '%s' of %d elements is not all there."
            .formatted(file, storage.key(), storage.storedElements()));
  }
}
