package io.labelmill.command;

import io.labelmill.checkpoint.Originals;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.graph.Precision;
import io.labelmill.model.Device;
import io.labelmill.model.ModelSource;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.score.JobOptions;
import io.labelmill.verify.GoldenComparison;
import io.labelmill.verify.GraphComparison;
import io.labelmill.verify.PublishedComparison;
import io.labelmill.verify.PublishedFigures;
import io.labelmill.verify.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * {@code jobs/model verify}: proof that a model computes what it should. Against pixel values and
 * outputs of the original code, against the figures that are published for it, or its own graph
 * against the one of standard operators.
 */
final class ModelVerifyCommand extends Command {
  static final Option<Optional<String>> GOLDEN =
      Option.optional(
          "--golden",
          "FILE",
          "compare with the original code's outputs in this safetensors file: pixel_values"
              + " [images,3,height,width], and any of logits, probabilities, pooled,"
              + " last_hidden_state",
          Reader.text());
  static final Option<Boolean> PUBLISHED =
      Option.toggle(
          "--published",
          "compare with the logits that are published for this model and the picture "
              + PublishedFigures.PICTURE
              + ", which --input names");
  static final Option<Optional<String>> INPUT =
      Option.optional(
          "--input",
          "PATH",
          "image or folder of this machine. Without --published: compare the graph that the job"
              + " runs with the one of standard operators on these images, or with another"
              + " --precision than fp32 with the one of fp32",
          Reader.text());
  static final Option<Integer> LIMIT =
      Option.withDefault(
          "--limit",
          "N",
          "at most so many images of --input",
          Reader.integer(1, Integer.MAX_VALUE),
          "100");
  static final Option<OptionalDouble> TOLERANCE =
      Option.optional(
              "--tolerance",
              "D",
              "largest difference that passes, the same for all tensors",
              Reader.fraction().map(OptionalDouble::of),
              OptionalDouble.empty())
          .orElse(
              "with --golden: logits and pooled 1e-5, last_hidden_state 4e-5, probabilities 2e-6;"
                  + " with --published 1e-3; with another --precision than fp32 the mean"
                  + " difference of a score, 0.01; else 1e-4");
  static final Option<Precision> PRECISION =
      Option.withDefault(
          "--precision",
          String.join("|", Precision.words()),
          "with another than fp32: tell how close scores in it are to those in fp32 on the images of"
              + " --input; fp16 needs --device gpu:N",
          JobOptions.PRECISION.reader(),
          "fp32");

  private final List<PublishedFigures> figures;

  ModelVerifyCommand() {
    this(PublishedFigures.TABLE);
  }

  /**
   * @param figures that count as published
   */
  ModelVerifyCommand(List<PublishedFigures> figures) {
    super(
        "model verify",
        "MODEL",
        "Compares what a model computes with the original code, with published figures, or with"
            + " itself",
        List.of(
            OptionSection.of(
                "Options",
                GOLDEN,
                PUBLISHED,
                INPUT,
                LIMIT,
                TOLERANCE,
                PRECISION,
                ModelBenchCommand.DEVICE,
                JobOptions.RESIZE_BACKEND,
                JobOptions.POSITION_BIAS,
                JobOptions.TAPS)),
        List.of(
            "jobs/model verify hf://microsoft/beit-base-patch16-384 --published --input 000000039769.jpg",
            "jobs/model verify beit-base --golden beit-base/golden.safetensors",
            "jobs/model verify beit-base --input photos/",
            "jobs/model verify beit-base --precision int8 --input photos/"));
    this.figures = figures;
  }

  @Override
  void run(Arguments arguments, Terminal terminal) throws IOException {
    String model = arguments.operand("MODEL");
    Optional<String> golden = arguments.get(GOLDEN);
    boolean published = arguments.get(PUBLISHED);
    Optional<String> input = arguments.get(INPUT);
    int limit = arguments.get(LIMIT);
    OptionalDouble tolerance = arguments.get(TOLERANCE);
    Device device = arguments.get(ModelBenchCommand.DEVICE);
    Precision precision = arguments.get(PRECISION);
    Originals originals = JobOptions.originals(arguments);
    if (golden.isPresent() && arguments.isGiven(JobOptions.RESIZE_BACKEND)) {
      arguments.problem("--golden has pixel values that are made: leave --resize-backend out");
    }
    if (precision != Precision.FP32) {
      checkPrecision(precision, golden.isPresent() || published, device, arguments);
    }
    if (golden.isPresent() && (published || input.isPresent())) {
      arguments.problem("--golden has its own input: leave --published and --input out");
    } else if (golden.isEmpty() && input.isEmpty()) {
      arguments.problem(
          published
              ? "--published needs the picture: --input " + PublishedFigures.PICTURE
              : "say what to compare with: --golden FILE, --published --input %s, or --input FOLDER"
                  .formatted(PublishedFigures.PICTURE));
    }
    arguments.throwIfWrong();
    Optional<Path> images = input.map(Path::of);
    Verdict verdict;
    if (golden.isPresent()) {
      Path file = Path.of(golden.get());
      try (ModelSource source = NamedModel.openWithoutProcessor(model, originals, terminal)) {
        verdict = GoldenComparison.of(model, source, file, tolerance, device);
      }
    } else if (published) {
      Path picture = images.orElseThrow();
      byte[] encoded = content(picture);
      try (ModelSource source = NamedModel.open(model, originals, terminal)) {
        verdict =
            PublishedComparison.of(
                model,
                source,
                figures,
                picture,
                encoded,
                tolerance.orElse(PublishedFigures.TOLERANCE),
                device);
      }
    } else {
      List<Path> files = images(images.orElseThrow(), limit);
      try (ModelSource source = NamedModel.open(model, originals, terminal)) {
        GraphComparison comparison = new GraphComparison(model, source, files, device);
        verdict =
            precision == Precision.FP32
                ? comparison.ofOperators(tolerance)
                : comparison.ofPrecisions(precision, tolerance);
      }
    }
    verdict.lines().forEach(terminal.out()::println);
    if (!verdict.agrees()) {
      throw new InputException(verdict.sentence());
    }
    terminal.out().println(verdict.sentence());
  }

  private static void checkPrecision(
      Precision precision, boolean hasFigures, Device device, Arguments arguments) {
    if (hasFigures) {
      arguments.problem(
          "--precision "
              + precision.word()
              + " is compared with fp32 on images of yours: leave --golden and --published out");
    }
    ModelBenchCommand.checkDevice(precision, device, arguments);
  }

  /** A file, or the files of a folder to any depth, sorted. */
  private static List<Path> images(Path path, int limit) {
    try (Stream<Path> files = Files.walk(path)) {
      List<Path> images = files.filter(Files::isRegularFile).sorted().limit(limit).toList();
      if (images.isEmpty()) {
        throw new InputException("--input " + path + " holds no file");
      }
      return images;
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(path, e);
    }
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static RuntimeException unreadable(Path path, Exception e) {
    return Files.exists(path)
        ? Cause.failure("--input " + path + " can't be read: " + e.getMessage(), e)
        : new InputException("--input " + path + " does not exist on this machine", e);
  }
}
