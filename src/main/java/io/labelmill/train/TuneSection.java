package io.labelmill.train;

import static io.labelmill.train.ModelCard.line;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.evaluate.metric.Metrics;
import io.labelmill.option.Reader;
import java.util.Locale;
import java.util.Optional;

/** What a model card says of tuning: how, and what came of it beside the head alone. */
record TuneSection(ProblemType problemType, TuneResult result, TrainOptions options) {
  /** One paragraph and a blank line. */
  String settings() {
    Tuning tuning = options.tuning();
    return String.format(
        Locale.ROOT,
        "Tuned with `--tune %s`: AdamW, learning rate %s, %s behind %d steps of warm-up, weight decay %s, layer decay %s, drop path %s, gradients shortened to %s, batches of %d, augmentation `%s`, at most %d epochs, patience %d.%n"
            .replace("%n", "\n"),
        tuning.extent().text(),
        tuning.learningRate(),
        Reader.word(tuning.schedule()),
        tuning.warmupSteps(),
        tuning.weightDecay(),
        tuning.layerDecay(),
        tuning.dropPath(),
        tuning.maxGradNorm(),
        tuning.batchSize(),
        Reader.word(tuning.augment()),
        tuning.epochs(),
        tuning.patience());
  }

  String comparison() {
    StringBuilder text = new StringBuilder();
    line(text, "## Tuning");
    line(text, "");
    line(text, "%s", result.verdict(problemType));
    line(text, "");
    boolean tested = result.onTested().isPresent();
    line(
        text,
        "| metric | head, validation | tuned, validation |%s",
        tested ? " head, test | tuned, test |" : "");
    line(text, "| --- | --- | --- |%s", tested ? " --- | --- |" : "");
    for (MetricName name : TrainResult.headlines(problemType)) {
      line(
          text,
          "| %s | %s | %s |%s",
          name,
          result.headOnValidation().get(name).shown(),
          result.onValidation().get(name).shown(),
          tested
              ? " %s | %s |"
                  .formatted(
                      result.headOnTested().orElseThrow().get(name).shown(),
                      result.onTested().orElseThrow().get(name).shown())
              : "");
    }
    line(text, "");
    line(
        text,
        "Each epoch trained on %,d images; %,d others chose the best of %d epochs, so that their figures flatter it. The head beside it on the validation images was fitted without them, the one on the test images on both.",
        result.images(),
        result.validationImages(),
        result.epochs().size());
    line(text, "");
    line(text, "![Loss and validation metric by epoch](training/%s)", TuneCurves.FILE);
    line(text, "");
    return text.toString();
  }

  ObjectNode json() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("kept", result.isKept());
    json.put("best_epoch", result.best());
    json.put("images", result.images());
    json.put("validation_images", result.validationImages());
    result.epochs().forEach(epoch -> json.withArray("epochs").add(TuneState.node(epoch)));
    put(json, "head_validation", Optional.of(result.headOnValidation()));
    put(json, "tuned_validation", Optional.of(result.onValidation()));
    put(json, "head_tested", result.headOnTested());
    put(json, "tuned_tested", result.onTested());
    return json;
  }

  private static void put(ObjectNode json, String name, Optional<Metrics> metrics) {
    ModelCard.put(json.putObject(name), metrics);
  }
}
