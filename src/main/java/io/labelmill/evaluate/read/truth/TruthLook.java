package io.labelmill.evaluate.read.truth;

import java.io.Serializable;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What one pass over the rows of a truth sees, before it is decided what they stand for. Mergeable;
 * not thread-safe.
 */
final class TruthLook implements Serializable {
  /** Different values up to which all are kept. */
  static final int VALUES = 50_000;

  private static final Pattern IMAGE_NAME =
      Pattern.compile(
          "(?i).*\\.(jpe?g|jpe|jfif|png|gif|bmp|dib|tiff?|webp|heic|heif|avif|jp2|tga|ppm|pgm)$");

  private long rows;
  private long withoutExtension;
  private long withoutLabel;
  private long ofOneItem;
  private long textLists;
  private final Set<String> texts = new TreeSet<>();
  private final Set<String> items = new TreeSet<>();
  private final Set<String> numbers = new TreeSet<>();
  private final NumberLists numberLists = new NumberLists();
  private final NumberLists flagLists = new NumberLists();
  private final FirstNames garbled = new FirstNames();
  private boolean isCut;

  /**
   * @param path null for none
   * @param label as it stands in the truth
   */
  void add(String path, Object label) {
    rows++;
    if (path != null && !isImageName(path)) {
      withoutExtension++;
    }
    LabelValue value = LabelValue.of(label);
    switch (value.kind()) {
      case NONE -> withoutLabel++;
      case TEXT -> {
        keep(texts, value.items().get(0));
      }
      case NUMBER -> keep(numbers, value.items().get(0));
      case TEXTS -> {
        textLists++;
        value.items().forEach(item -> keep(items, item));
      }
      case NUMBERS -> numberLists.add(value.items());
      case FLAGS -> flagLists.add(value.items());
    }
    if (value.items().size() == 1) {
      ofOneItem++;
    }
    if (isGarbled(path) || value.items().stream().anyMatch(TruthLook::isGarbled)) {
      garbled.add(path + " " + String.join(" ", value.items()));
    }
  }

  /** Whether a name ends as those of pictures do. */
  static boolean isImageName(String name) {
    return IMAGE_NAME.matcher(name).matches();
  }

  /** A text of which bytes were no UTF-8. */
  private static boolean isGarbled(String text) {
    return text != null && text.indexOf('\uFFFD') >= 0;
  }

  private void keep(Set<String> kept, String value) {
    if (kept.size() < VALUES) {
      kept.add(value);
    } else {
      isCut |= !kept.contains(value);
    }
  }

  TruthLook sum(TruthLook other) {
    rows += other.rows;
    withoutExtension += other.withoutExtension;
    withoutLabel += other.withoutLabel;
    ofOneItem += other.ofOneItem;
    textLists += other.textLists;
    isCut |= other.isCut;
    other.texts.forEach(text -> keep(texts, text));
    other.items.forEach(item -> keep(items, item));
    other.numbers.forEach(number -> keep(numbers, number));
    numberLists.sum(other.numberLists);
    flagLists.sum(other.flagLists);
    garbled.sum(other.garbled);
    return this;
  }

  long rows() {
    return rows;
  }

  /** Whether no image has a name that ends as a picture's does. */
  boolean hasNoExtensions() {
    return rows > 0 && withoutExtension == rows;
  }

  /** Whether every image has one label, taken that a text is one. */
  boolean isOneEach() {
    return rows > 0 && ofOneItem == rows;
  }

  /** Whether some image has a list of texts. */
  boolean hasTextLists() {
    return textLists > 0;
  }

  /** The different texts that are no lists; the first {@value #VALUES} or so. */
  Set<String> texts() {
    return texts;
  }

  /** The different texts in lists. */
  Set<String> items() {
    return items;
  }

  /** The different numbers that stand alone, in a column of numbers. */
  Set<String> numbers() {
    return numbers;
  }

  NumberLists numberLists() {
    return numberLists;
  }

  NumberLists flagLists() {
    return flagLists;
  }

  /** Rows that hold what is no UTF-8. */
  FirstNames garbled() {
    return garbled;
  }

  /** Whether there are more values than are kept. */
  boolean isCut() {
    return isCut;
  }
}
