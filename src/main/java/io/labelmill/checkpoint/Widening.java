package io.labelmill.checkpoint;

import java.nio.ByteBuffer;

/** From the element types of checkpoints to float32. Buffers are little-endian. */
final class Widening {
  private Widening() {}

  /**
   * Fills {@code floats} from index {@code to} with the first {@code count} elements of a buffer.
   */
  static void floats(DataType type, ByteBuffer bytes, float[] floats, int to, int count) {
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
      case F16 -> float16(bytes.getShort(at));
      case BF16 -> Float.intBitsToFloat(bytes.getShort(at) << 16);
      case I64 -> bytes.getLong(at);
      case I32 -> bytes.getInt(at);
      case I16 -> bytes.getShort(at);
      case I8 -> bytes.get(at);
      case U8 -> bytes.get(at) & 0xff;
      case BOOL -> bytes.get(at) == 0 ? 0 : 1;
    };
  }

  /** IEEE 754 binary16: 1 bit sign, 5 bits exponent (bias 15), 10 bits fraction. */
  static float float16(short bits) {
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
}
