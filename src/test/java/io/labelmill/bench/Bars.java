package io.labelmill.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.Reference;
import io.labelmill.Untrained;
import io.labelmill.model.Folders;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All measurements of speed and memory that have a bar, one after the other, each in a process of
 * its own, and in the end a table of what came out beside what it should be. {@code src/test/bench}
 * has the script that starts it.
 *
 * <pre>
 * Bars [rounds=3] [waves=100] [base=FOLDER] [STEP…]   without a step all of them, on a machine with nothing else to do
 * </pre>
 *
 * <p>Rounds are those of the steps job and device, which take the longest; waves of 25,000 tasks
 * each are those of the step waves, 2,500,000 tasks in all. The base is another build's folder,
 * beside which the step start puts this one's.
 */
public final class Bars {
  /** What a step's lines print as a number. */
  private static final String NUMBER = "([\\d.,]+(?:e-?\\d+)?)";

  private static final String ROUNDS = "rounds=";
  private static final String WAVES = "waves=";
  private static final String BASE = "base=";

  private final Path scratch;
  private final int rounds;
  private final int waves;
  private final Path base;
  private final List<Figure> figures = new ArrayList<>();

  /** What can be asked for, in the order in which it runs. */
  private enum Step {
    GRAPH("products and graphs, one thread: fp32 and int8 against the machine's ceilings"),
    AGREEMENT("int8 against fp32 on the trained model of LABELMILL_REFERENCE"),
    JOB("the whole job against bare sessions, fp32 and int8, and its start"),
    START("jobs/score from shell to summary for six photographs, against the build of base=FOLDER"),
    DEVICE("reading to rows with a device that sleeps, against bare decoding"),
    MEMORY("driver and executors of a cluster, a tiny model, BEiT-base and BEiT-large"),
    WAVES("the driver's live heap over waves of 25,000 tasks"),
    SCALE("processor time of an image in runs of 10,000 to 1,000,000"),
    COMPARISON("SynapseML on the same images");

    private final String meaning;

    Step(String meaning) {
      this.meaning = meaning;
    }

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Where a figure should be. */
  private enum Should {
    AT_LEAST(">="),
    AT_MOST("<="),
    BE_TOLD("");

    private final String sign;

    Should(String sign) {
      this.sign = sign;
    }

    private boolean holds(double here, double bar) {
      return switch (this) {
        case AT_LEAST -> here >= bar;
        case AT_MOST -> here <= bar;
        case BE_TOLD -> true;
      };
    }
  }

  private record Figure(String what, double here, Should should, double bar) {
    private boolean holds() {
      return should.holds(here, bar);
    }

    private String line() {
      String beside =
          should == Should.BE_TOLD
              ? ""
              : String.format(
                  Locale.ROOT, "%s %-8s %s", should.sign, text(bar), holds() ? "holds" : "MISSED");
      return String.format(Locale.ROOT, "%-62s %9s   %s", what, text(here), beside).stripTrailing();
    }

    private static String text(double number) {
      return number >= 100
          ? String.format(Locale.ROOT, "%,.0f", number)
          : String.format(Locale.ROOT, "%.4f", number).replaceFirst("(\\.\\d\\d)0+$", "$1");
    }
  }

  /**
   * @param base null without one
   */
  private Bars(Path scratch, int rounds, int waves, Path base) {
    this.scratch = scratch;
    this.rounds = rounds;
    this.waves = waves;
    this.base = base;
  }

  public static void main(String[] args) throws IOException {
    List<Step> steps = new ArrayList<>();
    int rounds = 3;
    int waves = 100;
    Path base = null;
    for (String arg : args) {
      if (arg.startsWith(ROUNDS)) {
        rounds = Integer.parseInt(arg.substring(ROUNDS.length()));
        continue;
      }
      if (arg.startsWith(WAVES)) {
        waves = Integer.parseInt(arg.substring(WAVES.length()));
        continue;
      }
      if (arg.startsWith(BASE)) {
        base = Path.of(arg.substring(BASE.length())).toAbsolutePath();
        continue;
      }
      Step step =
          Arrays.stream(Step.values()).filter(s -> s.word().equals(arg)).findFirst().orElse(null);
      if (step == null) {
        Arrays.stream(Step.values())
            .forEach(s -> System.err.printf("%-12s %s%n", s.word(), s.meaning));
        System.exit(1);
      }
      steps.add(step);
    }
    Path scratch = Files.createTempDirectory("bars-");
    boolean hold;
    try {
      hold =
          new Bars(scratch, rounds, waves, base)
              .measure(steps.isEmpty() ? List.of(Step.values()) : steps);
    } finally {
      Folders.delete(scratch);
    }
    System.exit(hold ? 0 : 1);
  }

  private boolean measure(List<Step> steps) throws IOException {
    List<Step> failed = new ArrayList<>();
    for (Step step : steps) {
      System.err.printf("%n== %s: %s%n", step.word(), step.meaning);
      try {
        measure(step);
      } catch (IOException | IllegalStateException e) {
        System.err.println(e.getMessage());
        failed.add(step);
      }
    }
    System.out.println();
    figures.forEach(figure -> System.out.println(figure.line()));
    failed.forEach(step -> System.out.println(step.word() + " FAILED, see above"));
    return failed.isEmpty() && figures.stream().allMatch(Figure::holds);
  }

  private void measure(Step step) throws IOException {
    switch (step) {
      case GRAPH -> graph();
      case AGREEMENT -> agreement();
      case JOB -> {
        job("fp32", 2_000, 0.97);
        job("int8", 4_000, 0.93);
      }
      case START -> {
        start("beit-tiny-patch16-224");
        start("beit-base-patch16-224");
      }
      case DEVICE -> device();
      case MEMORY -> {
        double base = memory("beit-tiny-patch16-224", 500);
        double driver = memory("beit-base-patch16-224", 150);
        add(
            "driver, MiB that a model of 350 MB adds to those of a tiny one",
            driver - base,
            Should.AT_MOST,
            600);
        memory("beit-large-patch16-224", 60);
      }
      case WAVES -> waves();
      case SCALE -> scale();
      case COMPARISON -> comparison();
    }
  }

  private void add(String what, double here, Should should, double bar) {
    figures.add(new Figure(what, here, should, bar));
    System.err.println(figures.get(figures.size() - 1).line());
  }

  private void graph() throws IOException {
    String out = java("GraphBench", "rounds=15", "images=8", "threads=1", "fused", "int8");
    String row = "(?m)^%s +" + NUMBER + " +" + NUMBER + " +" + NUMBER + " +" + NUMBER;
    MatchResult fp32 = find(out, row.formatted("fused"));
    MatchResult int8 = find(out, row.formatted("int8"));
    MatchResult integers = find(out, row.formatted("integer-ceiling"));
    add("fp32: share of the product ceiling", number(fp32, 4), Should.AT_LEAST, 0.88);
    add(
        "int8: images/s, times those of fp32",
        number(int8, 1) / number(fp32, 1),
        Should.AT_LEAST,
        2.8);
    add(
        "int8: share of the integer product ceiling",
        number(int8, 3) / number(integers, 3),
        Should.AT_LEAST,
        0.66);
  }

  private void agreement() throws IOException {
    Optional<Path> reference = Reference.folder();
    if (reference.isEmpty()) {
      return;
    }
    Path trained = reference.get().resolve("trained");
    String out =
        job(
            "model",
            "verify",
            trained.resolve("model").toString(),
            "--precision",
            "int8",
            "--input",
            trained.resolve("images").toString(),
            "--limit",
            "500");
    MatchResult same = find(out, "same best label +(\\d+) of (\\d+)");
    add(
        "int8: share of images that keep their best label",
        number(same, 1) / number(same, 2),
        Should.AT_LEAST,
        0.99);
    add(
        "int8: mean difference of a score",
        number(find(out, "mean difference +" + NUMBER), 1),
        Should.AT_MOST,
        0.01);
  }

  private void job(String precision, int images, double bar) throws IOException {
    Path json = scratch.resolve(precision + ".json");
    job(
        "model",
        "bench",
        model("beit-base-patch16-224").toString(),
        "--threads",
        "2",
        "--images",
        Integer.toString(images),
        "--rounds",
        Integer.toString(rounds),
        "--precision",
        precision,
        "--json",
        json.toString());
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    Map<String, Double> medians = new LinkedHashMap<>();
    for (JsonNode measurement : report.get("measurements")) {
      List<Double> rates = new ArrayList<>();
      measurement.get("imagesPerSecond").forEach(rate -> rates.add(rate.asDouble()));
      rates.sort(null);
      medians.put(measurement.get("name").asText(), rates.get((rates.size() - 1) / 2));
    }
    double job = medians.get("whole job");
    add(precision + ": images/s of the whole job, local[2]", job, Should.BE_TOLD, 0);
    add(
        precision + ": whole job against the bare session",
        job / medians.get("bare session"),
        Should.AT_LEAST,
        bar);
    add(
        precision + ": whole job against decoding and session",
        job / medians.get("decode and session"),
        Should.BE_TOLD,
        0);
    double start = 0;
    for (JsonNode seconds : report.get("jobStartSeconds")) {
      start = Math.max(start, seconds.asDouble());
    }
    add(precision + ": slowest start of a job, s, Spark's own left out", start, Should.AT_MOST, 12);
  }

  /** Seconds of a command: from its start to its end, and those of processors. */
  private record Took(double wall, double processors) {}

  /** Both builds in turn, since others may use the machine meanwhile; the median of each. */
  private void start(String model) throws IOException {
    Path photographs = Files.createDirectories(scratch.resolve("six"));
    new Photographs(500, 375).write(photographs, 6);
    Path here = Path.of("").toAbsolutePath();
    List<Path> builds = base == null ? List.of(here) : List.of(base, here);
    Map<Path, List<Took>> took = new LinkedHashMap<>();
    // The first start of a build may prepare later ones.
    for (Path build : builds) {
      took(build, model(model), photographs);
    }
    for (int round = 0; round < rounds; round++) {
      for (Path build : builds) {
        took.computeIfAbsent(build, each -> new ArrayList<>())
            .add(took(build, model(model), photographs));
      }
    }
    double wall = median(took.get(here), Took::wall);
    double processors = median(took.get(here), Took::processors);
    add(model + ": six photographs, s", wall, Should.BE_TOLD, 0);
    add(model + ": six photographs, s of processors", processors, Should.BE_TOLD, 0);
    if (base != null) {
      add(
          model + ": the same, of the base's time",
          wall / median(took.get(base), Took::wall),
          Should.AT_MOST,
          0.35);
      add(
          model + ": the same, of the base's processor time",
          processors / median(took.get(base), Took::processors),
          Should.AT_MOST,
          0.25);
    }
  }

  private static double median(List<Took> took, ToDoubleFunction<Took> figure) {
    double[] sorted = took.stream().mapToDouble(figure).sorted().toArray();
    return sorted[(sorted.length - 1) / 2];
  }

  /** What the shell says of a command of a build and all that it starts. */
  private Took took(Path build, Path model, Path photographs) throws IOException {
    Path table = scratch.resolve("table");
    Path times = scratch.resolve("times");
    run(
        List.of(
            "bash",
            "-c",
            "TIMEFORMAT='%R %U %S'; exec 3>\"$1\"; { time \"${@:2}\" 2>&4; } 4>&2 2>&3",
            "bash",
            times.toString(),
            build.resolve("jobs/score").toString(),
            "--model",
            model.toString(),
            "--input",
            photographs.toString(),
            "--output",
            table.toString()));
    Folders.delete(table);
    MatchResult found = find(Files.readString(times), NUMBER + " " + NUMBER + " " + NUMBER);
    Took took = new Took(number(found, 1), number(found, 2) + number(found, 3));
    System.err.printf(
        Locale.ROOT, "%s: %.1f s, processors %.1f s%n", build, took.wall, took.processors);
    return took;
  }

  private void device() throws IOException {
    Path folder = Files.createDirectories(scratch.resolve("device"));
    String cores = Integer.toString(Runtime.getRuntime().availableProcessors());
    String out =
        java(
            "io.labelmill.score.DataPathBench", folder.toString(), cores, Integer.toString(rounds));
    for (String tasks : List.of("a task a core", "one task of all")) {
      MatchResult row = find(out, "data path, " + tasks + " +" + NUMBER + " images/s +" + NUMBER);
      add("data path, " + tasks + ", against bare decoding", number(row, 2), Should.AT_LEAST, 0.9);
    }
  }

  /** Returns the driver's steady memory, MiB. */
  private double memory(String name, int images) throws IOException {
    String out =
        java(
            "io.labelmill.cluster.ClusterMemory",
            model(name).toString(),
            Integer.toString(images),
            "1g",
            scratch.resolve("memory-" + name).toString());
    double driver = 0;
    for (String process : List.of("executor 0", "driver")) {
      MatchResult row = find(out, "(?m)^" + process + " +" + NUMBER + " +" + NUMBER);
      driver = number(row, 2);
      add(name + ": " + process + ", resident MiB, peak", number(row, 1), Should.BE_TOLD, 0);
      add(name + ": " + process + ", resident MiB, steady", number(row, 2), Should.BE_TOLD, 0);
    }
    return driver;
  }

  private void waves() throws IOException {
    String out =
        java("io.labelmill.command.WaveMemory", Integer.toString(waves), Integer.toString(25_000));
    MatchResult grown =
        find(out, "live heap after (\\d+) waves, times that after (\\d+): " + NUMBER);
    add(
        "driver's live heap after %s waves, times that after %s"
            .formatted(grown.group(1), grown.group(2)),
        number(grown, 3),
        Should.AT_MOST,
        1.05);
  }

  private void scale() throws IOException {
    List<String> command =
        javaCommand(
            "ImageScale", scratch.resolve("scale").toString(), "10000", "100000", "1000000");
    // The executor has the class path of the tests; Spark wants a home beside it, however empty.
    Path home = scratch.resolve("spark");
    Files.createDirectories(home.resolve("jars"));
    String scalaVersion = scala.util.Properties.versionNumberString().replaceFirst("\\.\\d+$", "");
    String out =
        run(command, Map.of("SPARK_HOME", home.toString(), "SPARK_SCALA_VERSION", scalaVersion));
    Matcher lines =
        Pattern.compile("images: " + NUMBER + " ms of processors an image").matcher(out);
    List<Double> costs = lines.results().map(result -> number(result, 1)).toList();
    if (costs.size() != 2) {
      throw new IllegalStateException("not two costs of an image in\n" + out);
    }
    add(
        "cost of an image, 100,000 to 1,000,000, by that from 10,000 on",
        costs.get(1) / costs.get(0),
        Should.AT_MOST,
        1.1);
  }

  private void comparison() throws IOException {
    Path images = Files.createDirectories(scratch.resolve("images"));
    new Photographs(500, 375).write(images, 400);
    String out =
        run(
            List.of(
                Path.of("src/test/comparison/synapseml").toAbsolutePath().toString(),
                model("beit-base-patch16-224").toString(),
                images.toString()));
    add(
        "images/s of the whole job, times those of SynapseML",
        number(find(out, "(?m)^ratio " + NUMBER), 1),
        Should.AT_LEAST,
        1);
  }

  /** A checkpoint of that shape with random weights. */
  private Path model(String name) {
    Path folder = scratch.resolve(name);
    if (!Files.exists(folder)) {
      Untrained.named(name).write(folder);
    }
    return folder;
  }

  /** What a class prints, of this package unless it says another. */
  private static String java(String name, String... arguments) throws IOException {
    return run(javaCommand(name, arguments));
  }

  private static List<String> javaCommand(String name, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("@conf/spark-jvm.options", "-Xmx2g"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(name.contains(".") ? name : Bars.class.getPackageName() + "." + name);
    command.addAll(List.of(arguments));
    return command;
  }

  private static String job(String command, String... arguments) throws IOException {
    List<String> all = new ArrayList<>();
    all.add(Path.of("jobs", command).toAbsolutePath().toString());
    all.addAll(List.of(arguments));
    return run(all);
  }

  /** What a command prints, which the user sees too. */
  private static String run(List<String> command) throws IOException {
    return run(command, Map.of());
  }

  private static String run(List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(new File("").getAbsoluteFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    StringBuilder out = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.err.println(line);
        out.append(line).append('\n');
      }
    }
    try {
      int exitCode = process.waitFor();
      if (exitCode != 0) {
        throw new IllegalStateException(command + " ended with " + exitCode);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    return out.toString();
  }

  private static MatchResult find(String out, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(out);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + pattern + " in\n" + out);
    }
    return matcher.toMatchResult();
  }

  private static double number(MatchResult found, int group) {
    return Double.parseDouble(found.group(group).replace(",", ""));
  }
}
