package io.labelmill.bench;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.graph.BlockVariants;
import io.labelmill.graph.GraphSession;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.Precision;
import io.labelmill.graph.ProductGraph;
import io.labelmill.graph.RandomWeights;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/**
 * Images per second of a graph's variants beside the machine's ceiling, a big product in the same
 * runtime. All of them take turns within each round, so that whatever else runs on the machine hits
 * them alike; the figures are medians over the rounds, shares of the ceiling too. CPU time is what
 * to look at where the cores are shared.
 *
 * <pre>
 * GraphBench size=base image=224 head=labels|segments labels=1000 rounds=7 images=8 threads=1,2 batch=1
 *   VARIANT[:OPTION...]... or product:ROWS:INNER:COLUMNS   options: bN (batch), basic, extended, none, noarena, nopattern, denormal
 * </pre>
 */
public final class GraphBench {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private GraphBench() {}

  /** Something that is timed: one run is {@code flops} of work by {@code images}. */
  private record Candidate(
      String name, OrtSession session, int batch, long flops, List<Long> shape) {}

  private record Speed(double wallSeconds, double cpuSeconds) {}

  public static void main(String[] arguments) throws Exception {
    Map<String, String> settings = new LinkedHashMap<>();
    List<String> variants = new ArrayList<>();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      if (parts.length == 2) {
        settings.put(parts[0], parts[1]);
      } else {
        variants.add(argument);
      }
    }
    if (variants.isEmpty()) {
      variants.addAll(List.of("exported", "fused"));
    }
    int rounds = Integer.parseInt(settings.getOrDefault("rounds", "7"));
    int images = Integer.parseInt(settings.getOrDefault("images", "6"));
    ObjectNode config = config(settings);
    Path folder = Files.createTempDirectory("graph-bench");
    List<Candidate> candidates = new ArrayList<>();
    OrtEnvironment environment = GraphSession.environment();
    try (RandomWeights weights = RandomWeights.of(config)) {
      candidates.add(product(environment, "ceiling", folder, ProductGraph.CEILING));
      candidates.add(product(environment, "integer-ceiling", folder, ProductGraph.CEILING));
      for (String variant : variants) {
        candidates.add(
            variant.startsWith("product:")
                ? product(environment, variant, folder, sizes(variant))
                : candidate(environment, variant, config, weights, folder, settings));
      }
    }
    for (String threads : settings.getOrDefault("threads", "1").split(",", -1)) {
      measure(environment, candidates, Integer.parseInt(threads), rounds, images);
    }
    for (Candidate candidate : candidates) {
      candidate.session().close();
    }
  }

  private static ProductGraph sizes(String product) {
    List<Integer> sizes =
        Pattern.compile(":").splitAsStream(product).skip(1).map(Integer::valueOf).toList();
    return new ProductGraph(sizes.get(0), sizes.get(1), sizes.get(2));
  }

  private static ObjectNode config(Map<String, String> settings) {
    boolean large = settings.getOrDefault("size", "base").equals("large");
    ObjectNode config = new ObjectMapper().createObjectNode();
    String family = settings.getOrDefault("family", "Beit");
    boolean segments = settings.getOrDefault("head", "labels").equals("segments");
    config
        .putArray("architectures")
        .add(family + (segments ? "ForSemanticSegmentation" : "ForImageClassification"));
    if (segments) {
      for (int layer : large ? new int[] {7, 11, 15, 23} : new int[] {3, 5, 7, 11}) {
        config.withArray("out_indices").add(layer);
      }
    }
    config.put("image_size", Integer.parseInt(settings.getOrDefault("image", "224")));
    config.put("hidden_size", large ? 1024 : 768);
    config.put("num_hidden_layers", large ? 24 : 12);
    config.put("num_attention_heads", large ? 16 : 12);
    config.put("intermediate_size", large ? 4096 : 3072);
    config.put("use_relative_position_bias", true);
    config.put("num_labels", Integer.parseInt(settings.getOrDefault("labels", "1000")));
    return config;
  }

  private static Candidate candidate(
      OrtEnvironment environment,
      String name,
      ObjectNode config,
      RandomWeights weights,
      Path folder,
      Map<String, String> settings)
      throws IOException, OrtException {
    List<String> parts = Arrays.asList(name.split(":"));
    Path own = Files.createDirectories(folder.resolve(name.replace(':', '_')));
    ModelFacts facts = BlockVariants.write(parts.get(0), config, weights, own);
    int batch = Integer.parseInt(settings.getOrDefault("batch", "1"));
    try (OrtSession.SessionOptions options = GraphSession.options()) {
      for (String option : parts.subList(1, parts.size())) {
        switch (option) {
          case "none" -> options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
          case "basic" ->
              options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.BASIC_OPT);
          case "extended" ->
              options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.EXTENDED_OPT);
          case "noarena" -> options.setCPUArenaAllocator(false);
          case "nopattern" -> options.setMemoryPatternOptimization(false);
          case "denormal" -> options.addConfigEntry("session.set_denormal_as_zero", "1");
          case "noprepack" -> options.addConfigEntry("session.disable_prepacking", "1");
          case "static" -> options.setSymbolicDimensionValue("batch", 1);
          case "profile" -> options.enableProfiling(own.resolve("profile").toString());
          default -> {
            if (!option.startsWith("b")) {
              throw new IllegalArgumentException(option);
            }
            batch = Integer.parseInt(option.substring(1));
          }
        }
      }
      OrtSession session = environment.createSession(own.resolve("model.onnx").toString(), options);
      System.err.printf("%s in %s%n", name, own);
      return new Candidate(
          name,
          session,
          batch,
          facts.flopsPerImage(),
          List.of((long) batch, 3L, (long) facts.height(), (long) facts.width()));
    }
  }

  private static Candidate product(
      OrtEnvironment environment, String name, Path folder, ProductGraph product)
      throws IOException, OrtException {
    Path own = Files.createDirectories(folder.resolve(name.replace(':', '_')));
    Path graph = product.write(isInteger(name) ? Precision.INT8 : Precision.FP32, own);
    try (OrtSession.SessionOptions options = GraphSession.options()) {
      OrtSession session = environment.createSession(graph.toString(), options);
      List<Long> shape = Arrays.stream(product.shape()).boxed().toList();
      return new Candidate(name, session, 1, product.operations(), shape);
    }
  }

  private static boolean isInteger(String name) {
    return name.startsWith("integer");
  }

  private static void measure(
      OrtEnvironment environment, List<Candidate> candidates, int threads, int rounds, int images)
      throws Exception {
    Map<String, List<Speed>> speeds = new LinkedHashMap<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int round = -1; round < rounds; round++) {
        for (Candidate candidate : candidates) {
          int runs = round < 0 ? 1 : Math.max(1, images / candidate.batch());
          List<Callable<Speed>> tasks = new ArrayList<>();
          for (int i = 0; i < threads; i++) {
            tasks.add(() -> time(environment, candidate, runs));
          }
          double wall = 0;
          double cpu = 0;
          for (Future<Speed> future : pool.invokeAll(tasks)) {
            wall += future.get().wallSeconds() / threads;
            cpu += future.get().cpuSeconds() / threads;
          }
          if (round >= 0) {
            double units = (double) runs * candidate.batch();
            speeds
                .computeIfAbsent(candidate.name(), name -> new ArrayList<>())
                .add(new Speed(wall / units, cpu / units));
          }
        }
      }
    } finally {
      pool.shutdown();
    }
    report(candidates, speeds, threads);
  }

  private static void report(
      List<Candidate> candidates, Map<String, List<Speed>> speeds, int threads) {
    System.out.printf(
        "%d thread(s)%n%-28s %10s %10s %12s %12s %14s%n",
        threads, "", "images/s", "ms CPU", "GFLOP/s", "of ceiling", "of ceiling, CPU");
    Candidate ceiling = candidates.get(0);
    for (Candidate candidate : candidates) {
      List<Speed> all = speeds.get(candidate.name());
      List<Speed> best = speeds.get(ceiling.name());
      double[] wall = all.stream().mapToDouble(Speed::wallSeconds).toArray();
      double[] cpu = all.stream().mapToDouble(Speed::cpuSeconds).toArray();
      double[] shareOfWall = new double[wall.length];
      double[] shareOfCpu = new double[wall.length];
      double work = (double) candidate.flops() / ceiling.flops();
      for (int round = 0; round < wall.length; round++) {
        shareOfWall[round] = work * best.get(round).wallSeconds() / wall[round];
        shareOfCpu[round] = work * best.get(round).cpuSeconds() / cpu[round];
      }
      System.out.printf(
          "%-28s %10.2f %10.1f %12.1f %12.3f %14.3f%n",
          candidate.name(),
          threads / median(wall),
          median(cpu) * 1e3,
          threads * candidate.flops() / median(wall) / 1e9,
          median(shareOfWall),
          median(shareOfCpu));
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static Speed time(OrtEnvironment environment, Candidate candidate, int runs)
      throws OrtException {
    long[] shape = candidate.shape().stream().mapToLong(Long::longValue).toArray();
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    FloatBuffer pixels =
        ByteBuffer.allocateDirect(Math.toIntExact(4 * elements))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    Random random = new Random(1);
    while (pixels.hasRemaining()) {
      pixels.put(2 * random.nextFloat() - 1);
    }
    pixels.flip();
    try (OnnxTensor input =
        isInteger(candidate.name())
            ? OnnxTensor.createTensor(environment, samples(elements), shape, OnnxJavaType.UINT8)
            : OnnxTensor.createTensor(environment, pixels, shape)) {
      String name = shape.length == 2 ? "left" : "pixel_values";
      long cpu = THREADS.getCurrentThreadCpuTime();
      long wall = System.nanoTime();
      for (int i = 0; i < runs; i++) {
        candidate.session().run(Map.of(name, input)).close();
      }
      return new Speed(
          (System.nanoTime() - wall) / 1e9, (THREADS.getCurrentThreadCpuTime() - cpu) / 1e9);
    }
  }

  private static ByteBuffer samples(long elements) {
    byte[] samples = new byte[Math.toIntExact(elements)];
    new Random(1).nextBytes(samples);
    return ByteBuffer.allocateDirect(samples.length).put(samples).flip();
  }
}
