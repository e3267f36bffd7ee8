package io.labelmill.checkpoint;

import java.nio.ByteBuffer;

/** The element types of checkpoints to float32 and back. Buffers are little-endian. */
final class Elements {
  private Elements() {}

  /**
   * Fills {@code floats} from index {@code to} with the first {@code count} elements of a buffer.
   */
  static void read(DataType type, ByteBuffer bytes, float[] floats, int to, int count) {
    if (type == DataType.F32) {
      bytes.asFloatBuffer().get(floats, to, count);
      return;
    }
    int size = type.bytes();
    for (int i = 0; i < count; i++) {
      floats[to + i] = floatAt(type, bytes, i * size);
    }
  }

  /** The element that begins at byte {@code at}. */
  static float floatAt(DataType type, ByteBuffer bytes, int at) {
    return switch (type) {
      case F64 -> (float) bytes.getDouble(at);
      case F32 -> bytes.getFloat(at);
      case F16 -> fromFloat16(bytes.getShort(at));
      case BF16 -> Float.intBitsToFloat(bytes.getShort(at) << 16);
      case I64 -> bytes.getLong(at);
      case I32 -> bytes.getInt(at);
      case I16 -> bytes.getShort(at);
      case I8 -> bytes.get(at);
      case U8 -> bytes.get(at) & 0xff;
      case BOOL -> bytes.get(at) == 0 ? 0 : 1;
    };
  }

  /**
   * Appends elements {@code from} to {@code to}; F16 and BF16 are rounded to the nearest, ties to
   * even.
   *
   * @throws IllegalArgumentException when an integer type can not hold a value exactly
   */
  static void write(DataType type, float[] floats, int from, int to, ByteBuffer bytes) {
    if (type == DataType.F32) {
      bytes.asFloatBuffer().put(floats, from, to - from);
      bytes.position(bytes.position() + (to - from) * type.bytes());
      return;
    }
    for (int i = from; i < to; i++) {
      switch (type) {
        case F64 -> bytes.putDouble(floats[i]);
        case F16 -> bytes.putShort(toFloat16(floats[i]));
        case BF16 -> bytes.putShort(toBfloat16(floats[i]));
        case I64 -> bytes.putLong(exact(floats[i], type, Long.MIN_VALUE, 0x1p63));
        case I32 -> bytes.putInt((int) exact(floats[i], type, Integer.MIN_VALUE, 0x1p31));
        case I16 -> bytes.putShort((short) exact(floats[i], type, Short.MIN_VALUE, 0x1p15));
        case I8 -> bytes.put((byte) exact(floats[i], type, Byte.MIN_VALUE, 0x1p7));
        case U8 -> bytes.put((byte) exact(floats[i], type, 0, 0x1p8));
        case BOOL -> bytes.put((byte) exact(floats[i], type, 0, 2));
        case F32 -> throw new AssertionError("written above");
      }
    }
  }

  private static long exact(float value, DataType type, double atLeast, double below) {
    if (!(value >= atLeast && value < below) || value != (long) value) {
      throw new IllegalArgumentException(value + " can not be written as " + type);
    }
    return (long) value;
  }

  /** IEEE 754 binary16: 1 bit sign, 5 bits exponent (bias 15), 10 bits fraction. */
  static float fromFloat16(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      // Zero and subnormals: fraction * 2^-24, exact in float32.
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }

  static short toFloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >> 16 & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00); // NaN
    } else if (magnitude >= 0x477ff000) {
      return (short) (sign | 0x7c00); // 65520 and above round to infinity.
    } else if (magnitude < 0x38800000) {
      // Below 2^-14: a multiple of 2^-24.
      return (short) (sign | (int) Math.rint(Float.intBitsToFloat(magnitude) * 0x1p24f));
    }
    int rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return (short) (sign | (rounded - (112 << 23)) >> 13);
  }

  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >> 16 | 0x40);
    }
    return (short) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
}
