package io.labelmill.evaluate.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.evaluate.pass.Evaluated;
import io.labelmill.evaluate.pass.GalleryImages;
import io.labelmill.evaluate.pass.ImageVerdict;
import io.labelmill.evaluate.read.truth.LabelUniverse;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Images that the report shows, with their labels and what their scores say. */
record ExampleCards(Evaluated first, Optional<Thumbnails> thumbnails) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Which label of several a picture is shown for. */
  private enum Doubt {
    /** The one most wrong. */
    FARTHEST,
    /** The one closest to its threshold. */
    CLOSEST
  }

  void putGalleries(ObjectNode data) {
    ArrayNode galleries = data.putArray("galleries");
    ObjectNode worst = galleries.addObject().put("title", "Worst mistakes");
    worst.put(
        "explanation",
        first.judgement().multiLabel()
            ? "Wrong images by their loss over all labels."
            : "Wrong images, the surest first.");
    images(worst.putArray("images"), first.state().worst.entries(), Doubt.FARTHEST);
    ObjectNode uncertain = galleries.addObject().put("title", "Least certain");
    uncertain.put(
        "explanation",
        first.judgement().multiLabel()
            ? "A label's score lies closest to its threshold."
            : "The two best scores lie closest together.");
    images(uncertain.putArray("images"), first.state().leastCertain.entries(), Doubt.CLOSEST);
  }

  private void images(ArrayNode cards, List<GalleryImages.Entry> entries, Doubt doubt) {
    LabelUniverse labels = first.labels();
    for (GalleryImages.Entry entry : entries) {
      ImageVerdict verdict = entry.verdict();
      ObjectNode card =
          card(cards, entry.path(), IntStream.of(entry.truth()).mapToObj(labels::name).toList());
      prediction(
          card, "predicted", IntStream.of(verdict.predicted()).mapToObj(labels::name).toList());
      ArrayNode facts = card.withArray("facts");
      if (first.judgement().multiLabel()) {
        if (doubt == Doubt.FARTHEST && verdict.doubtfulLabel() >= 0) {
          fact(
              facts,
              "farthest",
              labels.name(verdict.doubtfulLabel()) + " at " + text(verdict.score()));
        } else if (doubt == Doubt.CLOSEST && verdict.closestLabel() >= 0) {
          fact(
              facts,
              "closest",
              labels.name(verdict.closestLabel()) + " at " + text(verdict.closestScore()));
        }
        fact(facts, "loss", text(verdict.loss()));
      } else {
        fact(facts, "score", text(verdict.score()));
        if (!verdict.correct()) {
          fact(facts, "of truth", text(verdict.truthScore()));
        }
      }
    }
  }

  ObjectNode card(ArrayNode cards, String path, List<String> truth) {
    ObjectNode card = ReportParts.card(cards, path);
    truth.forEach(card.withArray("truth")::add);
    Thumbnails.Thumbnail thumbnail =
        thumbnails
            .map(all -> all.of(path))
            .orElseGet(() -> new Thumbnails.Thumbnail(null, "no pictures asked for"));
    card.put("thumbnail", thumbnail.uri());
    card.put("problem", thumbnail.problem());
    return card;
  }

  static void prediction(ObjectNode card, String by, List<String> labels) {
    card.withArray("predictions").addObject().put("by", by).set("labels", JSON.valueToTree(labels));
  }

  private static void fact(ArrayNode facts, String name, String text) {
    facts.addArray().add(name).add(text);
  }

  static String text(double value) {
    return Double.isNaN(value) ? "not known" : String.format(Locale.ROOT, "%.4f", value);
  }
}
