package io.labelmill.option;

import io.labelmill.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An option, said once: a flag on the command line; without its dashes a key in a configuration
 * file; a keyword of the Python package; and a param of the stages of Spark ML, where they have it.
 *
 * @param <T> what its value is where it is used
 * @param name with its two dashes
 * @param parameter what stands behind it, as help shows it; empty for a switch
 * @param meaning one phrase, with the unit
 * @param defaultText what holds without it; empty where there is nothing to say
 * @param need whether a command runs without it
 * @param reader what becomes of what was given
 * @param otherwise the value that holds without it
 */
public record Option<T>(
    String name,
    String parameter,
    String meaning,
    Optional<String> defaultText,
    Need need,
    Reader<T> reader,
    T otherwise) {
  /** How often an option is given. */
  public enum Need {
    REQUIRED,
    OPTIONAL,
    /** Any number of times; in a configuration file its values are separated by bars. */
    REPEATABLE,
    /** Required, any number of times. */
    REQUIRED_REPEATABLE,
    /** Without a value; in a configuration file {@code true} or {@code false}. */
    SWITCH
  }

  /** A text without which nothing runs; empty where it is missing nevertheless. */
  public static Option<String> required(String name, String parameter, String meaning) {
    return required(name, parameter, meaning, Reader.text(), "");
  }

  /** The same of what is made of a text. */
  public static <T> Option<T> required(
      String name, String parameter, String meaning, Reader<T> reader, T lack) {
    return new Option<>(name, parameter, meaning, Optional.empty(), Need.REQUIRED, reader, lack);
  }

  /** One that has no value where it is not given. */
  public static <T> Option<Optional<T>> optional(
      String name, String parameter, String meaning, Reader<T> reader) {
    return optional(name, parameter, meaning, reader.map(Optional::of), Optional.empty());
  }

  /** One whose lack is a value of its own, such as an empty list. */
  public static <T> Option<T> optional(
      String name, String parameter, String meaning, Reader<T> reader, T lack) {
    return new Option<>(name, parameter, meaning, Optional.empty(), Need.OPTIONAL, reader, lack);
  }

  /**
   * One that has a default.
   *
   * @param text the default as a user would write it
   */
  public static <T> Option<T> withDefault(
      String name, String parameter, String meaning, Reader<T> reader, String text) {
    T value = reader.read(new Given(List.of(text), name));
    return new Option<>(name, parameter, meaning, Optional.of(text), Need.OPTIONAL, reader, value);
  }

  public static <E extends Enum<E>> Option<E> choice(String name, String meaning, E otherwise) {
    List<E> all = List.of(otherwise.getDeclaringClass().getEnumConstants());
    return choice(name, meaning, all, otherwise);
  }

  public static <E extends Enum<E>> Option<E> choice(
      String name, String meaning, List<E> constants, E otherwise) {
    Reader<E> reader = Reader.constants(constants);
    String words = String.join("|", reader.words());
    return withDefault(name, words, meaning, reader, Reader.word(otherwise));
  }

  public static <E extends Enum<E>> Option<Optional<E>> choice(
      String name, String meaning, Class<E> type) {
    Reader<E> reader = Reader.constants(List.of(type.getEnumConstants()));
    return optional(name, String.join("|", reader.words()), meaning, reader);
  }

  /** One of some of them, or {@code auto}, which leaves the choice to who knows more. */
  public static <E extends Enum<E>> Option<Optional<E>> autoOr(
      String name, String meaning, List<E> constants) {
    List<String> words = new ArrayList<>(List.of("auto"));
    constants.forEach(constant -> words.add(Reader.word(constant)));
    Reader<Optional<E>> reader =
        Reader.choice(words)
            .map(word -> constants.stream().filter(c -> Reader.word(c).equals(word)).findFirst());
    return withDefault(name, String.join("|", words), meaning, reader, "auto");
  }

  /** Texts; none where it is not given. */
  public static Option<List<String>> repeatable(String name, String parameter, String meaning) {
    return new Option<>(
        name, parameter, meaning, Optional.empty(), Need.REPEATABLE, Reader.texts(), List.of());
  }

  /** Off unless it is given. */
  public static Option<Boolean> toggle(String name, String meaning) {
    return toggle(name, meaning, true, false);
  }

  /** The same of two values. */
  public static <T> Option<T> toggle(String name, String meaning, T on, T off) {
    Reader<T> reader = Reader.onOrOff().map(isOn -> isOn ? on : off);
    return new Option<>(name, "", meaning, Optional.empty(), Need.SWITCH, reader, off);
  }

  /** With words for what holds without it, where that is no value that a user could write. */
  public Option<T> orElse(String text) {
    return new Option<>(name, parameter, meaning, Optional.of(text), need, reader, otherwise);
  }

  public Option<T> atLeastOnce() {
    return new Option<>(
        name, parameter, meaning, defaultText, Need.REQUIRED_REPEATABLE, reader, otherwise);
  }

  /** The same of a command that needs other words for it. */
  public Option<T> meaning(String other) {
    return new Option<>(name, parameter, other, defaultText, need, reader, otherwise);
  }

  /** The same under another name. */
  public Option<T> named(String other) {
    return new Option<>(other, parameter, meaning, defaultText, need, reader, otherwise);
  }

  /** The key in a configuration file. */
  public String key() {
    return name.substring(2);
  }

  /** The name of a param of Spark ML, such as {@code pathColumn}. */
  public String param() {
    StringBuilder param = new StringBuilder();
    for (String word : key().split("-", -1)) {
      param.append(
          param.isEmpty()
              ? word
              : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
    }
    return param.toString();
  }

  public boolean isRequired() {
    return need == Need.REQUIRED || need == Need.REQUIRED_REPEATABLE;
  }

  public boolean isRepeatable() {
    return need == Need.REPEATABLE || need == Need.REQUIRED_REPEATABLE;
  }

  /** Of one name, and read the same way: help of two commands may have other words for it. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Option<?> option
        && name.equals(option.name)
        && reader.equals(option.reader);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  /**
   * The value of what was given.
   *
   * @throws UsageException when it is wrong
   */
  public T read(Given given) {
    return reader.read(given);
  }

  /** The default where it is one that a user could write; empty where it is none. */
  public Optional<String> defaultValue() {
    return need == Need.SWITCH
        ? Optional.of("false")
        : defaultText.filter(text -> isRead(text, otherwise));
  }

  private boolean isRead(String text, T value) {
    try {
      return read(new Given(List.of(text), name)).equals(value);
    } catch (UsageException e) {
      return false;
    }
  }
}
