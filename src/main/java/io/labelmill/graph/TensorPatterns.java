package io.labelmill.graph;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of tensors that differ in the number of a layer alone, told as one: {@code
 * vit.encoder.layer.N.output.dense.bias}.
 */
final class TensorPatterns {
  private static final Pattern NUMBER = Pattern.compile("(?<=\\.|^)\\d+(?=\\.|$)");

  /** Patterns that one sentence lists. */
  private static final int SHOWN = 10;

  private TensorPatterns() {}

  /**
   * Tensors of one pattern and shape.
   *
   * @param pattern the name where there is only one
   * @param numbers of the layers; empty where there is only one tensor
   */
  record Group(String pattern, List<Long> shape, List<Integer> numbers) {
    boolean isOne() {
      return numbers.isEmpty();
    }

    /** {@code N is 0 to 11}, or {@code N is one of 3 numbers from 0 to 11}. */
    String range() {
      int first = numbers.get(0);
      int last = numbers.get(numbers.size() - 1);
      return last - first + 1 == numbers.size()
          ? "N is %d to %d".formatted(first, last)
          : "N is one of %d numbers from %d to %d".formatted(numbers.size(), first, last);
    }

    @Override
    public String toString() {
      return "'%s' %s".formatted(pattern, shape) + (isOne() ? "" : " (%s)".formatted(range()));
    }
  }

  /** The group of each name; groups come in the order in which their first names do. */
  static Map<String, Group> of(Map<String, List<Long>> shapes) {
    Map<Group, List<String>> names = new LinkedHashMap<>();
    shapes.forEach(
        (name, shape) ->
            names
                .computeIfAbsent(
                    new Group(NUMBER.matcher(name).replaceFirst("N"), shape, List.of()),
                    key -> new ArrayList<>())
                .add(name));
    Map<String, Group> groups = new LinkedHashMap<>();
    names.forEach(
        (key, members) -> {
          boolean one = members.size() == 1;
          Group group =
              new Group(
                  one ? members.get(0) : key.pattern,
                  key.shape,
                  one ? List.of() : numbers(members));
          members.forEach(name -> groups.put(name, group));
        });
    return groups;
  }

  private static List<Integer> numbers(List<String> names) {
    TreeSet<Integer> numbers = new TreeSet<>();
    for (String name : names) {
      Matcher number = NUMBER.matcher(name);
      if (number.find()) {
        numbers.add((int) Math.min(Long.parseLong(number.group()), Integer.MAX_VALUE));
      }
    }
    return List.copyOf(numbers);
  }

  /** The first groups of many, for a sentence. */
  static String listing(Map<String, Group> groups) {
    List<Group> kinds = groups.values().stream().distinct().toList();
    String first = kinds.stream().limit(SHOWN).map(Group::toString).collect(joining(", "));
    return kinds.size() <= SHOWN
        ? first
        : first + " and %d more kinds".formatted(kinds.size() - SHOWN);
  }
}
