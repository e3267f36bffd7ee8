package io.labelmill.bench;

import com.sun.management.OperatingSystemMXBean;
import io.labelmill.Untrained;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.Network;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.EndGraph.Loss;
import io.labelmill.tune.AdamW;
import io.labelmill.tune.Batch;
import io.labelmill.tune.Extent;
import io.labelmill.tune.Passes;
import io.labelmill.tune.Tuner;
import io.labelmill.tune.Weights;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Steps of training BEiT-base at 224: forward, back, and AdamW. {@code src/test/bench/tune.py} does
 * the same in PyTorch.
 *
 * <pre>TuneBench THREADS BATCH STEPS [EXTENT]</pre>
 */
public final class TuneBench {
  private TuneBench() {}

  public static void main(String[] arguments) throws IOException {
    int threads = Integer.parseInt(arguments[0]);
    int batch = Integer.parseInt(arguments[1]);
    int steps = Integer.parseInt(arguments[2]);
    Extent extent = Extent.parse(arguments.length > 3 ? arguments[3] : "all");
    Untrained checkpoint = Untrained.named("beit-base-patch16-224");
    try (TensorStore store = checkpoint.weights()) {
      TunableNetwork network = Network.of(checkpoint.config(), store).tunable();
      try (Weights weights = Weights.open(network, extent, store);
          Passes passes = Passes.open(network, weights, extent, Loss.SOFTMAX, threads, Tuner.PASS);
          AdamW optimiser =
              new AdamW(weights, new AdamW.Settings(0.01, 1, 1), network.parts().size(), threads)) {
        Batch images = images(network, batch);
        passes.gradients(images);
        optimiser.step(1e-5);
        long best = Long.MAX_VALUE;
        long inSteps = Long.MAX_VALUE;
        long processor = processorNanos();
        for (int step = 0; step < steps; step++) {
          long start = System.nanoTime();
          passes.gradients(images);
          long middle = System.nanoTime();
          optimiser.step(1e-5);
          long end = System.nanoTime();
          best = Math.min(best, end - start);
          inSteps = Math.min(inSteps, end - middle);
        }
        System.out.printf(
            Locale.ROOT,
            "Labelmill: %.2f images/s, a step of %d in %.0f ms, of which AdamW %.0f ms; %.0f ms of the processor an image; peak %s%n",
            batch * 1e9 / best,
            batch,
            best / 1e6,
            inSteps / 1e6,
            (processorNanos() - processor) / 1e6 / steps / batch,
            peak());
      }
    }
  }

  private static Batch images(TunableNetwork network, int batch) {
    int labels = network.shape().labels();
    FloatBuffer pixels =
        ByteBuffer.allocateDirect(Float.BYTES * batch * 3 * 224 * 224)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    Random random = new Random(1);
    for (int i = 0; i < pixels.capacity(); i++) {
      pixels.put(i, (float) random.nextGaussian());
    }
    float[] targets = new float[batch * labels];
    float[] weights = new float[batch];
    for (int i = 0; i < batch; i++) {
      targets[i * labels + i % labels] = 1;
    }
    Arrays.fill(weights, 1f / batch);
    return new Batch(
        batch, pixels, targets, weights, Batch.keepAll(network.blocks().size(), batch));
  }

  private static long processorNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static String peak() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .findFirst()
        .orElse("unknown")
        .replaceAll("\\s+", " ");
  }
}
