package io.labelmill.command;

import static io.labelmill.command.CommandOption.optional;

import io.labelmill.bench.ModelBench;
import io.labelmill.checkpoint.Originals;
import io.labelmill.error.Cause;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import io.labelmill.model.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code jobs/model bench}: what a model does a second on this machine, alone and in a job. */
final class ModelBenchCommand implements Command {
  private static final int DEFAULT_IMAGES = 2_000;
  private static final int DEFAULT_ROUNDS = 3;
  private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

  static final CommandOption PROCESSOR = ScoreCommand.PROCESSOR;
  static final CommandOption RESIZE_BACKEND = ScoreCommand.RESIZE_BACKEND;
  static final CommandOption POSITION_BIAS = ScoreCommand.POSITION_BIAS;
  static final CommandOption TAPS = ScoreCommand.TAPS;
  static final CommandOption THREADS =
      optional(
              "--threads",
              "N[,N...]",
              "threads that share the bare session; the most are the task slots of the job")
          .withDefault("all cores");
  static final CommandOption IMAGES =
      optional("--images", "N", "images of each job").withDefault("" + DEFAULT_IMAGES);
  static final CommandOption ROUNDS =
      optional("--rounds", "N", "how often everything is measured; medians are shown")
          .withDefault("" + DEFAULT_ROUNDS);
  static final CommandOption SIZE_OF_IMAGES =
      optional("--size", "WxH", "pixels of the JPEGs that are drawn for it").withDefault("500x375");
  static final CommandOption DEVICE =
      optional("--device", "DEVICE", "cpu, or gpu:N for a GPU of this machine").withDefault("cpu");
  static final CommandOption PRECISION =
      optional("--precision", "fp32|bf16|fp16|int8[,...]", "arithmetic of the model")
          .withDefault("fp32");
  static final CommandOption BATCH_SIZE =
      optional(
              "--batch-size",
              "N[,N...]",
              "images per forward pass of the bare session; the first is the job's")
          .withDefault("1");
  static final CommandOption JSON =
      optional("--json", "FILE", "file of this machine that gets the figures as JSON");

  @Override
  public String name() {
    return "model bench";
  }

  @Override
  public String purpose() {
    return "Measures images per second of the bare session beside what the processor reaches at most,"
        + " with decoding, and of the whole job";
  }

  @Override
  public String operand() {
    return "MODEL";
  }

  @Override
  public List<OptionSection> sections() {
    return List.of(
        OptionSection.of(
            "Options",
            PROCESSOR,
            RESIZE_BACKEND,
            POSITION_BIAS,
            TAPS,
            THREADS,
            IMAGES,
            ROUNDS,
            SIZE_OF_IMAGES,
            DEVICE,
            PRECISION,
            BATCH_SIZE,
            JSON));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "jobs/model bench beit-base",
        "jobs/model bench beit-base --precision fp32,int8 --threads 1,2 --batch-size 1,4");
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    ModelBench.Settings settings = settings(arguments);
    Optional<String> json = arguments.text(JSON);
    arguments.throwIfWrong();
    try (SparkRun run = SparkRun.local("labelmill bench", Collections.max(settings.threads()))) {
      ModelBench.Report report = ModelBench.run(run.session(), settings, terminal.err()::println);
      terminal.out().print(report.text());
      if (json.isPresent()) {
        write(Path.of(json.get()), report.json());
      }
    }
  }

  private static ModelBench.Settings settings(Arguments arguments) {
    String model = arguments.operand("MODEL");
    Optional<String> processor = arguments.text(PROCESSOR);
    Originals originals = ScoreCommand.originals(arguments);
    List<Integer> threads =
        integers(arguments, THREADS, Runtime.getRuntime().availableProcessors());
    OptionalInt images = arguments.integer(IMAGES, 1, Integer.MAX_VALUE);
    OptionalInt rounds = arguments.integer(ROUNDS, 1, 1000);
    List<Integer> batchSizes = integers(arguments, BATCH_SIZE, 1);
    Device device = deviceOfThisMachine(arguments, DEVICE);
    List<Precision> precisions = precisions(arguments);
    precisions.forEach(precision -> checkDevice(precision, device, arguments));
    int[] size = arguments.checked(() -> size(arguments.text(SIZE_OF_IMAGES).orElse("500x375")));
    arguments.throwIfWrong();
    return new ModelBench.Settings(
        model,
        processor.orElse(null),
        originals,
        threads.stream().sorted().toList(),
        images.orElse(DEFAULT_IMAGES),
        rounds.orElse(DEFAULT_ROUNDS),
        device,
        precisions,
        batchSizes,
        size[0],
        size[1]);
  }

  /** The device that an option names, for commands whose sessions run in this process. */
  static Device deviceOfThisMachine(Arguments arguments, CommandOption option) {
    Device device = arguments.checked(() -> ScoreCommand.device(arguments, option).ofThisMachine());
    return device == null ? Device.CPU : device;
  }

  private static List<Precision> precisions(Arguments arguments) {
    List<String> words = arguments.commaSeparated(PRECISION);
    List<Precision> precisions =
        arguments.checked(() -> words.stream().map(ScoreCommand::precision).distinct().toList());
    return precisions == null || precisions.isEmpty() ? List.of(Precision.FP32) : precisions;
  }

  /** Whole numbers from 1 to 1024, each once. */
  private static List<Integer> integers(Arguments arguments, CommandOption option, int otherwise) {
    Set<Integer> numbers = new LinkedHashSet<>();
    for (String text : arguments.commaSeparated(option)) {
      if (text.matches("[1-9]\\d{0,3}") && Integer.parseInt(text) <= 1024) {
        numbers.add(Integer.valueOf(text));
      } else {
        arguments.problem(option.name() + " is " + text + ", not a number from 1 to 1024");
      }
    }
    return numbers.isEmpty() ? List.of(otherwise) : List.copyOf(numbers);
  }

  /** Notes a problem where an arithmetic is not for a device. */
  static void checkDevice(Precision precision, Device device, Arguments arguments) {
    boolean isProcessor = device.kind() == Device.Kind.CPU;
    if ((precision == Precision.INT8 || precision == Precision.BF16) && !isProcessor) {
      arguments.problem(
          "--precision " + precision.word() + " is for processors: leave --device out");
    } else if (precision == Precision.FP16 && isProcessor) {
      arguments.problem(
          "--precision fp16 is for GPUs: name one of this machine, such as --device gpu:0");
    }
  }

  private static int[] size(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()
        || Integer.parseInt(matcher.group(1)) == 0
        || Integer.parseInt(matcher.group(2)) == 0) {
      throw new UsageException(
          "--size is " + text + ", not width and height in pixels, such as 500x375");
    }
    return new int[] {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))};
  }

  private static void write(Path file, String json) {
    try {
      Files.writeString(file, json);
    } catch (IOException e) {
      throw Cause.failure("--json " + file + " cannot be written: " + e, e);
    }
  }
}
