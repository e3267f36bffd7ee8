package io.labelmill.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.graph.GraphSession;
import io.labelmill.graph.HeadGraph;
import io.labelmill.model.Folders;
import io.labelmill.model.Tensor;
import io.labelmill.score.Activation;
import io.labelmill.score.Ranking;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From pooled vectors of BEiT-base to the best five labels of a batch, on one core, the
 * classifier's product included: logits that leave the graph and are ranked in Java, as the job
 * does it, beside a graph that ranks them itself. Run as {@link PixelsBenchmark} is, with {@code
 * HeadBenchmark}.
 *
 * <p>With 21,841 labels and batches of 8 or 32, the graph saves 0.18 to 0.26 ms an image, and with
 * 1,000 labels 0.01 ms: 0.3% and 0.01% of the 90 ms that a BEiT-base takes. Its softmax is of
 * float32 alone, so that about half of the listed scores have other bits than the job's.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class HeadBenchmark {
  private static final int WIDTH = 768;
  private static final int K = 5;

  /** Of the model: ImageNet's usual ones, and all of ImageNet-21k. */
  @Param({"1000", "21841"})
  public int labels;

  /** Images of a pass. */
  @Param({"1", "8", "32"})
  public int batch;

  private final Ranking ranking = new Ranking(K);
  private OrtEnvironment environment;
  private Path folder;
  private FloatBuffer pooled;
  private OrtSession toLogits;
  private OrtSession toBest;
  private float[] scores;

  @Setup
  public void open() throws IOException, OrtException {
    Random random = new Random(1);
    environment = GraphSession.environment();
    folder = Files.createTempDirectory("head-");
    scores = new float[labels];
    HeadGraph head =
        new HeadGraph(normal(random, WIDTH * labels, 0.05), normal(random, labels, 0.05));
    toLogits = session(head, HeadGraph.End.LOGITS);
    toBest = session(head, HeadGraph.End.BEST);
    pooled =
        ByteBuffer.allocateDirect(batch * WIDTH * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer()
            .put(normal(random, batch * WIDTH, 1))
            .flip();
    if (!Arrays.equals(inJava(), inGraph())) {
      throw new IllegalStateException("the graph ranks otherwise than the job");
    }
    checkTies(random);
  }

  /** Of equal scores the lower index is first in the job; so it must be in the graph. */
  private void checkTies(Random random) throws IOException, OrtException {
    float[] few = new float[labels];
    for (int i = 0; i < labels; i++) {
      few[i] = random.nextInt(labels / 3);
    }
    HeadGraph ties = new HeadGraph(new float[WIDTH * labels], few);
    int[] expected = new Ranking(K).top(few).clone();
    try (OrtSession session = session(ties, HeadGraph.End.BEST)) {
      int[] found = best(session);
      for (int image = 0; image < batch; image++) {
        int[] row = Arrays.copyOfRange(found, image * K, (image + 1) * K);
        if (!Arrays.equals(row, expected)) {
          throw new IllegalStateException(
              "the graph orders ties as %s, the job as %s"
                  .formatted(Arrays.toString(row), Arrays.toString(expected)));
        }
      }
    }
  }

  private OrtSession session(HeadGraph head, HeadGraph.End end) throws IOException, OrtException {
    Path own = Files.createTempDirectory(folder, "graph-");
    try (OrtSession.SessionOptions options = GraphSession.options()) {
      return environment.createSession(head.write(end, K, own).toString(), options);
    }
  }

  @TearDown
  public void close() throws IOException, OrtException {
    toLogits.close();
    toBest.close();
    Folders.delete(folder);
  }

  /** The labels' indices, best first, image by image. */
  @Benchmark
  public int[] inJava() throws OrtException {
    int[] best = new int[batch * K];
    try (OnnxTensor input = input();
        OrtSession.Result result = toLogits.run(Map.of("pooled", input))) {
      Tensor logits = new Tensor(floats(result, 0), new long[] {batch, labels});
      for (int image = 0; image < batch; image++) {
        float[] row = logits.row(image);
        for (float logit : row) {
          if (!Float.isFinite(logit)) {
            throw new IllegalStateException("not finite");
          }
        }
        Activation.SOFTMAX.apply(row, scores);
        System.arraycopy(ranking.top(scores), 0, best, image * K, K);
      }
    }
    return best;
  }

  /** The same; whether all logits are finite is not looked at. */
  @Benchmark
  public int[] inGraph() throws OrtException {
    return best(toBest);
  }

  /** What both have in common: the product, and a call. */
  @Benchmark
  public long product() throws OrtException {
    try (OnnxTensor input = input();
        OrtSession.Result result = toLogits.run(Map.of("pooled", input))) {
      return result.size();
    }
  }

  private int[] best(OrtSession session) throws OrtException {
    try (OnnxTensor input = input();
        OrtSession.Result result = session.run(Map.of("pooled", input))) {
      float[] values = floats(result, 0);
      float[] places = floats(result, 1);
      int[] best = new int[values.length];
      for (int i = 0; i < best.length; i++) {
        best[i] = (int) places[i];
      }
      return best;
    }
  }

  private OnnxTensor input() throws OrtException {
    return OnnxTensor.createTensor(environment, pooled, new long[] {batch, WIDTH});
  }

  /** As the engine gives them: through a buffer of their own. */
  private static float[] floats(OrtSession.Result result, int output) {
    FloatBuffer buffer = ((OnnxTensor) result.get(output)).getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static float[] normal(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
