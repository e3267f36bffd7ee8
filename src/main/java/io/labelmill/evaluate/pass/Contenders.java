package io.labelmill.evaluate.pass;

import io.labelmill.table.Location;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** What is the same of all that an evaluation compares, whatever it measures. */
public final class Contenders {
  private Contenders() {}

  /** The runs of each table that contend; of no run in particular where none is named. */
  public static List<Optional<String>> runs(List<String> named) {
    return named.isEmpty() ? List.of(Optional.empty()) : named.stream().map(Optional::of).toList();
  }

  /**
   * Contenders of one name are told apart by their tables.
   *
   * @param location of a contender's table
   * @param named a contender by another name
   */
  public static <C> List<C> distinct(
      List<C> contenders,
      Function<C, String> name,
      Function<C, String> location,
      BiFunction<C, String, C> named) {
    List<String> names = contenders.stream().map(name).toList();
    return contenders.stream()
        .map(
            one -> {
              String own = name.apply(one);
              boolean isShared = names.indexOf(own) != names.lastIndexOf(own);
              String table = Location.of(location.apply(one)).name();
              return isShared ? named.apply(one, own + " · " + table) : one;
            })
        .toList();
  }
}
