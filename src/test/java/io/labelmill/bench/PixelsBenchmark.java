package io.labelmill.bench;

import io.labelmill.decode.Bands;
import io.labelmill.decode.ImageDecoder;
import io.labelmill.decode.Orientation;
import io.labelmill.decode.RgbImage;
import io.labelmill.error.ImageException;
import io.labelmill.preprocess.Preprocessor;
import io.labelmill.preprocess.ProcessorConfig;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a JPEG costs on one core: plain ImageIO decode, our decode, resize and normalise, and all of
 * it, one after the other and in bands.
 *
 * <pre>
 * ./mvnw -q test-compile dependency:build-classpath -Dmdep.outputFile=target/test.classpath
 * java -cp target/test-classes:target/classes:$(cat target/test.classpath) \
 *     org.openjdk.jmh.Main PixelsBenchmark
 * </pre>
 *
 * <p>Add {@code -p size=500x375 -p side=224 -p filter=2} for one case.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class PixelsBenchmark {
  /** Width and height of the JPEG. */
  @Param({"500x375", "1600x1200", "4000x3000"})
  public String size;

  /** Side of the model's input. */
  @Param({"224", "384"})
  public int side;

  /** As {@code resample} in a processor's configuration: 2 bilinear, 3 bicubic. */
  @Param({"2", "3"})
  public int filter;

  private byte[] jpeg;
  private ImageReader plainReader;
  private ImageDecoder decoder;
  private Preprocessor preprocessor;
  private RgbImage decoded;
  private FloatBuffer nchw;

  @Setup
  public void draw() throws IOException, ImageException {
    ImageIO.setUseCache(false);
    String[] sides = size.split("x", 2);
    jpeg = photograph(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
    plainReader = jdkReader();
    decoder = new ImageDecoder(1L << 28, Orientation.UPRIGHT, Duration.ofMinutes(1));
    ProcessorConfig config =
        ProcessorConfig.parse(
            "{\"image_processor_type\": \"ViTImageProcessor\", \"size\": "
                + side
                + ", \"resample\": "
                + filter
                + "}",
            "benchmark");
    preprocessor = new Preprocessor(config);
    decoded =
        new ImageDecoder(1L << 28, Orientation.UPRIGHT, Duration.ofMinutes(1))
            .decode(jpeg, jpeg.length);
    nchw =
        ByteBuffer.allocateDirect(3 * side * side * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
  }

  @Benchmark
  public BufferedImage plainDecode() throws IOException {
    plainReader.setInput(
        new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg)), true, true);
    return plainReader.read(0);
  }

  @Benchmark
  public RgbImage decode() throws ImageException {
    return decoder.decode(jpeg, jpeg.length);
  }

  @Benchmark
  public FloatBuffer resizeAndNormalise() {
    preprocessor.pixelValues(decoded, nchw.clear());
    return nchw;
  }

  @Benchmark
  public FloatBuffer decodeResizeAndNormalise() throws ImageException {
    preprocessor.pixelValues(decoder.decode(jpeg, jpeg.length), nchw.clear());
    return nchw;
  }

  /** As the job does it. */
  @Benchmark
  public FloatBuffer inBands() throws ImageException {
    return decoder.decode(jpeg, jpeg.length, new Filling());
  }

  private final class Filling implements ImageDecoder.Use<FloatBuffer> {
    @Override
    public FloatBuffer of(RgbImage picture) {
      throw new IllegalStateException("it is not used in bands");
    }

    @Override
    public Optional<Bands> bands(int width, int height) {
      return preprocessor.pixelValues(width, height, nchw.clear());
    }

    @Override
    public FloatBuffer ofBands(int width, int height) {
      return nchw;
    }
  }

  private static ImageReader jdkReader() {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("jpeg");
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith("com.sun.")) {
        return reader;
      }
    }
    throw new IllegalStateException("the JDK has no JPEG reader");
  }

  /** Soft shapes with the noise of a sensor, as JPEG of quality 85 with 4:2:0. */
  private static byte[] photograph(int width, int height) throws IOException {
    Random random = new Random(1);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double u = 12.0 * x / width;
        double v = 9.0 * y / height;
        int noise = random.nextInt(17) - 8;
        int red = (int) (120 + 70 * Math.sin(u + 2 * Math.cos(v))) + noise;
        int green = (int) (120 + 70 * Math.sin(1.3 * v + Math.cos(2 * u))) + noise;
        int blue = (int) (110 + 60 * Math.cos(u * v / 9)) + noise;
        image.setRGB(x, y, (red << 16) | (green << 8) | blue);
      }
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(0.85f);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
