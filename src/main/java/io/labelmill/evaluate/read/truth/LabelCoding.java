package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What the labels of a truth stand for, decided once for all of its rows.
 *
 * @param kind names, indices, or a 0 or 1 for each label
 * @param split of texts that are no lists
 * @param classes names by index that the truth itself gives; none where it gives none
 * @param detail clause for what is told of the truth; empty where its form says it all
 */
public record LabelCoding(Kind kind, TextSplit split, List<String> classes, String detail)
    implements Serializable {
  /** Number of values that a sentence shows. */
  private static final int SHOWN = 5;

  enum Kind {
    NAMES,
    INDICES,
    /** The item at place i says whether label i is there. */
    FLAGS
  }

  public LabelCoding {
    classes = List.copyOf(new ArrayList<>(classes));
  }

  /**
   * Decides.
   *
   * @param given what is known of the column before its values are
   * @param known the labels that the truth is compared with; empty where it brings its own
   * @throws InputException where the values can be taken for several things, or for none
   */
  static LabelCoding of(LabelColumn given, TruthLook look, Optional<KnownLabels> known) {
    if (given.classes().isPresent() && look.texts().isEmpty() && look.items().isEmpty()) {
      return ofClasses(given, look);
    }
    if (!look.items().isEmpty()) {
      // Texts beside lists are labels alone, and numbers are names that look so.
      return names(split(given, look.texts(), known));
    }
    if (look.texts().isEmpty()) {
      return ofNumbers(given, look.numbers(), look.numberLists(), look.flagLists(), known);
    }
    TextSplit numbers = given.separator().orElse(TextSplit.NUMBERS);
    boolean areNumbers = numbers.parts(look.texts()).stream().allMatch(LabelCoding::isNumber);
    if (given.isIndex()) {
      return new LabelCoding(Kind.INDICES, numbers, List.of(), "label indices");
    }
    TextSplit split = split(given, look.texts(), known);
    if (!areNumbers
        || known.isEmpty()
        || split.parts(look.texts()).stream().anyMatch(known.get()::knows)) {
      return names(split);
    }
    return ofNumberTexts(given, look, known.get());
  }

  private static LabelCoding names(TextSplit split) {
    return new LabelCoding(
        Kind.NAMES, split, List.of(), split.isNone() ? "" : "labels separated by " + split.name());
  }

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,9}(\\.0*)?");
  }

  private static TextSplit split(
      LabelColumn given, Set<String> texts, Optional<KnownLabels> known) {
    if (given.separator().isPresent()) {
      return given.separator().get();
    }
    TextSplit usual = given.usual();
    if (known.isPresent()) {
      return TextSplit.known(texts, usual, known.get()::resembles);
    }
    TextSplit likely = TextSplit.likely(texts, usual);
    if (likely.isNone()) {
      TextSplit.doubtful(texts)
          .ifPresent(
              split -> {
                throw new InputException(
                    given.of("labels that may be several with ")
                        + split.name()
                        + " between them, or one whose name holds it: say --label-separator '"
                        + (split.equals(TextSplit.WHITE_SPACE) ? " " : split.name())
                        + "' for several, or name anything that stands in none of them for one.");
              });
    }
    return likely;
  }

  private static LabelCoding ofClasses(LabelColumn given, TruthLook look) {
    List<String> classes = given.classes().get();
    Set<String> indices = new LinkedHashSet<>(look.numbers());
    indices.addAll(look.numberLists().values());
    List<String> wrong =
        indices.stream()
            // Hugging Face's -1 is no class.
            .filter(text -> !text.equals("-1") && !isIndex(text, classes.size()))
            .toList();
    if (!wrong.isEmpty()) {
      throw new InputException(
          given.of("label indices that are none of its " + classes.size() + " classes: ")
              + some(wrong)
              + ".");
    }
    return new LabelCoding(
        Kind.INDICES, TextSplit.NONE, classes, "the names of classes from its own features");
  }

  /** Of a text with numbers in it, as CSV has them. */
  private static LabelCoding ofNumberTexts(LabelColumn given, TruthLook look, KnownLabels known) {
    TextSplit split = given.separator().orElseGet(() -> ofNumbers(look.texts()));
    Set<String> singles = new TreeSet<>();
    NumberLists lists = new NumberLists();
    lists.sum(look.numberLists());
    for (String text : look.texts()) {
      List<String> items = split.parts(text).stream().map(LabelCoding::whole).toList();
      if (items.size() == 1) {
        singles.add(items.get(0));
      } else {
        lists.add(items);
      }
    }
    if (!split.isNone()) {
      singles.forEach(single -> lists.add(List.of(single)));
      singles.clear();
    }
    LabelCoding coding = ofNumbers(given, singles, lists, new NumberLists(), Optional.of(known));
    return new LabelCoding(
        coding.kind(),
        split,
        List.of(),
        coding.kind() == Kind.FLAGS ? coding.detail() : "numbers taken as label indices");
  }

  /** What stands between numbers. */
  private static TextSplit ofNumbers(Set<String> texts) {
    return texts.stream().allMatch(LabelCoding::isNumber) ? TextSplit.NONE : TextSplit.NUMBERS;
  }

  private static String whole(String text) {
    return isNumber(text) ? LabelValue.shortest(Double.valueOf(text)) : text;
  }

  private static LabelCoding ofNumbers(
      LabelColumn given,
      Set<String> singles,
      NumberLists lists,
      NumberLists flags,
      Optional<KnownLabels> known) {
    List<String> fractions = new ArrayList<>(singles);
    fractions.addAll(lists.values());
    fractions.removeIf(text -> Double.parseDouble(text) == Math.rint(Double.parseDouble(text)));
    if (!fractions.isEmpty()) {
      throw new InputException(
          given.of("labels that are no whole numbers, such as ")
              + some(fractions)
              + ": a label is there or is not. Give names, indices, or a 0 or 1 for each label.");
    }
    if (flags.lists() > 0) {
      NumberLists all = new NumberLists().sum(flags).sum(lists);
      return flags(given, all, known);
    }
    if (!given.isIndex()
        && lists.canBeFlags()
        && singles.isEmpty()
        && mayBeFlags(given, lists, known)) {
      return flags(given, lists, known);
    }
    known.ifPresent(labels -> checkIndices(given, singles, lists, labels));
    return new LabelCoding(Kind.INDICES, TextSplit.NONE, List.of(), "label indices");
  }

  /** Whether zeros and ones stand for labels by their places, not for the labels 0 and 1. */
  private static boolean mayBeFlags(
      LabelColumn given, NumberLists lists, Optional<KnownLabels> known) {
    int labels = known.map(KnownLabels::size).orElse(lists.length());
    if (lists.length() != labels && !lists.mustBeFlags()) {
      return false;
    }
    if (lists.mustBeFlags() || (labels == 1 && lists.largest() == 1)) {
      return true;
    }
    if (known.isEmpty()) {
      return false;
    }
    throw new InputException(
        "%s, as label indices or as a 0 or 1 for each label: give the names of labels, or put indices into a column label_index."
            .formatted(given.of("lists of zeros and ones that can be taken two ways")));
  }

  private static LabelCoding flags(
      LabelColumn given, NumberLists lists, Optional<KnownLabels> known) {
    if (!lists.canBeFlags()
        || known.filter(labels -> labels.size() != lists.length()).isPresent()) {
      throw new InputException(
          given.of("lists of zeros and ones, a place for each label as it seems")
              + (lists.canBeFlags()
                  ? " of %s, but the model has %s labels"
                      .formatted(lists.length(), known.get().size())
                  : ", but they are not of one length")
              + ": give the names of labels, or a column for each of them.");
    }
    return new LabelCoding(
        Kind.FLAGS, TextSplit.NONE, List.of(), "a 0 or 1 for each label (multi-hot)");
  }

  private static void checkIndices(
      LabelColumn given, Set<String> singles, NumberLists lists, KnownLabels known) {
    Set<String> all = new LinkedHashSet<>(singles);
    all.addAll(lists.values());
    List<String> wrong =
        all.stream()
            .filter(text -> known.names().index(text) == null && !isIndex(text, known.size()))
            .toList();
    if (!wrong.isEmpty()) {
      throw new InputException(
          given.of("label indices that the model does not have: ")
              + some(wrong)
              + ". Its indices are 0 to "
              + (known.size() - 1)
              + (all.contains("0") ? "" : ", not from 1 up")
              + ": give the names of labels, or map these with --label-map.");
    }
    if (!given.isIndex()
        && all.stream().allMatch(known::knows)
        && all.stream().anyMatch(known::isNameOfAnother)) {
      throw new InputException(
          given.of("numbers that are indices and names of the model's labels at once, such as ")
              + some(all.stream().filter(known::isNameOfAnother).toList())
              + ": put indices into a column label_index, or give names as texts.");
    }
  }

  private static boolean isIndex(String text, int labels) {
    return text.matches("[0-9]{1,8}") && Integer.parseInt(text) < labels;
  }

  private static String some(List<String> all) {
    return String.join(", ", all.subList(0, Math.min(SHOWN, all.size())))
        + (all.size() > SHOWN ? ", …" : "");
  }

  /** Whether {@link #labels} gives indices rather than names. */
  public boolean hasIndices() {
    return kind != Kind.NAMES && classes.isEmpty();
  }

  /** Whether a place stands for a label, so that the truth tells none of their names. */
  boolean hasPlaces() {
    return kind == Kind.FLAGS;
  }

  /**
   * The labels of one image: names, or indices in decimal.
   *
   * @param cell as it stands in the truth
   */
  public List<String> labels(Object cell) {
    List<String> items = items(cell);
    if (kind == Kind.FLAGS) {
      return IntStream.range(0, items.size())
          .filter(i -> items.get(i).equals("1"))
          .mapToObj(Integer::toString)
          .toList();
    }
    if (classes.isEmpty()) {
      return items;
    }
    return items.stream()
        .filter(text -> isIndex(text, classes.size()))
        .map(text -> classes.get(Integer.parseInt(text)))
        .toList();
  }

  private List<String> items(Object cell) {
    LabelValue value = LabelValue.of(cell);
    if (value.kind() != LabelValue.Kind.TEXT) {
      return value.items();
    }
    List<String> parts = split.parts(value.items().get(0));
    return kind == Kind.NAMES ? parts : parts.stream().map(LabelCoding::whole).toList();
  }

  /** How many different labels the look saw. */
  long count(TruthLook look) {
    if (kind == Kind.FLAGS) {
      return lists(look).length();
    }
    Set<String> all = new TreeSet<>();
    look.texts().forEach(text -> all.addAll(labels(text)));
    all.addAll(look.items());
    look.numbers().forEach(number -> all.addAll(labels(Long.valueOf(number))));
    look.numberLists().values().forEach(number -> all.addAll(labels(Long.valueOf(number))));
    return all.size();
  }

  /** Whether an image may have any number of labels, as far as the look saw. */
  boolean isMultiLabel(TruthLook look) {
    if (kind == Kind.FLAGS) {
      return !lists(look).isOneOfEach();
    }
    return !split.isNone() || look.hasTextLists() || look.numberLists().lists() > 0;
  }

  private NumberLists lists(TruthLook look) {
    NumberLists lists = new NumberLists().sum(look.numberLists()).sum(look.flagLists());
    look.texts().forEach(text -> lists.add(items(text)));
    return lists;
  }
}
