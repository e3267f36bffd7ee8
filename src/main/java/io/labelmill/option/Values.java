package io.labelmill.option;

import io.labelmill.error.UsageException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Values of options, wherever they were said. Reading one checks it; what is wrong is collected
 * until {@link #throwIfWrong}, so that a user sees all of it at once. Used by one thread.
 */
public abstract class Values {
  private final Map<Option<?>, Object> values = new HashMap<>();

  private final Set<Option<?>> wrong = new HashSet<>();

  /** Each told once, in the order in which they were found. */
  private final Set<String> problems = new LinkedHashSet<>();

  /** What was given for an option; empty where nothing was, or where there is no such option. */
  protected abstract Optional<Given> given(Option<?> option);

  /** Whether the user gave a value. */
  public boolean isGiven(Option<?> option) {
    return given(option).isPresent();
  }

  /** The value; what holds without the option where none was given, or a wrong one. */
  @SuppressWarnings("unchecked") // An option's value is of its own type.
  public <T> T get(Option<T> option) {
    return (T) values.computeIfAbsent(option, this::read);
  }

  private <T> T read(Option<T> option) {
    Optional<Given> given = given(option);
    if (given.isEmpty()) {
      return option.otherwise();
    }
    try {
      return option.read(given.get());
    } catch (UsageException e) {
      problems.addAll(e.problems());
      wrong.add(option);
      return option.otherwise();
    }
  }

  /** Whether a wrong value was given, in whose place another holds. */
  public boolean isWrong(Option<?> option) {
    get(option);
    return wrong.contains(option);
  }

  /** Adds a problem that several options make together. */
  public void problem(String sentence) {
    problems.add(sentence);
  }

  /**
   * Adds a problem for each of some options that is given though it changes nothing.
   *
   * @param why such as {@code without --sample: add --sample or leave it out}
   */
  public void refuse(Collection<? extends Option<?>> options, String why) {
    options.stream()
        .filter(this::isGiven)
        .forEach(option -> problem(option.name() + " changes nothing " + why));
  }

  /** Runs a check of another package and keeps its problems with the others. */
  public void check(Runnable check) {
    try {
      check.run();
    } catch (UsageException e) {
      problems.addAll(e.problems());
    }
  }

  /**
   * What another package makes of values; its problems are kept with the others.
   *
   * @param otherwise what there is where it complained; may be null
   */
  public <T> T checked(Supplier<T> check, T otherwise) {
    try {
      return check.get();
    } catch (UsageException e) {
      problems.addAll(e.problems());
      return otherwise;
    }
  }

  /**
   * @throws UsageException with everything that was wrong so far
   */
  public void throwIfWrong() {
    if (!problems.isEmpty()) {
      throw new UsageException(new ArrayList<>(problems));
    }
  }

  /**
   * What a reader makes of them.
   *
   * @throws UsageException with everything that is wrong
   */
  public <R> R as(Function<? super Values, R> reader) {
    R read = checked(() -> reader.apply(this), null);
    throwIfWrong();
    return read;
  }
}
