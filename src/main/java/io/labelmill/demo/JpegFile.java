package io.labelmill.demo;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Drawn pictures as JPEG files of quality 0.9. */
public final class JpegFile {
  private static final float QUALITY = 0.9f;

  private JpegFile() {}

  /**
   * Writes a picture by the JDK's own writer: plug-ins on the class path must not change the bytes.
   *
   * @param file replaced when it is there
   * @throws IOException when it can't be written; what was written is left there
   */
  public static void write(BufferedImage picture, Path file) throws IOException {
    ImageWriter writer = writer();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    parameters.setCompressionQuality(QUALITY);
    try (OutputStream bytes = Files.newOutputStream(file);
        ImageOutputStream stream = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(picture, null, null), parameters);
    } finally {
      writer.dispose();
    }
  }

  private static ImageWriter writer() {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("jpeg");
    while (writers.hasNext()) {
      ImageWriter writer = writers.next();
      if (writer.getClass().getModule().equals(ImageIO.class.getModule())) {
        return writer;
      }
    }
    throw new IllegalStateException("this JDK has no JPEG writer");
  }
}
