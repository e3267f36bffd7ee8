package io.labelmill.option;

import io.labelmill.error.Suggestion;
import io.labelmill.error.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What becomes of the text of an option.
 *
 * @param type of a param of Spark ML: {@code String}, {@code int}, {@code long} or {@code boolean}
 * @param words all that it may be; empty where that is no list
 * @param reading throws {@link UsageException} for what is wrong
 */
public record Reader<T>(Class<?> type, List<String> words, Function<Given, T> reading) {
  private static final Reader<String> TEXT =
      new Reader<>(
          String.class,
          List.of(),
          given -> {
            if (given.text().isBlank()) {
              throw new UsageException(given.origin() + " is empty");
            }
            return given.text();
          });

  private static <T> Reader<T> of(Class<?> type, Function<Given, T> reading) {
    return new Reader<>(type, List.of(), reading);
  }

  T read(Given given) {
    return reading.apply(given);
  }

  /** What a function of another package makes of the value, which may refuse it. */
  public <U> Reader<U> map(Function<? super T, ? extends U> function) {
    return new Reader<>(type, words, given -> function.apply(read(given)));
  }

  /** The same, whose values are these words alone. */
  public Reader<T> oneOf(List<String> all) {
    return new Reader<>(type, all, reading);
  }

  /** As it is, unless it is blank. */
  public static Reader<String> text() {
    return TEXT;
  }

  /** As it is, and be it blank. */
  public static Reader<String> raw() {
    return of(String.class, Given::text);
  }

  /** As they are, of an option that may stand several times. */
  static Reader<List<String>> texts() {
    return of(String.class, Given::texts);
  }

  /** What a function makes of the text without blanks around it. */
  public static <T> Reader<T> parsed(Function<String, T> function) {
    return TEXT.map(text -> function.apply(text.strip()));
  }

  /** The elements of one value, commas between them. */
  public static Reader<List<String>> commaSeparated() {
    return of(
        String.class,
        given ->
            Arrays.stream(given.text().split(",", -1))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList());
  }

  static Reader<Boolean> onOrOff() {
    return of(
        boolean.class,
        given -> {
          if (!given.text().equals("true") && !given.text().equals("false")) {
            throw new UsageException(
                given.origin() + " is " + given.text() + ": write true or false");
          }
          return given.text().equals("true");
        });
  }

  public static Reader<Integer> integer(int min, int max) {
    return of(int.class, given -> Math.toIntExact(wholeNumber(given, min, max)));
  }

  public static Reader<Long> wholeNumber(long min, long max) {
    return of(long.class, given -> wholeNumber(given, min, max));
  }

  private static long wholeNumber(Given given, long min, long max) {
    String text = given.text().strip();
    long number;
    try {
      number = Long.parseLong(text.replace("_", ""));
    } catch (NumberFormatException e) {
      throw new UsageException(given.origin() + " is " + text + ", not a whole number");
    }
    if (number < min || number > max) {
      throw new UsageException(
          "%s is %s: it must be %d %s"
              .formatted(
                  given.origin(),
                  text,
                  min,
                  max == Long.MAX_VALUE || max == Integer.MAX_VALUE ? "or more" : "to " + max));
    }
    return number;
  }

  /** A number from 0 to 1. */
  public static Reader<Double> fraction() {
    return of(double.class, given -> number(given, 0, 1, "0 to 1"));
  }

  /** A finite number that is not below a limit. */
  public static Reader<Double> atLeast(int min) {
    return of(double.class, given -> number(given, min, Double.MAX_VALUE, min + " or more"));
  }

  private static double number(Given given, double min, double max, String range) {
    String text = given.text().strip();
    double number;
    try {
      number = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new UsageException(given.origin() + " is " + text + ", not a number");
    }
    if (!(number >= min && number <= max)) {
      throw new UsageException(given.origin() + " is " + text + ": it must be " + range);
    }
    return number;
  }

  /** One of some constants of an enum, written in lower case with hyphens. */
  static <E extends Enum<E>> Reader<E> constants(List<E> constants) {
    List<String> words = constants.stream().map(Reader::word).toList();
    return choice(words).map(word -> constants.get(words.indexOf(word)));
  }

  public static Reader<String> choice(List<String> words) {
    return Reader.<String>of(
            String.class,
            given -> {
              String text = given.text().strip();
              if (!words.contains(text)) {
                throw new UsageException(
                    "%s is %s: it must be %s.%s"
                        .formatted(
                            given.origin(),
                            text,
                            either(words),
                            Suggestion.didYouMean(text, words)));
              }
              return text;
            })
        .oneOf(words);
  }

  /** Two words or more as a sentence lists them: {@code a, b or c}. */
  public static String either(List<String> words) {
    int last = words.size() - 1;
    return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  /** How a constant is written. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
