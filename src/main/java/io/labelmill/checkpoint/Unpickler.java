package io.labelmill.checkpoint;

import io.labelmill.error.InputException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads pickles that hold a state dict and nothing else. A pickle is a program for a small stack
 * machine that may name any Python function and call it; this machine knows the few names of {@link
 * Global}, refuses all others by name, and calls nothing: what the known names would do is done
 * here. It does not recurse, and each instruction makes at most one object, so that its memory is
 * bounded by the number of instructions.
 *
 * <p>Values are {@link Long}, {@link BigInteger}, {@link Double}, {@link Boolean}, {@link String},
 * null, {@link List} (tuples and lists), {@link Map} (dicts, in order), {@link Global}, {@link
 * Storage} and {@link Tensor}.
 *
 * <p>Instructions: pickletools.py of Python; protocols 2 to 5 without what a state dict never has.
 */
final class Unpickler {
  /** A state dict takes about fifty instructions a tensor. */
  private static final int MAX_INSTRUCTIONS = 2_000_000;

  private static final int MAX_NAME_BYTES = 256;
  private static final int MAX_AXES = 16;

  /** The names that may stand in the pickle. */
  enum Global {
    ORDERED_DICT("collections.OrderedDict"),
    REBUILD_TENSOR("torch._utils._rebuild_tensor"),
    REBUILD_TENSOR_V2("torch._utils._rebuild_tensor_v2"),
    REBUILD_PARAMETER("torch._utils._rebuild_parameter"),
    SIZE("torch.Size"),
    DOUBLE_STORAGE("torch.DoubleStorage"),
    FLOAT_STORAGE("torch.FloatStorage"),
    HALF_STORAGE("torch.HalfStorage"),
    BFLOAT16_STORAGE("torch.BFloat16Storage"),
    LONG_STORAGE("torch.LongStorage"),
    INT_STORAGE("torch.IntStorage"),
    SHORT_STORAGE("torch.ShortStorage"),
    CHAR_STORAGE("torch.CharStorage"),
    BYTE_STORAGE("torch.ByteStorage"),
    BOOL_STORAGE("torch.BoolStorage");

    private final String qualifiedName;

    Global(String qualifiedName) {
      this.qualifiedName = qualifiedName;
    }

    /** The element type of a storage class, null for the others. */
    DataType dataType() {
      return switch (this) {
        case DOUBLE_STORAGE -> DataType.F64;
        case FLOAT_STORAGE -> DataType.F32;
        case HALF_STORAGE -> DataType.F16;
        case BFLOAT16_STORAGE -> DataType.BF16;
        case LONG_STORAGE -> DataType.I64;
        case INT_STORAGE -> DataType.I32;
        case SHORT_STORAGE -> DataType.I16;
        case CHAR_STORAGE -> DataType.I8;
        case BYTE_STORAGE -> DataType.U8;
        case BOOL_STORAGE -> DataType.BOOL;
        case ORDERED_DICT, REBUILD_TENSOR, REBUILD_TENSOR_V2, REBUILD_PARAMETER, SIZE -> null;
      };
    }
  }

  /**
   * A run of elements that tensors are views of, stored outside the pickle.
   *
   * @param key name of the stored run
   * @param first index of the run's element at which this storage begins
   * @param elements length of this storage
   * @param storedElements length of the run; {@code elements} unless this is a part of it
   */
  record Storage(DataType dataType, String key, long first, long elements, long storedElements) {}

  /** A view of a storage: {@code offset} and {@code strides} count elements. */
  record Tensor(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

  private final ByteBuffer in;
  private final String source;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private int at;
  private int work;

  /**
   * @param in the pickle begins at its position, which is moved to behind the pickle
   * @param source named in messages
   */
  Unpickler(ByteBuffer in, String source) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.source = source;
  }

  /**
   * Reads one pickle.
   *
   * @throws InputException when it is cut short, malformed, or holds anything that a state dict
   *     does not
   */
  Object load() {
    stack.clear();
    marks.clear();
    memo.clear();
    work = 0;
    try {
      while (true) {
        spend(1);
        at = in.position();
        int opcode = in.get() & 0xff;
        if (opcode == '.') {
          Object result = pop();
          if (!stack.isEmpty() || !marks.isEmpty()) {
            throw malformed("values are left over at its end");
          }
          return result;
        }
        execute(opcode);
      }
    } catch (BufferUnderflowException e) {
      throw new InputException("%s: the pickle is cut short.".formatted(source), e);
    }
  }

  private void execute(int opcode) {
    switch (opcode) {
      case 0x80 -> protocol(in.get() & 0xff);
      case 0x95 -> in.getLong(); // FRAME: a hint for readers ahead.
      case '(' -> marks.add(stack.size());
      case '0' -> pop();
      case '1' -> popToMark();
      case 'N' -> stack.add(null);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'J' -> stack.add((long) in.getInt());
      case 'K' -> stack.add((long) (in.get() & 0xff));
      case 'M' -> stack.add((long) (in.getShort() & 0xffff));
      case 0x8a -> stack.add(integer(in.get() & 0xff));
      case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      case 'U' -> stack.add(text(in.get() & 0xff, StandardCharsets.ISO_8859_1));
      case 'T' -> stack.add(text(in.getInt(), StandardCharsets.ISO_8859_1));
      case 0x8c -> stack.add(text(in.get() & 0xff, StandardCharsets.UTF_8));
      case 'X' -> stack.add(text(in.getInt() & 0xffffffffL, StandardCharsets.UTF_8));
      case 0x8d -> stack.add(text(in.getLong(), StandardCharsets.UTF_8));
      case ')' -> stack.add(List.of());
      case 't' -> stack.add(popToMark());
      case 0x85 -> stack.add(popTuple(1));
      case 0x86 -> stack.add(popTuple(2));
      case 0x87 -> stack.add(popTuple(3));
      case ']' -> stack.add(new ArrayList<>());
      case 'a' -> append(popTuple(1));
      case 'e' -> append(popToMark());
      case '}' -> stack.add(new LinkedHashMap<>());
      case 's' -> put(popTuple(2));
      case 'u' -> put(popToMark());
      case 'q' -> memo.put((long) (in.get() & 0xff), top());
      case 'r' -> memo.put(in.getInt() & 0xffffffffL, top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> stack.add(memoized(in.get() & 0xff));
      case 'j' -> stack.add(memoized(in.getInt() & 0xffffffffL));
      case 'c' -> stack.add(global(line(), line()));
      case 0x93 -> {
        List<Object> names = popTuple(2);
        stack.add(global(string(names.get(0)), string(names.get(1))));
      }
      case 'i' -> {
        Global made = global(line(), line());
        throw malformed("it makes an instance of " + made.qualifiedName);
      }
      case 'R' -> {
        List<Object> call = popTuple(2);
        stack.add(call(call.get(0), list(call.get(1))));
      }
      case 'b' -> build(pop());
      case 'Q' -> stack.add(storage(list(pop())));
      default ->
          throw malformed(
              "instruction 0x%02x%s is not one that a state dict has"
                  .formatted(
                      opcode, opcode > ' ' && opcode < 0x7f ? " ('" + (char) opcode + "')" : ""));
    }
  }

  /** Counts what is done, so that little input can not ask for much of it. */
  private void spend(int items) {
    work += items;
    if (work > MAX_INSTRUCTIONS) {
      throw malformed("it has more than " + MAX_INSTRUCTIONS + " instructions");
    }
  }

  private void protocol(int version) {
    if (version > 5) {
      throw malformed("protocol " + version + " is not known");
    }
  }

  /** A little-endian two's complement number. */
  private Number integer(int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    for (int i = 0, j = length - 1; i < j; i++, j--) {
      byte swapped = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = swapped;
    }
    BigInteger value = length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
  }

  private String text(long length, Charset charset) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    String text = charset.decode(in.slice(in.position(), (int) length)).toString();
    in.position(in.position() + (int) length);
    return text;
  }

  /** Characters up to the end of the line, which is left out. */
  private String line() {
    int start = in.position();
    while (in.get() != '\n') {
      if (in.position() - start > MAX_NAME_BYTES) {
        throw malformed("a name is longer than " + MAX_NAME_BYTES + " bytes");
      }
    }
    int length = in.position() - 1 - start;
    return StandardCharsets.UTF_8.decode(in.slice(start, length)).toString();
  }

  private Global global(String module, String name) {
    String qualifiedName = module + "." + name;
    for (Global global : Global.values()) {
      if (global.qualifiedName.equals(qualifiedName)) {
        return global;
      }
    }
    throw new InputException(
        "%s refers to %s, which a state dict does not need. The file is refused and nothing of it was executed; weights in safetensors form can hold no code."
            .formatted(source, TensorInfo.printable(qualifiedName)));
  }

  private Object call(Object function, List<Object> arguments) {
    if (!(function instanceof Global global)) {
      throw malformed("it calls " + kind(function));
    }
    return switch (global) {
      case ORDERED_DICT -> orderedDict(arguments);
      case REBUILD_TENSOR -> tensor(arguments, 4, 4);
      // requires_grad, backward_hooks and metadata are of no use here.
      case REBUILD_TENSOR_V2 -> tensor(arguments, 6, 7);
      case REBUILD_PARAMETER -> {
        if (arguments.size() == 3 && arguments.get(0) instanceof Tensor tensor) {
          yield tensor;
        }
        throw malformed("the arguments of " + global.qualifiedName + " are not those of torch");
      }
      case SIZE -> arguments.size() == 1 ? list(arguments.get(0)) : List.of();
      default -> throw malformed("it calls " + global.qualifiedName);
    };
  }

  private Map<Object, Object> orderedDict(List<Object> arguments) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (arguments.isEmpty()) {
      return dict;
    }
    List<Object> pairs = list(arguments.get(0));
    spend(pairs.size());
    for (Object pair : pairs) {
      List<Object> keyValue = list(pair);
      if (keyValue.size() != 2) {
        throw malformed("an OrderedDict is made of pairs");
      }
      put(dict, keyValue.get(0), keyValue.get(1));
    }
    return dict;
  }

  private Tensor tensor(List<Object> arguments, int atLeast, int atMost) {
    if (arguments.size() < atLeast
        || arguments.size() > atMost
        || !(arguments.get(0) instanceof Storage storage)) {
      throw malformed("the arguments of a tensor are not those of torch");
    }
    return new Tensor(
        storage, number(arguments.get(1)), numbers(arguments.get(2)), numbers(arguments.get(3)));
  }

  /** {@code ("storage", class, key, device, elements)}, and in the legacy form the part of it. */
  private Storage storage(List<Object> id) {
    if (id.size() < 5
        || id.size() > 6
        || !"storage".equals(id.get(0))
        || !(id.get(1) instanceof Global type)
        || type.dataType() == null) {
      throw malformed("a persistent id does not name a storage");
    }
    String key = string(id.get(2));
    if (!key.matches("\\w{1,64}")) {
      throw malformed("'" + TensorInfo.printable(key) + "' is not the key of a storage");
    }
    long elements = number(id.get(4));
    if (id.size() == 6 && id.get(5) != null) {
      List<Object> part = list(id.get(5));
      if (part.size() != 3) {
        throw malformed("a part of a storage has no key, offset and size");
      }
      long first = number(part.get(1));
      long partElements = number(part.get(2));
      if (first > elements || partElements > elements - first) {
        throw malformed("a part of storage '" + key + "' lies outside of it");
      }
      return new Storage(type.dataType(), key, first, partElements, elements);
    }
    return new Storage(type.dataType(), key, 0, elements, elements);
  }

  /** An OrderedDict's attributes: torch keeps version numbers there. */
  private void build(Object state) {
    if (!(top() instanceof Map) || !(state instanceof Map)) {
      throw malformed("it sets the state of " + kind(top()));
    }
  }

  private void append(List<Object> values) {
    if (!(top() instanceof ArrayList<?>)) {
      throw malformed("it appends to " + kind(top()));
    }
    list(top()).addAll(values);
  }

  private void put(List<Object> keysAndValues) {
    if (!(top() instanceof Map) || keysAndValues.size() % 2 != 0) {
      throw malformed("it sets items of " + kind(top()));
    }
    @SuppressWarnings("unchecked") // Only execute and orderedDict make maps, of objects.
    Map<Object, Object> dict = (Map<Object, Object>) top();
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      put(dict, keysAndValues.get(i), keysAndValues.get(i + 1));
    }
  }

  /** Other keys than these would have to be hashed as deep as they go. */
  private void put(Map<Object, Object> dict, Object key, Object value) {
    if (!(key instanceof String || key instanceof Long)) {
      throw malformed("a dict has " + kind(key) + " as a key");
    }
    if (dict.containsKey(key)) {
      throw malformed("a dict has the key '" + TensorInfo.printable(key.toString()) + "' twice");
    }
    dict.put(key, value);
  }

  private Object memoized(long index) {
    if (!memo.containsKey(index)) {
      throw malformed("it reads memo " + index + " before it is written");
    }
    return memo.get(index);
  }

  private int floor() {
    return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
  }

  private Object top() {
    if (stack.size() <= floor()) {
      throw malformed("its stack is empty");
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  private List<Object> popTuple(int size) {
    if (stack.size() - size < floor()) {
      throw malformed("its stack is empty");
    }
    return popFrom(stack.size() - size);
  }

  private List<Object> popToMark() {
    if (marks.isEmpty()) {
      throw malformed("a mark is missing");
    }
    return popFrom(marks.remove(marks.size() - 1));
  }

  private List<Object> popFrom(int start) {
    List<Object> tail = stack.subList(start, stack.size());
    List<Object> values = new ArrayList<>(tail);
    tail.clear();
    return values;
  }

  private String string(Object value) {
    if (value instanceof String string) {
      return string;
    }
    throw malformed("there is " + kind(value) + " where a string belongs");
  }

  @SuppressWarnings("unchecked") // All lists made here are of objects.
  private List<Object> list(Object value) {
    if (value instanceof List) {
      return (List<Object>) value;
    }
    throw malformed("there is " + kind(value) + " where a tuple belongs");
  }

  private long number(Object value) {
    if (value instanceof Long number && number >= 0) {
      return number;
    }
    throw malformed("there is " + kind(value) + " where a number from 0 belongs");
  }

  private List<Long> numbers(Object value) {
    List<Object> values = list(value);
    if (values.size() > MAX_AXES) {
      throw malformed(
          "a tensor has %d axes; at most %d are read".formatted(values.size(), MAX_AXES));
    }
    List<Long> numbers = new ArrayList<>();
    for (Object number : values) {
      numbers.add(number(number));
    }
    return numbers;
  }

  /** What a value is, without looking into it: it may contain itself. */
  private static String kind(Object value) {
    if (value == null) {
      return "None";
    } else if (value instanceof Map) {
      return "a dict";
    } else if (value instanceof List) {
      return "a list or tuple";
    } else if (value instanceof Global global) {
      return global.qualifiedName;
    }
    return "a " + value.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  private InputException malformed(String problem) {
    return new InputException(
        "%s: the pickle is not a state dict: %s (at byte %d).".formatted(source, problem, at));
  }
}
