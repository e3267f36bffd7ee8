package io.labelmill.evaluate.read.truth;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What tells lists of label indices from lists with a 0 or 1 for each label. Mergeable; not
 * thread-safe.
 */
final class NumberLists implements Serializable {
  private long lists;
  private int shortest = Integer.MAX_VALUE;
  private int longest;
  private boolean hasOther;
  private boolean hasFraction;
  private boolean hasRepeat;
  private boolean hasZeroFirst;
  private boolean hasOneFirst;
  private long single;
  private double smallest = Double.POSITIVE_INFINITY;
  private double largest = Double.NEGATIVE_INFINITY;
  private final Set<String> values = new TreeSet<>();

  /**
   * @param items numbers, at least one
   */
  void add(List<String> items) {
    lists++;
    shortest = Math.min(shortest, items.size());
    longest = Math.max(longest, items.size());
    hasRepeat |= items.stream().distinct().count() < items.size();
    hasZeroFirst |= items.get(0).equals("0");
    hasOneFirst |= items.get(0).equals("1");
    if (items.stream().filter("1"::equals).count() == 1) {
      single++;
    }
    for (String item : items) {
      double value = Double.parseDouble(item);
      smallest = Math.min(smallest, value);
      largest = Math.max(largest, value);
      hasOther |= value != 0 && value != 1;
      hasFraction |= value != Math.rint(value);
      keep(item);
    }
  }

  private void keep(String value) {
    if (values.size() < TruthLook.VALUES) {
      values.add(value);
    }
  }

  NumberLists sum(NumberLists other) {
    lists += other.lists;
    shortest = Math.min(shortest, other.shortest);
    longest = Math.max(longest, other.longest);
    hasOther |= other.hasOther;
    hasFraction |= other.hasFraction;
    hasRepeat |= other.hasRepeat;
    hasZeroFirst |= other.hasZeroFirst;
    hasOneFirst |= other.hasOneFirst;
    single += other.single;
    smallest = Math.min(smallest, other.smallest);
    largest = Math.max(largest, other.largest);
    other.values.forEach(this::keep);
    return this;
  }

  long lists() {
    return lists;
  }

  int length() {
    return longest;
  }

  double largest() {
    return largest;
  }

  double smallest() {
    return smallest;
  }

  boolean hasFraction() {
    return hasFraction;
  }

  /** The different numbers, as many as a look keeps. */
  Set<String> values() {
    return values;
  }

  /** Whether the lists could hold a 0 or 1 for each label: zeros and ones, as many in each. */
  boolean canBeFlags() {
    return lists > 0 && !hasOther && shortest == longest;
  }

  /**
   * Whether the lists can be nothing else: no list of indices names a label twice, and none has the
   * same two labels for every image in both orders.
   */
  boolean mustBeFlags() {
    return canBeFlags() && (hasRepeat || (longest == 2 && hasZeroFirst && hasOneFirst));
  }

  /** Whether, read as a 0 or 1 for each label, every list has exactly one label. */
  boolean isOneOfEach() {
    return canBeFlags() && single == lists;
  }
}
