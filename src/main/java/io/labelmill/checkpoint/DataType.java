package io.labelmill.checkpoint;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The number format of a stored tensor's elements, little-endian. */
public enum DataType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U8(1),
  BOOL(1);

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** Whether it holds whole numbers or truth values, which weights are not. */
  public boolean isInteger() {
    return switch (this) {
      case F64, F32, F16, BF16 -> false;
      case I64, I32, I16, I8, U8, BOOL -> true;
    };
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /**
   * Appends elements {@code from} to {@code to} to a little-endian buffer; F16 and BF16 are rounded
   * to the nearest, ties to even.
   *
   * @throws IllegalArgumentException when an integer type can not hold a value exactly
   */
  public void put(float[] values, int from, int to, ByteBuffer bytes) {
    Elements.write(this, values, from, to, bytes);
  }

  /** The type of that name as safetensors headers write it, which is the constant's own. */
  static Optional<DataType> named(String name) {
    for (DataType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The name that {@code config.json} has for the type, as in {@code float32}. */
  public String torchName() {
    return switch (this) {
      case F64 -> "float64";
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case I64, I32, I16, I8 -> "int" + 8 * bytes;
      case U8 -> "uint8";
      case BOOL -> "bool";
    };
  }
}
