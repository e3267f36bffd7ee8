package io.labelmill.decode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * The libjpeg inside this JDK's ImageIO. Debian's and Ubuntu's OpenJDK link the system's
 * libjpeg-turbo, as Pillow does; other builds bring libjpeg 6b, whose samples differ for 4:4:0
 * pictures (it does not smooth chroma vertically) and in damaged blocks whose coefficients are too
 * large, and which knows no arithmetic coding. All else that was measured is equal.
 */
public enum JpegLibrary {
  TURBO,
  LIBJPEG_6B;

  private static final class Holder {
    static final JpegLibrary OF_THIS_JDK = probe();
  }

  /** Told by whether it reads arithmetic coding, which only the first does. */
  public static JpegLibrary ofThisJdk() {
    return Holder.OF_THIS_JDK;
  }

  private static JpegLibrary probe() {
    ByteBuffer jpeg = ByteBuffer.allocate(256);
    jpeg.putShort((short) 0xFFD8);
    // One quantization table of ones.
    jpeg.putShort((short) 0xFFDB).putShort((short) 67).put((byte) 0);
    for (int i = 0; i < 64; i++) {
      jpeg.put((byte) 1);
    }
    // Arithmetic, 8 bits, 8 x 8, one component.
    jpeg.putShort((short) 0xFFC9).putShort((short) 11).put((byte) 8);
    jpeg.putShort((short) 8).putShort((short) 8).put(new byte[] {1, 1, 0x11, 0});
    jpeg.putShort((short) 0xFFDA).putShort((short) 8).put(new byte[] {1, 1, 0, 0, 63, 0});
    jpeg.putLong(0).putShort((short) 0xFFD9);
    ReusableReader reader = new ReusableReader("jpeg", JpegDecoder.PROVIDER);
    Deadline deadline = Deadline.after(Duration.ofMinutes(1));
    try (EncodedStream input = new EncodedStream(jpeg.array(), 0, jpeg.position(), deadline)) {
      reader.read(input, jdk -> jdk.read(0));
      return TURBO;
    } catch (IOException e) {
      // "Sorry, there are legal restrictions on arithmetic coding"
      return LIBJPEG_6B;
    }
  }
}
