package io.labelmill.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.BuildVersion;
import io.labelmill.checkpoint.ClassifierHead;
import io.labelmill.checkpoint.Originals;
import io.labelmill.checkpoint.PositionBias;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.metric.Metric;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where a head comes from and how good it is: {@code README.md}, the model card that the hub shows,
 * and the same as {@code training/training.json}.
 *
 * @param truthForm in which the labels were found
 * @param trainedWithLabel images of each label that were trained on
 * @param testedWithLabel images of each label that were tested on
 * @param runs that wrote the embeddings
 * @param originals whose pixels, and how relative positions are read: AUTO where all read them
 *     alike
 * @param time when
 */
record ModelCard(
    ClassifierHead head,
    TrainOptions options,
    String truthForm,
    List<Long> trainedWithLabel,
    List<Long> testedWithLabel,
    TrainResult result,
    List<String> runs,
    Originals originals,
    Instant time) {
  String markdown() {
    StringBuilder text = new StringBuilder();
    line(text, "---");
    line(text, "library_name: transformers");
    line(text, "pipeline_tag: image-classification");
    line(text, "tags:");
    line(text, "- image-classification");
    line(text, "---");
    line(text, "");
    line(text, "# %s", head.name());
    line(text, "");
    boolean tuned = result.tuned().filter(TuneResult::isKept).isPresent();
    line(
        text,
        tuned
            ? "The backbone `%s`, tuned with a classifier on it by Labelmill: %s."
            : "A linear classifier on the frozen backbone `%s`, trained by Labelmill: %s.",
        head.backbone(),
        result.problemType() == ProblemType.MULTI_LABEL
            ? "any number of labels an image, a sigmoid each"
            : "one label an image, softmax");
    line(text, "");
    line(text, "## Data");
    line(text, "");
    line(text, "- labels: `%s` (%s)", options.effective().get("truth"), truthForm);
    line(
        text,
        "- images: %s",
        options.embeddings().isPresent()
            ? "embeddings `%s`".formatted(options.effective().get("embeddings"))
            : "`%s`".formatted(options.effective().get("input")));
    line(
        text,
        "- split: `%s`, seed %d: %,d images to train on, %,d to test on; copies of an image are in"
            + " one part",
        options.split().text(),
        options.seed(),
        result.trained(),
        result.tested());
    result.notes().forEach(note -> line(text, "- %s", note));
    line(text, "");
    line(text, "| label | trained on | tested on |");
    line(text, "| --- | --- | --- |");
    for (int i = 0; i < head.labels().size(); i++) {
      line(
          text,
          "| %s | %,d | %,d |",
          head.labels().get(i).replace("|", "\\|"),
          trainedWithLabel.get(i),
          testedWithLabel.get(i));
    }
    line(text, "");
    line(text, "The images of both parts are listed in `training/`, with the SHA-256 of each.");
    line(text, "");
    line(text, "## Settings");
    line(text, "");
    result
        .tuned()
        .ifPresent(
            one ->
                line(text, "%s", new TuneSection(result.problemType(), one, options).settings()));
    line(
        text,
        "%s, %s, on standardised vectors with the standardisation folded into the"
            + " weights; `--reg %s`, `--class-weights %s`.",
        tuned ? "The classifier began as a logistic regression" : "Logistic regression",
        result.problemType() == ProblemType.MULTI_LABEL ? "one binary per label" : "multinomial",
        options.fit().reg(),
        options.fit().classWeights().name().toLowerCase(Locale.ROOT));
    line(text, "");
    line(
        text,
        "Pixels are those of `--resize-backend %s`%s.",
        originals.resizeBackend().word(),
        originals.positionBias() == PositionBias.AUTO
            ? ""
            : ", relative positions are read as with `--position-bias %s`"
                .formatted(originals.positionBias().word()));
    line(text, "");
    result
        .tuned()
        .ifPresent(
            one -> text.append(new TuneSection(result.problemType(), one, options).comparison()));
    line(text, "## Metrics");
    line(text, "");
    if (result.onTested().isEmpty()) {
      line(text, "No image was kept to test on, so how good it is on others is not known.");
      line(text, "");
    }
    line(
        text,
        "| metric |%s on the images trained on |",
        result.onTested().isPresent() ? " on the test images |" : "");
    line(text, "| --- |%s --- |", result.onTested().isPresent() ? " --- |" : "");
    for (MetricName name : TrainResult.headlines(result.problemType())) {
      line(
          text,
          "| %s |%s %s |",
          name,
          result.onTested().map(metrics -> " " + metrics.get(name).shown() + " |").orElse(""),
          result.onTrained().get(name).shown());
    }
    if (result.problemType() == ProblemType.MULTI_LABEL) {
      line(text, "");
      line(text, "A label is assigned when its score is greater than 0.5.");
    }
    line(text, "");
    line(text, "## Provenance");
    line(text, "");
    line(text, "- backbone: `%s`, sha256 `%s`", head.backbone(), head.backboneSha256());
    line(text, "- embeddings: %s", runs.isEmpty() ? "none" : "run " + String.join(", ", runs));
    BuildVersion build = BuildVersion.current();
    line(text, "- trained by Labelmill %s (commit %s)", build.version(), build.commit());
    line(text, "- trained at %s", time.truncatedTo(ChronoUnit.SECONDS));
    return text.toString();
  }

  /** The same for programs, with every metric. */
  String json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.createObjectNode();
    json.put("name", head.name());
    json.put("backbone", head.backbone());
    json.put("backbone_sha256", head.backboneSha256());
    json.put("problem_type", head.problemType().configName());
    ObjectNode configuration = json.putObject("configuration");
    options.effective().forEach(configuration::put);
    json.put("resize_backend", originals.resizeBackend().word());
    if (originals.positionBias() != PositionBias.AUTO) {
      json.put("position_bias", originals.positionBias().word());
    }
    json.put("truth_form", truthForm);
    json.put("images_trained", result.trained());
    json.put("images_tested", result.tested());
    ObjectNode labels = json.putObject("labels");
    for (int i = 0; i < head.labels().size(); i++) {
      labels
          .putObject(head.labels().get(i))
          .put("index", i)
          .put("trained", trainedWithLabel.get(i))
          .put("tested", testedWithLabel.get(i));
    }
    put(json.putObject("metrics_trained"), Optional.of(result.onTrained()));
    put(json.putObject("metrics_tested"), result.onTested());
    result
        .tuned()
        .ifPresent(
            one -> json.set("tuning", new TuneSection(result.problemType(), one, options).json()));
    runs.forEach(json.withArray("embedding_runs")::add);
    result.notes().forEach(json.withArray("notes")::add);
    BuildVersion build = BuildVersion.current();
    json.put("version", build.version());
    json.put("commit", build.commit());
    json.put("trained_at", time.truncatedTo(ChronoUnit.SECONDS).toString());
    return json.toPrettyString() + "\n";
  }

  static void put(ObjectNode json, Optional<Metrics> metrics) {
    metrics.ifPresent(
        all ->
            all.asMap()
                .forEach(
                    (name, metric) -> {
                      if (metric instanceof Metric.Value value) {
                        json.put(name, value.number());
                      }
                    }));
  }

  /** The lists of images in each part: path, content and labels, as CSV. */
  static String list(TrainingSet set, List<LabelledPath> examples, Map<String, String> hashes) {
    ObjectMapper mapper = new ObjectMapper();
    boolean several = set.problemType() == ProblemType.MULTI_LABEL;
    StringBuilder text =
        new StringBuilder("path,sha256,").append(several ? "labels" : "label").append('\n');
    for (LabelledPath example : examples) {
      List<String> names = new ArrayList<>();
      example.labels().forEach(index -> names.add(set.labels().get(index)));
      String labels = several ? mapper.valueToTree(names).toString() : names.get(0);
      text.append(quoted(example.path()))
          .append(',')
          .append(hashes.getOrDefault(example.path(), ""))
          .append(',')
          .append(quoted(labels))
          .append('\n');
    }
    return text.toString();
  }

  private static String quoted(String value) {
    return value.matches("[^\",\\r\\n]*") ? value : "\"" + value.replace("\"", "\"\"") + "\"";
  }

  static void line(StringBuilder text, String format, Object... args) {
    text.append(String.format(Locale.ROOT, format, args)).append('\n');
  }
}
