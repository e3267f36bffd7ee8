package io.labelmill.command;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.ReadyGraph;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.error.Cause;
import io.labelmill.error.ImageException;
import io.labelmill.error.InputException;
import io.labelmill.graph.GraphOutput;
import io.labelmill.graph.GraphSpec;
import io.labelmill.graph.ModelFacts;
import io.labelmill.graph.Network;
import io.labelmill.graph.Operators;
import io.labelmill.graph.Precision;
import io.labelmill.graph.Verification;
import io.labelmill.graph.Verification.Difference;
import io.labelmill.model.Device;
import io.labelmill.model.LoadedModel;
import io.labelmill.model.ModelBundle;
import io.labelmill.model.ModelSource;
import io.labelmill.model.Outputs;
import io.labelmill.model.PixelBatch;
import io.labelmill.model.Tensor;
import io.labelmill.score.Activation;
import io.labelmill.verify.Agreement;
import io.labelmill.verify.ImageLogits;
import io.labelmill.verify.PublishedFigures;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * {@code jobs/model verify}: proof that a model computes what it should. Against pixel values and
 * outputs of the original code, against the figures that are published for it, or its own graph
 * against the one of standard operators.
 */
final class ModelVerifyCommand implements Command {
  private static final int DEFAULT_LIMIT = 100;

  static final CommandOption GOLDEN =
      CommandOption.optional(
          "--golden",
          "FILE",
          "compare with the original code's outputs in this safetensors file: pixel_values"
              + " [images,3,height,width], and any of logits, probabilities, pooled,"
              + " last_hidden_state");
  static final CommandOption PUBLISHED =
      CommandOption.toggle(
          "--published",
          "compare with the logits that are published for this model and the picture "
              + PublishedFigures.PICTURE
              + ", which --input names");
  static final CommandOption INPUT =
      CommandOption.optional(
          "--input",
          "PATH",
          "image or folder of this machine. Without --published: compare the graph that the job"
              + " runs with the one of standard operators on these images, or with --precision fp16"
              + " or int8 with the one of fp32");
  static final CommandOption LIMIT =
      CommandOption.optional("--limit", "N", "at most so many images of --input")
          .withDefault("" + DEFAULT_LIMIT);
  static final CommandOption TOLERANCE =
      CommandOption.optional(
              "--tolerance", "D", "largest difference that passes, the same for all tensors")
          .withDefault(
              "with --golden: logits and pooled 1e-5, last_hidden_state 4e-5, probabilities 2e-6;"
                  + " with --published 1e-3; with --precision fp16 or int8 the mean difference of"
                  + " a score, 0.01; else 1e-4");

  static final CommandOption PRECISION =
      CommandOption.optional(
              "--precision",
              "fp32|fp16|int8",
              "with fp16 or int8: tell how close scores in it are to those in fp32 on the images of"
                  + " --input; fp16 needs --device gpu:N")
          .withDefault("fp32");
  static final CommandOption DEVICE = ModelBenchCommand.DEVICE;
  static final CommandOption RESIZE_BACKEND = ScoreCommand.RESIZE_BACKEND;
  static final CommandOption POSITION_BIAS = ScoreCommand.POSITION_BIAS;
  static final CommandOption TAPS = ScoreCommand.TAPS;

  private static final double GRAPHS_TOLERANCE = 1e-4;
  private static final double PRECISION_TOLERANCE = 0.01;

  private static final String PROBABILITIES = "probabilities";

  private final List<PublishedFigures> figures;

  ModelVerifyCommand() {
    this(PublishedFigures.TABLE);
  }

  /**
   * @param figures that count as published
   */
  ModelVerifyCommand(List<PublishedFigures> figures) {
    this.figures = figures;
  }

  @Override
  public String name() {
    return "model verify";
  }

  @Override
  public String purpose() {
    return "Compares what a model computes with the original code, with published figures, or with"
        + " itself";
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
            GOLDEN,
            PUBLISHED,
            INPUT,
            LIMIT,
            TOLERANCE,
            PRECISION,
            DEVICE,
            RESIZE_BACKEND,
            POSITION_BIAS,
            TAPS));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "jobs/model verify hf://microsoft/beit-base-patch16-384 --published --input 000000039769.jpg",
        "jobs/model verify beit-base --golden beit-base/golden.safetensors",
        "jobs/model verify beit-base --input photos/",
        "jobs/model verify beit-base --precision int8 --input photos/");
  }

  @Override
  public void run(Arguments arguments, Terminal terminal) throws IOException {
    String model = arguments.operand("MODEL");
    Optional<String> golden = arguments.text(GOLDEN);
    boolean published = arguments.isOn(PUBLISHED);
    Optional<String> input = arguments.text(INPUT);
    int limit = arguments.integer(LIMIT, 1, Integer.MAX_VALUE).orElse(DEFAULT_LIMIT);
    OptionalDouble tolerance = arguments.fraction(TOLERANCE);
    Device device = ModelBenchCommand.deviceOfThisMachine(arguments, DEVICE);
    Precision precision = ScoreCommand.precision(arguments, PRECISION);
    Originals originals = ScoreCommand.originals(arguments);
    if (golden.isPresent() && arguments.isGiven(RESIZE_BACKEND)) {
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
              : "say what to compare with: --golden FILE, --published --input "
                  + PublishedFigures.PICTURE
                  + ", or --input FOLDER");
    }
    arguments.throwIfWrong();
    if (golden.isPresent()) {
      compareWithGolden(model, originals, golden.get(), tolerance, device, terminal);
    } else if (published) {
      compareWithPublished(
          model,
          originals,
          Path.of(input.orElseThrow()),
          tolerance.orElse(PublishedFigures.TOLERANCE),
          device,
          terminal);
    } else if (precision != Precision.FP32) {
      comparePrecisions(
          model,
          originals,
          precision,
          images(Path.of(input.orElseThrow()), limit),
          tolerance.orElse(PRECISION_TOLERANCE),
          device,
          terminal);
    } else {
      compareGraphs(
          model,
          originals,
          images(Path.of(input.orElseThrow()), limit),
          tolerance,
          device,
          terminal);
    }
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

  private void compareWithPublished(
      String model,
      Originals originals,
      Path picture,
      double tolerance,
      Device device,
      Terminal terminal)
      throws IOException {
    byte[] encoded = content(picture);
    try (ModelSource source = NamedModel.open(model, originals, terminal)) {
      Checkpoint checkpoint = source.checkpoint();
      PublishedFigures expected = PublishedFigures.of(figures, checkpoint);
      ModelBundle bundle =
          ModelBundle.build(checkpoint, GraphSpec.of(GraphOutput.LOGITS), source.graphFolder());
      float[] logits;
      try (ImageLogits session = ImageLogits.open(bundle, device)) {
        ImageLogits.Result result = session.logits(encoded);
        if (result.width() != PublishedFigures.PICTURE_WIDTH
            || result.height() != PublishedFigures.PICTURE_HEIGHT) {
          throw new InputException(
              "--input %s is %d x %d pixels; %s has %d x %d: it is another picture."
                  .formatted(
                      picture,
                      result.width(),
                      result.height(),
                      PublishedFigures.PICTURE,
                      PublishedFigures.PICTURE_WIDTH,
                      PublishedFigures.PICTURE_HEIGHT));
        }
        logits = result.logits();
      } catch (ImageException e) {
        throw new InputException("--input " + picture + ": " + e.getMessage(), e);
      }
      PrintStream out = terminal.out();
      out.println("published for " + expected.model());
      line(out, "", "published", "here", "difference", "");
      for (int i = 0; i < expected.logits().size(); i++) {
        line(
            out,
            "logit " + i,
            decimal(expected.logits().get(i)),
            decimal(logits[i]),
            number(Math.abs(logits[i] - expected.logits().get(i))),
            "");
      }
      int best = PublishedFigures.best(logits);
      String label = checkpoint.labels().names().get(best);
      line(out, "best label", expected.label(), best, "", label);
      List<String> mismatches = expected.mismatches(logits, tolerance);
      if (!mismatches.isEmpty()) {
        throw new InputException(
            "the model %s does not do with %s what is published for %s: %s"
                .formatted(model, picture, expected.model(), String.join("; ", mismatches)));
      }
    }
  }

  private static void compareGraphs(
      String model,
      Originals originals,
      List<Path> images,
      OptionalDouble tolerance,
      Device device,
      Terminal terminal)
      throws IOException {
    try (ModelSource source = NamedModel.open(model, originals, terminal)) {
      Checkpoint checkpoint = source.checkpoint();
      if (checkpoint.graph().isPresent()) {
        throw new InputException(
            model
                + " is an exported graph, of which no other can be built: verify the checkpoint that"
                + " it was made of");
      }
      GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS);
      Path folder = source.graphFolder();
      Activation activation = activation(checkpoint);
      ModelBundle standard =
          ModelBundle.build(
              checkpoint,
              spec.withOperators(Operators.STANDARD),
              Files.createDirectories(folder.resolve("standard")));
      ModelBundle fused =
          ModelBundle.build(checkpoint, spec, Files.createDirectories(folder.resolve("fused")));
      try (ImageLogits reference = ImageLogits.open(standard, device);
          ImageLogits candidate = ImageLogits.open(fused, device)) {
        Agreement agreement =
            Agreement.over(images, reference, candidate, checkpoint.labels().size(), activation);
        // Logits of points come of sums of thousands, so that a share of the largest is allowed.
        double allowed =
            tolerance.orElse(
                checkpoint.isOfPoints()
                    ? GRAPHS_TOLERANCE * agreement.largestLogit()
                    : GRAPHS_TOLERANCE);
        report(agreement, what(checkpoint), model, allowed, terminal.out());
      }
    }
  }

  private static void comparePrecisions(
      String model,
      Originals originals,
      Precision precision,
      List<Path> images,
      double tolerance,
      Device device,
      Terminal terminal)
      throws IOException {
    try (ModelSource source = NamedModel.open(model, originals, terminal)) {
      Checkpoint checkpoint = source.checkpoint();
      GraphSpec spec = GraphSpec.of(GraphOutput.LOGITS);
      Path folder = source.graphFolder();
      String word = precision.word();
      ModelBundle rounded =
          ModelBundle.build(
              checkpoint,
              spec.withPrecision(precision),
              Files.createDirectories(folder.resolve(word)));
      ModelBundle exact =
          ModelBundle.build(checkpoint, spec, Files.createDirectories(folder.resolve("fp32")));
      try (ImageLogits reference = ImageLogits.open(exact, device);
          ImageLogits candidate = ImageLogits.open(rounded, device)) {
        Agreement agreement =
            Agreement.over(
                images, reference, candidate, checkpoint.labels().size(), activation(checkpoint));
        PrintStream out = terminal.out();
        images(agreement, "scores in " + word + ", and in fp32", out);
        out.printf("%-24s %s%n", "mean difference", number(agreement.meanOfScores()));
        labels(agreement, what(checkpoint), out);
        List<String> ofBoth = exact.warnings();
        rounded.warnings().stream()
            .filter(warning -> !ofBoth.contains(warning))
            .forEach(out::println);
        boolean isClose =
            agreement.meanOfScores() <= tolerance && agreement.share() >= Agreement.ALIKE;
        String verdict =
            "%s is %s fp32 for %s: a score differs by %s in the mean (at most %s), and %d of %d %s keep their best label (at least %.0f%%)"
                .formatted(
                    word,
                    isClose ? "close enough to" : "too far from",
                    model,
                    number(agreement.meanOfScores()),
                    number(tolerance),
                    agreement.sameLabel(),
                    agreement.points(),
                    what(checkpoint),
                    100 * Agreement.ALIKE);
        if (!isClose) {
          throw new InputException(verdict);
        }
        out.println(verdict);
      }
    }
  }

  private static Activation activation(Checkpoint checkpoint) {
    return Activation.AUTO.resolve(checkpoint.problemType(), checkpoint.labels().names().size());
  }

  /** What gets a label. */
  private static String what(Checkpoint checkpoint) {
    return checkpoint.isOfPoints() ? "points" : "images";
  }

  private static void report(
      Agreement agreement, String what, String model, double tolerance, PrintStream out) {
    images(agreement, "the graph of the job, and the one of standard operators, both in fp32", out);
    out.printf("%-24s %s%n", "largest difference", number(agreement.largest()));
    labels(agreement, what, out);
    if (!(agreement.largest() <= tolerance)) {
      throw new InputException(
          "the graphs of %s do not agree: a logit differs by %s, more than %s"
              .formatted(model, number(agreement.largest()), number(tolerance)));
    }
    out.printf(
        "the graphs of %s agree: a logit differs by %s, at most %s%n",
        model, number(agreement.largest()), number(tolerance));
  }

  private static void images(Agreement agreement, String compared, PrintStream out) {
    if (agreement.images() == 0) {
      throw new InputException("none of the %d files is an image".formatted(agreement.unread()));
    }
    out.println(compared);
    out.printf("%-24s %d%n", "images", agreement.images());
    if (agreement.unread() > 0) {
      out.printf("%-24s %d%n", "not images, or broken", agreement.unread());
    }
  }

  private static void labels(Agreement agreement, String what, PrintStream out) {
    boolean ofImages = what.equals("images");
    out.printf(
        "%-24s %d of %d%s%n",
        "same best label", agreement.sameLabel(), agreement.points(), ofImages ? "" : " " + what);
    String other =
        ofImages
            ? "another label: "
            : "another label at more than %.0f%% of its points: "
                .formatted(100 * (1 - Agreement.ALIKE));
    agreement.others().forEach(file -> out.println(other + file));
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

  private static void compareWithGolden(
      String model,
      Originals originals,
      String golden,
      OptionalDouble tolerance,
      Device device,
      Terminal terminal)
      throws IOException {
    try (ModelSource source = NamedModel.openWithoutProcessor(model, originals, terminal);
        TensorStore expected = SafeTensorsFile.open(Path.of(golden))) {
      List<String> failed = new ArrayList<>();
      line(terminal.out(), "tensor", "shape", "difference", "allowed", "");
      for (Difference found : differences(source, expected, device)) {
        Difference difference = found.within(tolerance.orElse(found.tolerance()));
        line(
            terminal.out(),
            difference.tensor(),
            expected.info(difference.tensor()).shape(),
            number(difference.largest()),
            number(difference.tolerance()),
            difference.isWithinTolerance() ? "" : "too large");
        if (!difference.isWithinTolerance()) {
          failed.add(
              difference.tensor()
                  + " differs by "
                  + number(difference.largest())
                  + ", more than "
                  + number(difference.tolerance()));
        }
      }
      if (!failed.isEmpty()) {
        throw new InputException(
            "the model "
                + model
                + " does not agree with "
                + golden
                + ": "
                + String.join("; ", failed));
      }
    }
  }

  private static void line(PrintStream out, Object... columns) {
    out.println("%-20s %-18s %12s %12s %s".formatted(columns).stripTrailing());
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }

  private static List<Difference> differences(
      ModelSource source, TensorStore expected, Device device) throws IOException {
    Checkpoint checkpoint = source.checkpoint();
    Path graph;
    List<Long> image;
    if (checkpoint.graph().isPresent()) {
      ReadyGraph ready = checkpoint.graph().get();
      graph = ready.onnx().file();
      image = ready.onnx().inputs().get(0).shape();
    } else {
      Network network = Network.of(checkpoint.config(), checkpoint.weights());
      ModelFacts facts = network.facts();
      GraphSpec all = GraphSpec.of(facts.outputs().toArray(GraphOutput[]::new));
      graph = network.write(all, source.graphFolder()).model();
      image = List.of(0L, 3L, (long) facts.height(), (long) facts.width());
    }
    try (LoadedModel loaded =
            LoadedModel.open(graph, device, Runtime.getRuntime().availableProcessors());
        Predictor<PixelBatch, Outputs> predictor = loaded.predictor()) {
      return Verification.compare(
          expected,
          image,
          (pixelValues, shape) -> outputs(checkpoint, predict(predictor, pixelValues, shape)));
    }
  }

  private static Outputs predict(
      Predictor<PixelBatch, Outputs> predictor, float[] pixelValues, long[] shape) {
    PixelBatch batch = new PixelBatch((int) shape[0], (int) shape[2], (int) shape[3]);
    batch.append(pixelValues);
    try {
      return predictor.predict(batch);
    } catch (TranslateException e) {
      throw new IllegalStateException("the graph was built and does not run", e);
    }
  }

  /** The graph's outputs, and the scores that the activation makes of its logits. */
  private static Map<String, float[]> outputs(Checkpoint checkpoint, Outputs outputs) {
    Map<String, float[]> values = new HashMap<>();
    outputs.tensors().forEach((name, tensor) -> values.put(name, tensor.values()));
    if (values.containsKey(GraphOutput.LOGITS.tensorName())) {
      Tensor logits = outputs.tensor(GraphOutput.LOGITS.tensorName());
      Activation activation = Activation.AUTO.resolve(checkpoint.problemType(), logits.rowLength());
      float[] probabilities = new float[logits.values().length];
      for (int image = 0; image * logits.rowLength() < probabilities.length; image++) {
        float[] row = logits.row(image);
        activation.apply(row, row);
        System.arraycopy(row, 0, probabilities, image * row.length, row.length);
      }
      values.put(PROBABILITIES, probabilities);
    }
    return values;
  }
}
