package io.labelmill.evaluate.read.truth;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a text that is no list is cut into the names of labels.
 *
 * @param separator regular expression; null where a text is one label
 * @param name of what stands between labels, for a sentence
 */
record TextSplit(String separator, String name) implements Serializable {
  /** A text is one label. */
  static final TextSplit NONE = new TextSplit(null, "nothing");

  static final TextSplit WHITE_SPACE = new TextSplit("\\s+", "white space");

  /** Between numbers. */
  static final TextSplit NUMBERS = new TextSplit("[\\s,;|]+", "blanks or commas");

  /** Between the brackets that Spark writes around words without quotes. */
  private static final TextSplit BRACKETS = new TextSplit("^\\[|\\]$|,", "commas in brackets");

  /** What no name of a label holds, as a rule. */
  private static final List<TextSplit> STRONG = List.of(of("|"), of(";"));

  /** What names of labels do hold, such as ImageNet's. */
  private static final List<TextSplit> WEAK = List.of(of(","), WHITE_SPACE);

  static TextSplit of(String text) {
    return new TextSplit(Pattern.quote(text), text);
  }

  /** The names, stripped; blank ones are none. */
  List<String> parts(String text) {
    if (separator == null) {
      return List.of(text);
    }
    List<String> parts = new ArrayList<>();
    for (String part : text.split(separator, -1)) {
      if (!part.isBlank()) {
        parts.add(part.strip());
      }
    }
    return parts;
  }

  /** All different parts. */
  Set<String> parts(Set<String> texts) {
    return texts.stream()
        .flatMap(text -> parts(text).stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  boolean isNone() {
    return separator == null;
  }

  /**
   * What cuts the texts into most names that are known.
   *
   * @param usual what is taken where others are no better
   * @param isKnown whether a name is one of the model's, or spelt much like it
   */
  static TextSplit known(Set<String> texts, TextSplit usual, Predicate<String> isKnown) {
    TextSplit best = usual;
    double share = share(texts, usual, isKnown);
    for (TextSplit split : candidates(texts)) {
      double other = share(texts, split, isKnown);
      if (other > share) {
        best = split;
        share = other;
      }
    }
    return share > 0 ? best : likely(texts, usual);
  }

  private static double share(Set<String> texts, TextSplit split, Predicate<String> isKnown) {
    Set<String> parts = split.parts(texts);
    return parts.isEmpty() ? 0 : parts.stream().filter(isKnown).count() / (double) parts.size();
  }

  /** None first: a text that is a label as a whole is one. */
  private static List<TextSplit> candidates(Set<String> texts) {
    List<TextSplit> all = new ArrayList<>(List.of(NONE));
    all.addAll(STRONG);
    all.addAll(WEAK);
    if (areBracketed(texts)) {
      all.add(BRACKETS);
    }
    return all;
  }

  private static boolean areBracketed(Set<String> texts) {
    return texts.stream().allMatch(text -> text.startsWith("[") && text.endsWith("]"))
        && texts.stream().anyMatch(text -> text.contains(","));
  }

  /** What stands between labels where nobody knows their names. */
  static TextSplit likely(Set<String> texts, TextSplit usual) {
    for (TextSplit split : STRONG) {
      if (texts.stream().anyMatch(text -> text.contains(split.name()))) {
        return split;
      }
    }
    return areBracketed(texts) ? BRACKETS : usual;
  }

  /**
   * What may stand between labels although names can hold it: where each part of some text is part
   * of another one too, or with white space is all of another one.
   */
  static Optional<TextSplit> doubtful(Set<String> texts) {
    TextSplit commas = WEAK.get(0);
    Set<String> seen = new TreeSet<>();
    Set<String> again = new TreeSet<>();
    for (String text : texts) {
      for (String part : Set.copyOf(commas.parts(text))) {
        if (!seen.add(part)) {
          again.add(part);
        }
      }
    }
    if (texts.stream().anyMatch(text -> isList(commas, text, again))) {
      return Optional.of(commas);
    }
    return texts.stream().anyMatch(text -> isList(WHITE_SPACE, text, texts))
        ? Optional.of(WHITE_SPACE)
        : Optional.empty();
  }

  private static boolean isList(TextSplit split, String text, Set<String> names) {
    List<String> parts = split.parts(text);
    return parts.size() > 1 && names.containsAll(parts);
  }
}
