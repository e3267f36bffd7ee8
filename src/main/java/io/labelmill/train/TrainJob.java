package io.labelmill.train;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.ClassifierHead;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.TunedCheckpoint;
import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.evaluate.read.truth.LabelledImages;
import io.labelmill.graph.Network;
import io.labelmill.graph.Pooling;
import io.labelmill.model.ModelSource;
import io.labelmill.option.Settings;
import io.labelmill.score.Activation;
import io.labelmill.score.JobOptions;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.JobDescriptions;
import io.labelmill.source.Plan;
import io.labelmill.table.Location;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The training job: images and labels in, a checkpoint with a linear classifier of its own out.
 *
 * <p>Embed, bring embeddings and labels together, part them, fit, measure, write. The list of
 * images with their labels is held on the driver; vectors never are. Nothing is written unless
 * everything went well. Used on the driver by one thread.
 */
public final class TrainJob {
  private static final Logger log = LoggerFactory.getLogger(TrainJob.class);

  private static final int IMAGES_PER_TASK = 2_000;

  /** That of a folder on the way to an output. */
  private static final String ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

  private static final StructType MEMBER =
      new StructType()
          .add("path", DataTypes.StringType)
          .add("part", DataTypes.StringType)
          .add(LogisticFit.LABELS, DataTypes.createArrayType(DataTypes.IntegerType));

  private final SparkSession spark;
  private final TrainOptions options;
  private final Checkpoint backbone;
  private final Configuration configuration;
  private final Path output;
  private final int hidden;
  private final Pooling pooling;

  private TrainJob(SparkSession spark, TrainOptions options, Checkpoint backbone)
      throws IOException {
    this.spark = spark;
    this.options = options;
    this.backbone = backbone;
    this.configuration = spark.sparkContext().hadoopConfiguration();
    this.output = qualified(options.output());
    if (backbone.graph().isPresent()) {
      throw new InputException(
          "%s is a finished graph, on which no other classifier can be put: name the checkpoint that it was exported from."
              .formatted(backbone.graph().get().onnx().file()));
    }
    this.hidden = Network.of(backbone.config(), backbone.weights()).facts().hidden();
    this.pooling = classifierPooling();
  }

  /**
   * Trains and writes.
   *
   * @param told is given the lines that say what the truth was taken for, before anything is
   *     embedded
   * @throws io.labelmill.error.UserException for what the user can mend; nothing is written then
   */
  public static TrainResult run(
      SparkSession spark, TrainOptions options, Progress progress, Consumer<String> told)
      throws IOException {
    try (JobDescriptions jobs = JobDescriptions.of(spark);
        ModelSource model =
            ModelSource.open(
                options.model().folder(),
                options.model().processor(),
                options.model().labels(),
                options.model().head(),
                options.model().originals(),
                spark.sparkContext().hadoopConfiguration(),
                progress::downloading)) {
      jobs.say("Look at the truth " + options.truth().location());
      TrainJob job = new TrainJob(spark, options, model.checkpoint());
      job.checkOutput();
      job.checkTuning();
      TrainResult result = job.train(progress, told, model.graphFolder());
      job.deleteLeft();
      return result;
    }
  }

  private Path qualified(String location) throws IOException {
    return Location.of(location).qualified(configuration);
  }

  /**
   * What the classifier of this backbone takes, by putting one on it.
   *
   * @throws InputException when none can stand on it
   */
  private Pooling classifierPooling() {
    return Network.of(probe().config(backbone.config()), probe().on(backbone.weights()))
        .pooling()
        .orElseThrow();
  }

  private ClassifierHead probe() {
    return new ClassifierHead(
        "probe",
        List.of("a", "b"),
        ProblemType.MULTI_CLASS,
        hidden,
        new float[2 * hidden],
        new float[2],
        backbone.name(),
        "");
  }

  /** Tells of a network that can't be tuned before hours go into embedding. */
  private void checkTuning() {
    Tuning tuning = options.tuning();
    if (!tuning.isWanted()) {
      return;
    }
    SparkContext context = spark.sparkContext();
    checkAllocation(context.getConf(), context.isLocal());
    int blocks =
        Network.of(probe().config(backbone.config()), probe().on(backbone.weights()))
            .tunable()
            .blocks()
            .size();
    if (tuning.extent().last() > blocks) {
      throw new InputException(
          "--tune is %s, but %s has %d blocks: name fewer, or say --tune all."
              .formatted(tuning.extent().text(), backbone.name(), blocks));
    }
  }

  /** Spark refuses it, too, but only behind hours of embedding. */
  static void checkAllocation(SparkConf conf, boolean local) {
    if (!local && conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
      throw new InputException(
          "--tune trains in a barrier stage, which Spark runs on executors that stay alone: say -- --conf spark.dynamicAllocation.enabled=false behind the options, and how many executors there are.");
    }
  }

  private void checkOutput() throws IOException {
    FileSystem files = output.getFileSystem(configuration);
    checkWritable(files);
    if (!files.exists(output)) {
      return;
    }
    checkOverwritesNoInput();
    if (options.ifExists() != IfExists.OVERWRITE) {
      throw isThere(options);
    }
    boolean empty =
        files.getFileStatus(output).isDirectory() && files.listStatus(output).length == 0;
    if (!empty && !files.exists(new Path(output, "config.json"))) {
      throw new InputException(
          "The output "
              + options.output()
              + " is no checkpoint and would be deleted: choose another, or move what is there.");
    }
  }

  private static InputException isThere(TrainOptions options) {
    return new InputException(
        "The output %s exists: choose another, or say --if-exists overwrite."
            .formatted(options.output()));
  }

  /**
   * Tells of an output on this machine's disks at which the training would end, for which no Spark
   * is needed.
   *
   * @throws InputException where there is one
   */
  public static void refuseExisting(TrainOptions options, Configuration configuration) {
    Location output = Location.of(options.output());
    try {
      if (options.ifExists() != IfExists.OVERWRITE
          && output.isLocal(configuration)
          && output.fileSystem(configuration).exists(output.hadoop())) {
        throw isThere(options);
      }
    } catch (IOException e) {
      log.debug("{} was not looked at before Spark starts", options.output(), e);
    }
  }

  /** A place that takes no writes is told of before anything is computed. */
  private void checkWritable(FileSystem files) {
    Path temporary = temporary();
    try {
      if (!files.mkdirs(temporary)) {
        throw new IOException("no folder can be made beside it");
      }
      files.delete(temporary, true);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** With the output in place, what runs that were killed have left beside it is of no use. */
  private void deleteLeft() {
    String name = Pattern.quote(output.getName());
    Pattern left =
        Pattern.compile(
            "(%s-embeddings-%s(-images)?)|(\\.%s-%s(-old)?)".formatted(name, ID, name, ID));
    try {
      FileSystem files = output.getFileSystem(configuration);
      for (FileStatus one : files.listStatus(output.getParent())) {
        if (one.isDirectory() && left.matcher(one.getPath().getName()).matches()) {
          files.delete(one.getPath(), true);
          log.info("Deleted {}, which a run that was killed had left", one.getPath());
        }
      }
    } catch (IOException e) {
      log.warn("What runs that were killed left beside the output stays: {}", e.toString());
    }
  }

  private Path temporary() {
    return new Path(output.getParent(), "." + output.getName() + "-" + UUID.randomUUID());
  }

  private RuntimeException unwritable(IOException e) {
    return Cause.failure(
        "The output " + options.output() + " cannot be written: " + e.getMessage(), e);
  }

  /** What is read must not be deleted, not even after it was. */
  private void checkOverwritesNoInput() throws IOException {
    List<String> read = new ArrayList<>(options.inputs());
    read.add(options.model().folder());
    options.embeddings().ifPresent(read::add);
    read.add(options.truth().location());
    String folder = output + Path.SEPARATOR;
    for (String location : read) {
      boolean isName = location.startsWith("hf://") || Location.of(location).isCatalog();
      if (!isName && (qualified(location) + Path.SEPARATOR).startsWith(folder)) {
        throw new InputException(
            "The output %s holds %s, which is read: choose another output."
                .formatted(options.output(), location));
      }
    }
  }

  private TrainResult train(Progress progress, Consumer<String> told, java.nio.file.Path scratch)
      throws IOException {
    LabelledImages truth =
        LabelledImages.read(
            spark,
            options.truth(),
            options.key(),
            options.split().kind() == SplitRule.Kind.COLUMN
                ? Optional.of(options.split().column())
                : Optional.empty());
    truth.understood().forEach(told);
    Path embedded =
        new Path(output.getParent(), output.getName() + "-embeddings-" + UUID.randomUUID());
    Path listed = embedded.suffix("-images");
    try {
      String table = options.embeddings().orElse(embedded.toString());
      if (options.embeddings().isEmpty()) {
        embed(table, truth, progress);
      }
      describe("Read the embeddings");
      Embeddings embeddings = Embeddings.open(spark, table, backbone, pooling);
      return train(truth, embeddings, scratch, listed);
    } finally {
      embedded.getFileSystem(configuration).delete(embedded, true);
      listed.getFileSystem(configuration).delete(listed, true);
    }
  }

  private void embed(String table, LabelledImages truth, Progress progress) throws IOException {
    ScoreJob.run(
        spark,
        new ScoreOptions(
            options.model(),
            options.source(),
            new Settings()
                .with(JobOptions.POOL, Optional.of(pooling == Pooling.MEAN ? pooling : Pooling.CLS))
                .as(JobOptions::embedding),
            OutputOptions.of(table, IfExists.FAIL),
            // Failed images are counted against those that have labels.
            new ScoreOptions.Execution(OptionalInt.empty(), OptionalLong.empty(), 1),
            new TreeMap<>(
                Map.of("pool", pooling == Pooling.MEAN ? "mean" : "cls", "normalize", "none"))),
        progress,
        plan -> check(truth, plan));
  }

  /** Tells of a truth that does not fit the images before hours go into embedding them. */
  private void check(LabelledImages truth, Plan plan) {
    describe("Compare the truth with the images to embed");
    List<String> paths = plan.paths(Math.toIntExact(plan.rows()));
    TrainingSet set = TrainingSet.planned(truth, paths, hidden, options);
    if (options.split().kind() == SplitRule.Kind.COLUMN) {
      // What the other rules choose depends on contents, which are not read yet.
      parts(set, truth);
    }
  }

  /** Which images are trained on and which are tested on, after a check that both can be done. */
  private Map<String, Purpose> parts(TrainingSet set, LabelledImages truth) {
    Map<String, Purpose> parts =
        Split.of(set.examples(), truth.order(), options.split(), options.seed());
    set.check(parts, options.split());
    return parts;
  }

  /**
   * @param listed folder for the list of the images
   */
  private TrainResult train(
      LabelledImages truth, Embeddings embeddings, java.nio.file.Path scratch, Path listed)
      throws IOException {
    TrainingSet unhashed =
        TrainingSet.of(truth, embeddings.summaries(truth.key()), hidden, options);
    List<String> paths = unhashed.examples().stream().map(LabelledPath::path).toList();
    try (TrainingImages images = TrainingImages.open(spark, options, paths, listed)) {
      return train(truth, embeddings, scratch, unhashed, images);
    }
  }

  private TrainResult train(
      LabelledImages truth,
      Embeddings embeddings,
      java.nio.file.Path scratch,
      TrainingSet unhashed,
      TrainingImages read)
      throws IOException {
    describe("Hash the images, to tell which are copies");
    Map<String, String> hashes = read.hashes(unhashed.examples());
    TrainingSet set = hashed(unhashed, hashes);
    Map<String, Purpose> parts = parts(set, truth);
    Dataset<Row> images = images(set, parts, embeddings).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      describe("Fit the classifier");
      ClassifierHead head = fit(set, parts, images);
      describe("Measure the classifier");
      TrainResult ofHead = measured(set, parts, images, head);
      Optional<TuneJob> job =
          options.tuning().isWanted()
              ? Optional.of(tuneJob(set, validated(set, parts, truth), embeddings, read))
              : Optional.empty();
      java.nio.file.Path checkpoint = scratch.resolve("checkpoint");
      TrainResult result = ofHead;
      if (job.isPresent()) {
        result = job.get().run(scratch, ofHead, checkpoint);
      }
      if (result.tuned().filter(TuneResult::isKept).isEmpty()) {
        new TunedCheckpoint(backbone, head).write(checkpoint);
      }
      ModelCard card =
          new ModelCard(
              head,
              options,
              truth.form(),
              set.counts(parts, Purpose.TRAIN),
              set.counts(parts, Purpose.TEST),
              result,
              embeddings.runs(),
              new Originals(
                  backbone.originals().resizeBackend(),
                  Network.of(backbone.config(), backbone.weights())
                      .positionBias()
                      .orElse(PositionBias.AUTO)),
              Instant.now());
      write(set, parts, hashes, head, card, checkpoint);
      if (job.isPresent()) {
        job.get().forget();
      }
      return result;
    } finally {
      images.unpersist();
    }
  }

  /** The same parts with a part of the images to train on set aside to choose the best epoch. */
  private Map<String, Purpose> validated(
      TrainingSet set, Map<String, Purpose> parts, LabelledImages truth) {
    List<LabelledPath> trained =
        set.examples().stream().filter(one -> parts.get(one.key()) == Purpose.TRAIN).toList();
    SplitRule rule = new SplitRule(SplitRule.Kind.FRACTION, options.tuning().validation(), "");
    Map<String, Purpose> validated = new HashMap<>(parts);
    Split.of(trained, truth.order(), rule, options.seed())
        .forEach(
            (key, part) -> validated.put(key, part == Purpose.TEST ? Purpose.VALIDATION : part));
    set.checkValidation(validated, options.tuning().validation());
    return validated;
  }

  private TuneJob tuneJob(
      TrainingSet set, Map<String, Purpose> parts, Embeddings embeddings, TrainingImages read) {
    Dataset<Row> images = images(set, parts, embeddings).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      describe("Fit the classifier that tuning begins with");
      ClassifierHead head = fit(set, parts, images);
      Broadcast<ClassifierHead> broadcast =
          JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(head);
      try {
        Metrics onValidation =
            HeadMetrics.of(
                part(images, Purpose.VALIDATION).toJavaRDD(), broadcast, set.activation());
        return new TuneJob(
            spark,
            options,
            backbone,
            output,
            new TuneJob.Data(set, parts, read, head, onValidation));
      } finally {
        broadcast.unpersist();
      }
    } finally {
      images.unpersist();
    }
  }

  private void describe(String sentence) {
    log.info(sentence);
    JobDescriptions.say(spark, sentence);
  }

  /** With hashes in place of content versions. */
  private TrainingSet hashed(TrainingSet set, Map<String, String> hashes) {
    List<String> unreadable =
        set.examples().stream()
            .map(LabelledPath::path)
            .filter(path -> !hashes.containsKey(path))
            .toList();
    if (!unreadable.isEmpty() && options.split().kind() != SplitRule.Kind.NONE) {
      throw new InputException(
          ("%s images can't be read any more, so that it can't be told which are copies of each"
                  + " other: %s. Put them back, or train on all with --split none.")
              .formatted(unreadable.size(), Split.some(unreadable)));
    }
    List<LabelledPath> examples = new ArrayList<>();
    for (LabelledPath example : set.examples()) {
      examples.add(
          new LabelledPath(
              example.key(),
              example.path(),
              example.labels(),
              hashes.getOrDefault(example.path(), ""),
              example.column()));
    }
    return new TrainingSet(set.problemType(), set.labels(), examples, set.notes());
  }

  /** Vectors with their labels and parts. */
  private Dataset<Row> images(TrainingSet set, Map<String, Purpose> parts, Embeddings embeddings) {
    List<Row> members = new ArrayList<>();
    for (LabelledPath example : set.examples()) {
      members.add(
          RowFactory.create(
              example.path(),
              parts.get(example.key()).name(),
              example.labels().toArray(Integer[]::new)));
    }
    StructType schema =
        new StructType()
            .add(LogisticFit.FEATURES, SQLDataTypes.VectorType())
            .add(LogisticFit.LABELS, DataTypes.createArrayType(DataTypes.IntegerType))
            .add("part", DataTypes.StringType);
    Dataset<Row> joined =
        embeddings
            .rows()
            .join(spark.createDataFrame(members, MEMBER), "path")
            .select("embedding", LogisticFit.LABELS, "part");
    return joined
        .map(new ToVector(), Encoders.row(schema))
        .coalesce(partitions(set.examples().size()));
  }

  /** Each iteration of the fit is a job: for few images, starting its tasks is most of the work. */
  private int partitions(int images) {
    return Math.max(
        1, Math.min(spark.sparkContext().defaultParallelism(), images / IMAGES_PER_TASK));
  }

  private static final class ToVector implements MapFunction<Row, Row>, Serializable {
    @Override
    public Row call(Row row) {
      List<Float> values = row.getList(0);
      double[] numbers = values.stream().mapToDouble(Float::doubleValue).toArray();
      return RowFactory.create(Vectors.dense(numbers), row.get(1), row.get(2));
    }
  }

  private ClassifierHead fit(TrainingSet set, Map<String, Purpose> parts, Dataset<Row> images) {
    LogisticFit regression =
        LogisticFit.of(
            options.fit().reg(), options.fit().classWeights(), set.labels().size(), hidden);
    Dataset<Row> trained = part(images, Purpose.TRAIN);
    List<Long> counts = set.counts(parts, Purpose.TRAIN);
    LogisticFit.Linear linear =
        set.problemType() == ProblemType.MULTI_LABEL
            ? regression.multiLabel(trained, counts, size(parts, Purpose.TRAIN))
            : regression.multiClass(trained, counts);
    int labels = set.labels().size();
    float[] weight = new float[labels * hidden];
    float[] bias = new float[labels];
    for (int i = 0; i < labels; i++) {
      bias[i] = (float) linear.bias()[i];
      for (int j = 0; j < hidden; j++) {
        weight[i * hidden + j] = (float) linear.weight()[i][j];
      }
    }
    return new ClassifierHead(
        output.getName(),
        set.labels(),
        set.problemType(),
        hidden,
        weight,
        bias,
        backbone.name(),
        backbone.sha256(),
        backbone.originals().positionBias());
  }

  private static Dataset<Row> part(Dataset<Row> images, Purpose part) {
    return images.filter(col("part").equalTo(lit(part.name())));
  }

  private static long size(Map<String, Purpose> parts, Purpose part) {
    return parts.values().stream().filter(one -> one == part).count();
  }

  private TrainResult measured(
      TrainingSet set, Map<String, Purpose> parts, Dataset<Row> images, ClassifierHead head) {
    Broadcast<ClassifierHead> broadcast =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(head);
    try {
      Activation activation = set.activation();
      long tested = size(parts, Purpose.TEST);
      JavaRDD<Row> trainRows = part(images, Purpose.TRAIN).toJavaRDD();
      Metrics onTrained = HeadMetrics.of(trainRows, broadcast, activation);
      Optional<Metrics> onTested =
          tested == 0
              ? Optional.empty()
              : Optional.of(
                  HeadMetrics.of(part(images, Purpose.TEST).toJavaRDD(), broadcast, activation));
      return new TrainResult(
          options.output(),
          set.problemType(),
          set.labels(),
          size(parts, Purpose.TRAIN),
          tested,
          onTrained,
          onTested,
          Optional.empty(),
          set.notes());
    } finally {
      broadcast.unpersist();
    }
  }

  /** Writes to the driver's disk first, and puts the whole into its place at last. */
  private void write(
      TrainingSet set,
      Map<String, Purpose> parts,
      Map<String, String> hashes,
      ClassifierHead head,
      ModelCard card,
      java.nio.file.Path folder)
      throws IOException {
    head.write(folder.resolve(TrainResult.HEAD));
    Files.writeString(folder.resolve("README.md"), card.markdown());
    java.nio.file.Path record = folder.resolve(TrainResult.RECORD);
    Files.createDirectories(record.getParent());
    Files.writeString(record, card.json());
    if (card.result().tuned().isPresent()) {
      Files.writeString(
          record.resolveSibling(TuneCurves.FILE), new TuneCurves(card.result()).svg());
    }
    for (Purpose part : List.of(Purpose.TRAIN, Purpose.TEST)) {
      List<LabelledPath> examples =
          set.examples().stream().filter(one -> parts.get(one.key()) == part).toList();
      if (!examples.isEmpty()) {
        Files.writeString(
            folder.resolve(part == Purpose.TRAIN ? TrainResult.TRAIN_LIST : TrainResult.TEST_LIST),
            ModelCard.list(set, examples, hashes));
      }
    }
    FileSystem files = output.getFileSystem(configuration);
    if (files instanceof LocalFileSystem local) {
      // Without its files of checksums: others read this folder.
      files = local.getRawFileSystem();
    }
    Path temporary = temporary();
    try {
      files.mkdirs(output.getParent());
      FileUtil.copy(folder.toFile(), files, temporary, false, configuration);
      Path old = temporary.suffix("-old");
      boolean replaces = files.exists(output);
      if (replaces && !files.rename(output, old)) {
        throw new IOException("cannot rename " + output + " to " + old);
      }
      if (!files.rename(temporary, output)) {
        if (replaces) {
          files.rename(old, output);
        }
        throw new IOException("cannot rename " + temporary + " to " + output);
      }
      files.delete(old, true);
    } catch (IOException e) {
      throw unwritable(e);
    } finally {
      files.delete(temporary, true);
    }
  }
}
