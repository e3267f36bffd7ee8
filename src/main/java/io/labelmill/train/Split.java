package io.labelmill.train;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.LabelledImages;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Parts examples. Images of the same content are always in the same part: copies follow the first
 * of them, and a column that parts them is refused.
 */
final class Split {
  private static final int EVERY = 5;
  private static final Set<String> TRAIN = Set.of("train", "training");
  private static final Set<String> TEST = Set.of("test", "testing", "val", "validation", "valid");
  private static final int SHOWN = 5;

  private Split() {}

  /**
   * The part of each example.
   *
   * @param examples in the order of the truth
   * @param order what that order is
   * @param seed chooses other images, for {@link SplitRule.Kind#FRACTION}
   * @return by {@link LabelledPath#key}
   * @throws InputException when a column holds something else than parts, or parts copies
   */
  static Map<String, Purpose> of(
      List<LabelledPath> examples, LabelledImages.Order order, SplitRule rule, long seed) {
    Map<String, Purpose> parts =
        switch (rule.kind()) {
          case NONE -> byContent(examples, i -> Purpose.TRAIN);
          case EVERY_FIFTH -> {
            int first = order == LabelledImages.Order.PATHS ? 0 : EVERY - 1;
            yield byContent(examples, i -> i % EVERY == first ? Purpose.TEST : Purpose.TRAIN);
          }
          case FRACTION -> byShare(examples, rule.testShare(), seed);
          case COLUMN -> byColumn(examples, rule.column());
        };
    return parts;
  }

  private interface Place {
    Purpose part(int number);
  }

  /** By place in the truth; copies follow the first. */
  private static Map<String, Purpose> byContent(List<LabelledPath> examples, Place place) {
    Map<String, Purpose> contents = new HashMap<>();
    Map<String, Purpose> parts = new LinkedHashMap<>();
    for (int i = 0; i < examples.size(); i++) {
      LabelledPath example = examples.get(i);
      Purpose own = place.part(i);
      parts.put(example.key(), contents.computeIfAbsent(content(example), content -> own));
    }
    return parts;
  }

  /** An image of unknown content is only equal to itself. */
  private static String content(LabelledPath example) {
    return example.sha256().isEmpty() ? example.key() : example.sha256();
  }

  /**
   * Of contents in the order of their labels, and of those of the same labels in an order by
   * chance, takes one wherever the running share passes a whole number: every combination of labels
   * gives its share to within one.
   */
  private static Map<String, Purpose> byShare(
      List<LabelledPath> examples, double share, long seed) {
    Map<String, LabelledPath> contents = new LinkedHashMap<>();
    examples.forEach(example -> contents.putIfAbsent(content(example), example));
    record Ranked(String content, String labels, String chance) {}
    List<Ranked> ranked = new ArrayList<>();
    contents.forEach(
        (content, example) ->
            ranked.add(
                new Ranked(content, example.labels().toString(), Sha256.of(seed + " " + content))));
    ranked.sort(Comparator.comparing(Ranked::labels).thenComparing(Ranked::chance));
    Map<String, Purpose> partOf = new HashMap<>();
    // Begins in the middle of a step, so that the rest is rounded and not cut off.
    for (int i = 0; i < ranked.size(); i++) {
      boolean test = Math.floor((i + 1) * share + 0.5) > Math.floor(i * share + 0.5);
      partOf.put(ranked.get(i).content(), test ? Purpose.TEST : Purpose.TRAIN);
    }
    Map<String, Purpose> parts = new LinkedHashMap<>();
    examples.forEach(example -> parts.put(example.key(), partOf.get(content(example))));
    return parts;
  }

  private static Map<String, Purpose> byColumn(List<LabelledPath> examples, String column) {
    Map<String, Purpose> parts = new LinkedHashMap<>();
    Map<String, LabelledPath> contents = new HashMap<>();
    List<String> wrong = new ArrayList<>();
    List<String> copies = new ArrayList<>();
    for (LabelledPath example : examples) {
      String value = example.column().orElse("(null)").strip();
      String word = value.toLowerCase(Locale.ROOT);
      if (!TRAIN.contains(word) && !TEST.contains(word)) {
        wrong.add(value + " (" + example.path() + ")");
        continue;
      }
      Purpose part = TRAIN.contains(word) ? Purpose.TRAIN : Purpose.TEST;
      parts.put(example.key(), part);
      LabelledPath other = contents.putIfAbsent(content(example), example);
      if (other != null && parts.get(other.key()) != part) {
        copies.add(other.path() + " = " + example.path());
      }
    }
    List<String> problems = new ArrayList<>();
    if (!wrong.isEmpty()) {
      problems.add(
          ("The column %s of the truth must hold train or test (or validation), but %s rows hold"
                  + " something else: %s")
              .formatted(column, wrong.size(), some(wrong)));
    }
    if (!copies.isEmpty()) {
      problems.add(
          ("The column %s puts the same image into both parts %s times, so that the test would tell"
                  + " nothing: %s. Put copies into one part.")
              .formatted(column, copies.size(), some(copies)));
    }
    InputException.throwIfAny(problems);
    return parts;
  }

  static String some(List<String> all) {
    return String.join(", ", all.subList(0, Math.min(SHOWN, all.size())))
        + (all.size() > SHOWN ? ", …" : "");
  }
}
