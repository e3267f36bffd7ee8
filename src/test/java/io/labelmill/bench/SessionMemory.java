package io.labelmill.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSession;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.Network;
import io.labelmill.graph.RandomWeights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Memory of one session, from the kernel's own counts; one process per measurement.
 *
 * <pre>SessionMemory write FOLDER [large]     writes a graph of random weights
 * SessionMemory open FOLDER [KEY=VALUE | noarena | nopattern | basic]...   opens it, runs once, and
 *     in 8 threads at once
 * </pre>
 */
public final class SessionMemory {
  private static final int TASKS = 8;

  private SessionMemory() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[1]);
    report("start");
    if (arguments[0].equals("write")) {
      boolean large = arguments.length > 2;
      ObjectNode config = new ObjectMapper().createObjectNode();
      config.putArray("architectures").add("BeitForImageClassification");
      config.put("hidden_size", large ? 1024 : 768).put("num_hidden_layers", large ? 24 : 12);
      config.put("num_attention_heads", large ? 16 : 12);
      config.put("intermediate_size", large ? 4096 : 3072);
      config.put("use_relative_position_bias", true).put("num_labels", 1000);
      try (RandomWeights weights = RandomWeights.of(config)) {
        Network.of(config, weights)
            .write(GraphSpec.of(GraphOutput.LOGITS), Files.createDirectories(folder));
      }
      report("written");
      return;
    }
    OrtEnvironment environment = GraphSession.environment();
    report("engine");
    try (OrtSession.SessionOptions options = GraphSession.options()) {
      for (String option : List.of(arguments).subList(2, arguments.length)) {
        switch (option) {
          case "noarena" -> options.setCPUArenaAllocator(false);
          case "nopattern" -> options.setMemoryPatternOptimization(false);
          case "basic" ->
              options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.BASIC_OPT);
          default -> {
            int separator = option.indexOf('=');
            options.addConfigEntry(option.substring(0, separator), option.substring(separator + 1));
          }
        }
      }
      long start = System.nanoTime();
      try (OrtSession session =
              environment.createSession(folder.resolve("model.onnx").toString(), options);
          OnnxTensor input =
              OnnxTensor.createTensor(
                  environment,
                  ByteBuffer.allocateDirect(4 * 3 * 224 * 224)
                      .order(ByteOrder.nativeOrder())
                      .asFloatBuffer(),
                  new long[] {1, 3, 224, 224})) {
        System.out.printf("opened in %d ms%n", (System.nanoTime() - start) / 1_000_000);
        report("opened");
        session.run(Map.of("pixel_values", input)).close();
        report("one image");
        ExecutorService tasks = Executors.newFixedThreadPool(TASKS);
        List<Callable<Void>> passes =
            Collections.nCopies(
                TASKS,
                () -> {
                  for (int pass = 0; pass < 2; pass++) {
                    session.run(Map.of("pixel_values", input)).close();
                  }
                  return null;
                });
        for (Future<Void> end : tasks.invokeAll(passes)) {
          end.get();
        }
        tasks.shutdown();
        report("8 at once");
      }
    }
  }

  private static void report(String when) throws IOException {
    StringBuilder line = new StringBuilder("%-10s".formatted(when));
    for (String status : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (status.startsWith("VmHWM") || status.startsWith("VmRSS") || status.startsWith("Rss")) {
        String[] words = status.trim().split("\\s+", -1);
        line.append(" %s %d MB".formatted(words[0], Long.parseLong(words[1]) / 1024));
      }
    }
    System.out.println(line);
  }
}
