package io.labelmill.option;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Values that a program says: each option as it is without it, but for those that are set.
 *
 * <pre>{@code
 * SourceOptions options =
 *     new Settings().with(SourceOptions.INPUT, List.of("photos/")).as(SourceOptions::read);
 * }</pre>
 */
public final class Settings extends Values {
  private final Map<Option<?>, Object> set;

  public Settings() {
    this(Map.of());
  }

  private Settings(Map<Option<?>, Object> set) {
    this.set = set;
  }

  /** These and one more. */
  public <T> Settings with(Option<T> option, T value) {
    Map<Option<?>, Object> more = new HashMap<>(set);
    more.put(option, value);
    return new Settings(more);
  }

  @Override
  public boolean isGiven(Option<?> option) {
    return set.containsKey(option);
  }

  @Override
  @SuppressWarnings("unchecked") // An option's value is of its own type.
  public <T> T get(Option<T> option) {
    return set.containsKey(option) ? (T) set.get(option) : option.otherwise();
  }

  @Override
  protected Optional<Given> given(Option<?> option) {
    return Optional.empty();
  }
}
