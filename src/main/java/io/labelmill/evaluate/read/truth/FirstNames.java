package io.labelmill.evaluate.read.truth;

import java.io.Serializable;
import java.util.List;
import java.util.TreeSet;

/** How many there are, and the first of them by name. Not thread-safe. */
public final class FirstNames implements Serializable {
  public static final int NAMES = 20;

  private final TreeSet<String> names = new TreeSet<>();
  private long count;

  public void add(String name) {
    count++;
    keep(name);
  }

  private void keep(String name) {
    names.add(name);
    if (names.size() > NAMES) {
      names.pollLast();
    }
  }

  public FirstNames sum(FirstNames other) {
    count += other.count;
    other.names.forEach(this::keep);
    return this;
  }

  public long count() {
    return count;
  }

  /** The first {@value #NAMES} different names, in order. */
  public List<String> names() {
    return List.copyOf(names);
  }

  /** For a message: the first few, and whether there are others. */
  public String sentence() {
    List<String> few = names().stream().limit(5).toList();
    return String.join(", ", few) + (names.size() > few.size() ? ", …" : "");
  }
}
