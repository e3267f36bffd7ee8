package io.labelmill.command;

import io.labelmill.bench.ModelBench;
import io.labelmill.error.Cause;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Precision;
import io.labelmill.model.Device;
import io.labelmill.model.DeviceChoice;
import io.labelmill.option.Given;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.score.JobOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code jobs/model bench}: what a model does a second on this machine, alone and in a job. */
final class ModelBenchCommand extends Command {
  /** Width and height of pictures, pixels. */
  private record Size(int width, int height) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

    static Size parse(String text) {
      Matcher matcher = TEXT.matcher(text);
      if (!matcher.matches()
          || Integer.parseInt(matcher.group(1)) == 0
          || Integer.parseInt(matcher.group(2)) == 0) {
        throw new UsageException(
            "--size is " + text + ", not width and height in pixels, such as 500x375");
      }
      return new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }
  }

  static final Option<List<Integer>> THREADS =
      Option.optional(
              "--threads",
              "N[,N...]",
              "threads that share the bare session; the most are the task slots of the job",
              integers("--threads"),
              List.of(Runtime.getRuntime().availableProcessors()))
          .orElse("all cores");
  static final Option<Integer> IMAGES =
      Option.withDefault(
          "--images", "N", "images of each job", Reader.integer(1, Integer.MAX_VALUE), "2000");
  static final Option<Integer> ROUNDS =
      Option.withDefault(
          "--rounds",
          "N",
          "how often everything is measured; medians are shown",
          Reader.integer(1, 1000),
          "3");
  static final Option<Size> SIZE_OF_IMAGES =
      Option.withDefault(
          "--size",
          "WxH",
          "pixels of the JPEGs that are drawn for it",
          Reader.text().map(Size::parse),
          "500x375");

  /** Of this machine: for commands whose sessions run in this process. */
  static final Option<Device> DEVICE =
      Option.withDefault(
          "--device",
          "DEVICE",
          "cpu, or gpu:N for a GPU of this machine",
          Reader.parsed(DeviceChoice::parse).map(DeviceChoice::ofThisMachine),
          "cpu");

  static final Option<List<Precision>> PRECISION =
      Option.withDefault(
          "--precision",
          String.join("|", Precision.words()) + "[,...]",
          "arithmetic of the model",
          Reader.commaSeparated()
              .map(words -> words.stream().map(ModelBenchCommand::precision).distinct().toList())
              .map(all -> all.isEmpty() ? List.of(Precision.FP32) : all),
          "fp32");
  static final Option<List<Integer>> BATCH_SIZE =
      Option.withDefault(
          "--batch-size",
          "N[,N...]",
          "images per forward pass of the bare session; the first is the job's",
          integers("--batch-size"),
          "1");
  static final Option<Optional<String>> JSON =
      Option.optional(
          "--json", "FILE", "file of this machine that gets the figures as JSON", Reader.text());

  ModelBenchCommand() {
    super(
        "model bench",
        "MODEL",
        "Measures images per second of the bare session beside what the processor reaches at most,"
            + " with decoding, and of the whole job",
        List.of(
            OptionSection.of(
                "Options",
                JobOptions.PROCESSOR,
                JobOptions.RESIZE_BACKEND,
                JobOptions.POSITION_BIAS,
                JobOptions.TAPS,
                THREADS,
                IMAGES,
                ROUNDS,
                SIZE_OF_IMAGES,
                DEVICE,
                PRECISION,
                BATCH_SIZE,
                JSON)),
        List.of(
            "jobs/model bench beit-base",
            "jobs/model bench beit-base --precision fp32,int8 --threads 1,2 --batch-size 1,4"));
  }

  private static Precision precision(String word) {
    return JobOptions.PRECISION.read(new Given(List.of(word), "--precision"));
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    ModelBench.Settings settings = settings(arguments);
    Optional<String> json = arguments.get(JSON);
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
    List<Integer> threads = arguments.get(THREADS);
    List<Integer> batchSizes = arguments.get(BATCH_SIZE);
    Device device = arguments.get(DEVICE);
    List<Precision> precisions = arguments.get(PRECISION);
    precisions.forEach(precision -> checkDevice(precision, device, arguments));
    return arguments.as(
        values ->
            new ModelBench.Settings(
                model,
                values.get(JobOptions.PROCESSOR).orElse(null),
                JobOptions.originals(values),
                threads.stream().sorted().toList(),
                values.get(IMAGES),
                values.get(ROUNDS),
                ModelBench.CEILING_PASSES,
                device,
                precisions,
                batchSizes,
                values.get(SIZE_OF_IMAGES).width(),
                values.get(SIZE_OF_IMAGES).height()));
  }

  /** Whole numbers from 1 to 1024, each once. */
  private static Reader<List<Integer>> integers(String name) {
    return Reader.commaSeparated()
        .map(
            texts -> {
              List<String> problems =
                  texts.stream()
                      .filter(
                          text -> !text.matches("[1-9]\\d{0,3}") || Integer.parseInt(text) > 1024)
                      .map(text -> name + " is " + text + ", not a number from 1 to 1024")
                      .toList();
              UsageException.throwIfAny(problems);
              if (texts.isEmpty()) {
                throw new UsageException(name + " is empty");
              }
              return texts.stream().map(Integer::valueOf).distinct().toList();
            });
  }

  /** Notes a problem where an arithmetic is not for a device. */
  static void checkDevice(Precision precision, Device device, Arguments arguments) {
    boolean isProcessor = device.kind() == Device.Kind.CPU;
    if ((precision == Precision.INT8 || precision.hasLayersOfItsOwn()) && !isProcessor) {
      arguments.problem(
          "--precision " + precision.word() + " is for processors: leave --device out");
    } else if (precision == Precision.FP16 && isProcessor) {
      arguments.problem(
          "--precision fp16 is for GPUs: name one of this machine, such as --device gpu:0");
    }
  }

  private static void write(Path file, String json) {
    try {
      Files.writeString(file, json);
    } catch (IOException e) {
      throw Cause.failure("--json " + file + " cannot be written: " + e, e);
    }
  }
}
