package io.labelmill.train;

import io.labelmill.checkpoint.Checkpoint;
import io.labelmill.checkpoint.ClassifierHead;
import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.SafeTensorsFile;
import io.labelmill.checkpoint.Sha256;
import io.labelmill.checkpoint.TensorInfo;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.checkpoint.TunedCheckpoint;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.graph.Network;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.EndGraph.Loss;
import io.labelmill.score.TaskSlots;
import io.labelmill.source.HadoopConfiguration;
import io.labelmill.source.JobDescriptions;
import io.labelmill.table.Location;
import io.labelmill.train.ReadSamples.Item;
import io.labelmill.train.ReadSamples.Read;
import io.labelmill.train.TuneEpoch.Outcome;
import io.labelmill.train.TuneEpoch.Target;
import io.labelmill.train.TuneResult.Epoch;
import io.labelmill.tune.Augmentation.Strength;
import io.labelmill.tune.Front;
import io.labelmill.tune.Recipe;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/**
 * Tunes a backbone behind a fitted head: all executors read, decode and change the images, one
 * trains, in a barrier stage of one task. Used on the driver by one thread.
 */
final class TuneJob {
  private static final Logger log = LoggerFactory.getLogger(TuneJob.class);

  private static final int TASKS_PER_SLOT = 2;

  private final SparkSession spark;
  private final TrainOptions options;
  private final Checkpoint backbone;
  private final Configuration configuration;
  private final TuneState state;
  private final Data data;

  /**
   * The images.
   *
   * @param parts of them: trained on, validating, tested on
   * @param images the same, to be read
   * @param head with which the training begins
   * @param headOnValidation metrics of that head
   */
  record Data(
      TrainingSet set,
      Map<String, Purpose> parts,
      TrainingImages images,
      ClassifierHead head,
      Metrics headOnValidation) {
    List<LabelledPath> of(Purpose part) {
      return set.examples().stream().filter(one -> parts.get(one.key()) == part).toList();
    }
  }

  /**
   * What is behind a training.
   *
   * @param best the epoch whose weights are taken
   * @param isBetter whether it is better than the head alone
   * @param onTrained of the best epoch, of all images that it was given and those that validated
   */
  private record Tuned(
      List<Epoch> epochs,
      Epoch best,
      boolean isBetter,
      Metrics onValidation,
      Metrics onTrained,
      Optional<Metrics> onTested) {}

  /**
   * @param output folder of the checkpoint; the training's state stands beside it
   */
  TuneJob(
      SparkSession spark,
      TrainOptions options,
      Checkpoint backbone,
      org.apache.hadoop.fs.Path output,
      Data data) {
    this.spark = spark;
    this.options = options;
    this.backbone = backbone;
    this.configuration = spark.sparkContext().hadoopConfiguration();
    this.state =
        new TuneState(
            new org.apache.hadoop.fs.Path(output.getParent(), output.getName() + "-tuning")
                .toString());
    this.data = data;
  }

  /**
   * Trains, or goes on with a training that was killed.
   *
   * @param scratch folder of this machine for what is on its way
   * @param ofHead what came of the head alone
   * @param checkpoint folder of this machine, which gets the tuned checkpoint if that is the one to
   *     be written
   * @return the same with what came of tuning
   */
  TrainResult run(Path scratch, TrainResult ofHead, Path checkpoint) throws IOException {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    checkTrainers();
    data.set.unvalidated(data.parts).ifPresent(log::warn);
    String fingerprint = fingerprint();
    List<Epoch> epochs = new ArrayList<>(begin(fingerprint, scratch));
    if (!epochs.isEmpty()) {
      log.info("Going on behind epoch {} of a training that was stopped", epochs.size());
    }
    Broadcast<HadoopConfiguration> hadoop =
        context.broadcast(new HadoopConfiguration(configuration));
    TunedNetwork network =
        new TunedNetwork(
            fingerprint,
            state,
            data.head.config(backbone.config()).toString(),
            backbone.processor(),
            recipe(),
            hadoop);
    try (TunePictures pictures =
        new TunePictures(context, data.images, network, unchanged(), bytesOfImage())) {
      Tuning tuning = options.tuning();
      TuneEpoch.Settings settings =
          new TuneEpoch.Settings(network, tuning.trainers(), tuning.averageEvery());
      long begun = System.nanoTime();
      int before = epochs.size();
      while (epochs.size() < tuning.epochs() && !isStalled(epochs)) {
        Optional<Epoch> epoch = epoch(settings, epochs, pictures);
        if (epoch.isEmpty()) {
          break;
        }
        epochs.add(epoch.get());
        state.done(epochs, best(epochs).number(), configuration);
        tell(epochs, (System.nanoTime() - begun) / (epochs.size() - before));
      }
      Tuned tuned = measured(settings, epochs, pictures);
      if (isKept(tuned)) {
        write(tuned, checkpoint);
      }
      return result(ofHead, tuned);
    } finally {
      TuneEpoch.release();
      releaseFronts(context);
      hadoop.unpersist();
    }
  }

  /** Images that are asked for in each epoch, as they are. */
  private List<String> unchanged() {
    List<LabelledPath> examples = new ArrayList<>(data.of(Purpose.VALIDATION));
    if (options.tuning().augment() == Strength.NONE) {
      examples.addAll(data.of(Purpose.TRAIN));
    }
    return examples.stream().map(LabelledPath::path).toList();
  }

  private long bytesOfImage() {
    TunableNetwork network =
        Network.of(data.head.config(backbone.config()), data.head.on(backbone.weights())).tunable();
    var grid = network.shape().grid();
    return options.tuning().extent().hasFront()
        ? (long) Float.BYTES * Front.numbers(network)
        : (long) grid.channels() * grid.height() * grid.width();
  }

  /** Of all executors that can be reached; those that can't end with the application. */
  private static void releaseFronts(JavaSparkContext context) {
    TunedNetwork.releaseFront();
    if (context.sc().isStopped() || context.isLocal()) {
      return;
    }
    int tasks = TASKS_PER_SLOT * TaskSlots.of(context.sc());
    try {
      context.parallelize(Collections.nCopies(tasks, 0), tasks).foreach(new ReleaseFront());
    } catch (Exception e) {
      // Spark's own exceptions are checked ones that its methods don't declare.
      log.warn("The frozen blocks stay in the memory of executors: {}", e.toString());
    }
  }

  private static final class ReleaseFront implements VoidFunction<Integer> {
    private static final long serialVersionUID = 1;

    @Override
    public void call(Integer number) {
      TunedNetwork.releaseFront();
    }
  }

  /** Tasks of a barrier stage must all run at once: Spark would wait for executors, and fail. */
  private void checkTrainers() {
    int trainers = options.tuning().trainers();
    int slots = TaskSlots.of(spark.sparkContext());
    int images = data.of(Purpose.TRAIN).size();
    if (trainers > slots) {
      throw new InputException(
          "--trainers is %d, but only %d tasks can run at once: say fewer, or give the job more executors."
              .formatted(trainers, slots));
    }
    if (trainers > images) {
      throw new InputException(
          "--trainers is %d, but there are %d images to train on: say fewer."
              .formatted(trainers, images));
    }
  }

  private static Epoch best(List<Epoch> epochs) {
    Epoch best = epochs.get(0);
    for (Epoch epoch : epochs) {
      best = epoch.isBetterThan(best.score(), best.validationLoss()) ? epoch : best;
    }
    return best;
  }

  private boolean isStalled(List<Epoch> epochs) {
    return !epochs.isEmpty()
        && epochs.size() - best(epochs).number() >= options.tuning().patience();
  }

  private List<Epoch> begin(String fingerprint, Path scratch) throws IOException {
    List<Epoch> done = state.done(fingerprint, configuration);
    if (done.isEmpty()) {
      TensorStore store = data.head.on(backbone.weights());
      List<TensorInfo> tensors =
          store.names().stream()
              .map(name -> new TensorInfo(name, DataType.F32, store.info(name).shape()))
              .toList();
      Path start = scratch.resolve("start.safetensors");
      SafeTensorsFile.write(start, tensors, store::floats, Map.of());
      state.begin(fingerprint, start, configuration);
      Files.delete(start);
    }
    return done;
  }

  /** Of all that the weights depend on. */
  private String fingerprint() {
    StringBuilder text = new StringBuilder();
    text.append(backbone.sha256()).append('\n').append(backbone.originals()).append('\n');
    text.append(recipe()).append(options.tuning()).append(options.fit()).append('\n');
    for (LabelledPath example : data.set.examples()) {
      text.append(example.path())
          .append(' ')
          .append(example.sha256())
          .append(' ')
          .append(example.labels())
          .append(data.parts.get(example.key()))
          .append('\n');
    }
    return Sha256.of(text.toString());
  }

  private Recipe recipe() {
    Tuning tuning = options.tuning();
    return new Recipe(
        tuning.extent(),
        data.set.problemType() == ProblemType.MULTI_LABEL ? Loss.SIGMOID : Loss.SOFTMAX,
        tuning.learningRate(),
        tuning.weightDecay(),
        tuning.layerDecay(),
        tuning.maxGradNorm(),
        tuning.dropPath(),
        tuning.warmupSteps(),
        tuning.schedule(),
        tuning.epochs(),
        tuning.batchSize(),
        options.seed());
  }

  /**
   * Trains an epoch.
   *
   * @return empty where it came to numbers that are none, behind others that did not
   */
  private Optional<Epoch> epoch(
      TuneEpoch.Settings settings, List<Epoch> epochs, TunePictures pictures) {
    int number = epochs.size() + 1;
    List<LabelledPath> trained = data.of(Purpose.TRAIN);
    List<Target> targets = new ArrayList<>();
    List<Long> counts = data.set.counts(data.parts, Purpose.TRAIN);
    List<Item> items = new ArrayList<>();
    for (int image : settings.network().recipe().order(number, trained.size())) {
      int epoch = options.tuning().augment() == Strength.NONE ? 0 : number;
      items.add(new Item(items.size(), trained.get(image).path(), epoch, image));
      targets.add(target(trained.get(image), counts, trained.size()));
    }
    add(items, data.of(Purpose.VALIDATION));
    long step = epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).step();
    Outcome outcome =
        outcome(
            items,
            new TuneEpoch(settings, number, number - 1, step, targets),
            targets.size(),
            "Train epoch %d of %d".formatted(number, options.tuning().epochs()),
            pictures);
    if (!outcome.isFinite()) {
      String diverged =
          "Epoch %d came to numbers that are not finite: the learning rate %s is too high for this model and these images."
              .formatted(number, options.tuning().learningRate());
      if (epochs.isEmpty()) {
        throw new InputException(diverged + " Say a lower --learning-rate.");
      }
      log.warn("{} Training ends with the epochs before it", diverged);
      return Optional.empty();
    }
    Metrics metrics = metrics(outcome.logits(), data.of(Purpose.VALIDATION));
    return Optional.of(
        new Epoch(
            number,
            outcome.loss(),
            TuneResult.number(metrics, TuneResult.scoreName(data.set.problemType())),
            TuneResult.number(metrics, TuneResult.lossName(data.set.problemType())),
            outcome.step()));
  }

  private static void add(List<Item> items, List<LabelledPath> examples) {
    examples.forEach(example -> items.add(new Item(items.size(), example.path(), 0, 0)));
  }

  /**
   * @param trained how many of the items are trained on, the first ones
   */
  private Outcome outcome(
      List<Item> items, TuneEpoch task, int trained, String description, TunePictures pictures) {
    JobDescriptions.say(spark, description);
    Dealt dealt = new Dealt(trained, options.tuning().trainers());
    JavaPairRDD<Integer, Read> sorted = pictures.sorted(items, dealt);
    List<Outcome> shares;
    try {
      // A barrier stage in front of a shuffle is tried again when an executor is lost; the last
      // stage of a job is not.
      JavaRDD<Outcome> outcomes =
          sorted
              .rdd()
              .barrier()
              .mapPartitions(new Same(), false, ClassTag$.MODULE$.apply(Tuple2.class))
              .toJavaRDD()
              .mapPartitions(task)
              .repartition(1);
      shares = new ArrayList<>(outcomes.collect());
      outcomes.rdd().cleanShuffleDependencies(false);
    } finally {
      pictures.done(sorted);
    }
    shares.sort(Comparator.comparingInt(Outcome::trainer));
    for (Outcome share : shares) {
      if (share.place() >= 0) {
        throw new InputException(
            "The image %s can't be tuned with: %s Put it back, and the same command goes on where this one ended.%s"
                .formatted(
                    Location.redacted(items.get(share.place()).path()),
                    share.problem(),
                    options.embeddings().isPresent()
                        ? " Where images are columns of a table, members of archives or other things that a path alone does not lead to, name them with --input, and no --embeddings."
                        : ""));
      }
    }
    double loss = 0;
    for (Outcome share : shares) {
      loss += share.images() * share.loss() / Math.max(1, trained);
    }
    return new Outcome(
        0, trained, loss, shares.get(0).step(), dealt.together(shares, items.size()), "", -1);
  }

  /** In a barrier stage only itself is one; what follows is of the same stage. */
  private static final class Same
      extends AbstractFunction1<Iterator<Tuple2<Integer, Read>>, Iterator<Tuple2<Integer, Read>>>
      implements Serializable {
    @Override
    public Iterator<Tuple2<Integer, Read>> apply(Iterator<Tuple2<Integer, Read>> images) {
      return images;
    }
  }

  /**
   * What an image is to be taken for, and how much it counts; see {@link ClassWeights}.
   *
   * @param counts images to train on by label
   * @param images of them in all
   */
  private Target target(LabelledPath example, List<Long> counts, double images) {
    int labels = data.set.labels().size();
    float[] targets = new float[labels];
    example.labels().forEach(label -> targets[label] = 1);
    boolean several = data.set.problemType() == ProblemType.MULTI_LABEL;
    float[] weights = new float[several ? labels : 1];
    for (int i = 0; i < weights.length; i++) {
      if (options.fit().classWeights() == ClassWeights.NONE) {
        weights[i] = 1;
      } else if (several) {
        double with = targets[i] == 1 ? counts.get(i) : images - counts.get(i);
        weights[i] = (float) (images / (2 * with));
      } else {
        weights[i] = (float) (images / (labels * (double) counts.get(example.labels().get(0))));
      }
    }
    return new Target(targets, weights);
  }

  private Metrics metrics(List<float[]> logits, List<LabelledPath> examples) {
    return HeadMetrics.ofLogits(
        logits,
        examples.stream().map(LabelledPath::labels).toList(),
        data.set.activation(),
        data.set.labels().size());
  }

  private void tell(List<Epoch> epochs, long nanosOfEpoch) {
    Epoch last = epochs.get(epochs.size() - 1);
    MetricName score = TuneResult.scoreName(data.set.problemType());
    long left = (options.tuning().epochs() - last.number()) * nanosOfEpoch;
    log.info(
        String.format(
            Locale.ROOT,
            "Epoch %d of %d: loss %.4f, %s of the validation images %.4f (the head alone %.4f), loss %.4f; at most %s left",
            last.number(),
            options.tuning().epochs(),
            last.loss(),
            score,
            last.score(),
            TuneResult.number(data.headOnValidation, score),
            last.validationLoss(),
            shown(Duration.ofNanos(left))));
  }

  private static String shown(Duration time) {
    return time.toMinutes() > 0 ? time.toMinutes() + " min" : time.toSeconds() + " s";
  }

  private Tuned measured(TuneEpoch.Settings settings, List<Epoch> epochs, TunePictures pictures) {
    Epoch best = best(epochs);
    List<LabelledPath> examples = new ArrayList<>();
    examples.addAll(data.of(Purpose.TRAIN));
    int trained = examples.size();
    examples.addAll(data.of(Purpose.VALIDATION));
    int validated = examples.size();
    examples.addAll(data.of(Purpose.TEST));
    List<Item> items = new ArrayList<>();
    add(items, examples);
    List<float[]> logits =
        outcome(
                items,
                new TuneEpoch(settings, 0, best.number(), best.step(), List.of()),
                0,
                "Measure the best epoch",
                pictures)
            .logits();
    int all = examples.size();
    MetricName score = TuneResult.scoreName(data.set.problemType());
    MetricName loss = TuneResult.lossName(data.set.problemType());
    return new Tuned(
        epochs,
        best,
        best.isBetterThan(
            TuneResult.number(data.headOnValidation, score),
            TuneResult.number(data.headOnValidation, loss)),
        metrics(logits.subList(trained, validated), examples.subList(trained, validated)),
        metrics(logits.subList(0, validated), examples.subList(0, validated)),
        validated == all
            ? Optional.empty()
            : Optional.of(
                metrics(logits.subList(validated, all), examples.subList(validated, all))));
  }

  private boolean isKept(Tuned tuned) {
    return tuned.isBetter() || options.tuning().keep() == Tuning.Keep.TUNED;
  }

  /** What is told of both models; the metrics are those of the one that is written. */
  private TrainResult result(TrainResult ofHead, Tuned tuned) {
    boolean kept = isKept(tuned);
    List<String> notes = new ArrayList<>(ofHead.notes());
    data.set.unvalidated(data.parts).ifPresent(notes::add);
    return new TrainResult(
        ofHead.output(),
        ofHead.problemType(),
        ofHead.labels(),
        ofHead.trained(),
        ofHead.tested(),
        kept ? tuned.onTrained() : ofHead.onTrained(),
        kept ? tuned.onTested() : ofHead.onTested(),
        Optional.of(
            new TuneResult(
                tuned.epochs(),
                tuned.best().number(),
                kept,
                data.of(Purpose.TRAIN).size(),
                data.of(Purpose.VALIDATION).size(),
                data.headOnValidation,
                tuned.onValidation(),
                ofHead.onTested(),
                tuned.onTested())),
        notes);
  }

  /** Writes the checkpoint of the best epoch into a folder of this machine. */
  private void write(Tuned tuned, Path folder) throws IOException {
    Path file = folder.resolveSibling("tuned.safetensors");
    state.get(state.model(tuned.best().number()), file, configuration);
    try (TensorStore weights = SafeTensorsFile.open(file)) {
      ClassifierHead fitted = data.head;
      ClassifierHead head =
          new ClassifierHead(
              fitted.name(),
              fitted.labels(),
              fitted.problemType(),
              fitted.hidden(),
              weights.floats("classifier.weight"),
              weights.floats("classifier.bias"),
              fitted.backbone(),
              fitted.backboneSha256(),
              fitted.positionBias());
      TunedCheckpoint.of(backbone, weights, head).write(folder);
    }
    Files.delete(file);
  }

  /** Deletes the training's state, once its output is in place. */
  void forget() throws IOException {
    state.delete(configuration);
  }
}
