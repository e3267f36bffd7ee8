package io.labelmill.sink;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;

/**
 * All orders in which programs can do what they do with a shared store, step by step. A program
 * that is paused is one that is not chosen for a while, and one that is killed is not chosen any
 * more: what has to hold is looked at after every step, so that orders hold both.
 *
 * <p>Programs are real code over a {@link SteppedFileSystem} and depend on nothing but what the
 * store and their clocks answer. So the state of one is the list of its answers, and its next step
 * is found by running it from its beginning, with these answers, until it asks for one more. States
 * that are reached in several orders are looked at once; orders are counted all the same.
 */
final class Interleavings {
  /** The programs' code, which reads and writes {@code mem:/}. */
  interface Program {
    void run() throws Exception;
  }

  /** What must hold in every state. */
  interface Law {
    /**
     * @param files of the store by path; folders have no content
     * @param ended how each program ended: empty, or what it threw; null while it goes on
     */
    void check(SortedMap<String, String> files, List<String> ended);
  }

  /**
   * What was looked at.
   *
   * @param orders in which all programs come to their ends, as closely as a double tells
   */
  record Explored(int states, double orders) {}

  /** A step on the store. */
  interface Step {
    String on(SortedMap<String, String> files) throws IOException;
  }

  /** Breaks a program off that asks for an answer which is not known yet. */
  private static final class Pause extends Error {
    Pause() {
      super("pause", null, false, false);
    }
  }

  /** Breaks a program off that is where it was before, on another way. */
  private static final class Return extends Error {
    private final transient Position to;

    Return(Position to) {
      super("return", null, false, false);
      this.to = to;
    }
  }

  /** Where a program is: the answers that it was given, and what it does next. */
  private static final class Position {
    final int number;
    final List<String> answers;
    final Map<String, Position> next = new HashMap<>();

    /** Null at the end. */
    Step step;

    /** How many answers a step has that does not touch the store; 0 for one that does. */
    int choices;

    /** Null before the end. */
    String end;

    Position(int number, List<String> answers) {
      this.number = number;
      this.answers = answers;
    }
  }

  /** What laws are told of a state. */
  private record Seen(int files, List<String> ended) {}

  private static final String FAILED = "!";

  /** Enough for all positions of up to three programs, with the number of the files before them. */
  private static final int POSITION_BITS = 16;

  /** An odd number: products are as different as what is multiplied, in all of their bits. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private static Interleavings current;

  private final List<Program> programs;
  private final Law law;

  /** By files and positions. */
  private final Map<Long, Double> orders = new HashMap<>();

  /** By files and a position. */
  private final Map<Long, long[]> steps = new HashMap<>();

  private final List<Position> positions = new ArrayList<>();
  private final Set<Seen> lawful = new HashSet<>();
  private final Map<SortedMap<String, String>, Integer> numbers = new HashMap<>();
  private final List<SortedMap<String, String>> contents = new ArrayList<>();

  /** Of each program, where it knows what. */
  private final List<Map<String, Position>> known = new ArrayList<>();

  /** The program that runs, its places, and the next of its answers. */
  private Position running;

  private Map<String, Position> places;
  private final List<String> passed = new ArrayList<>();

  private int given;

  private Interleavings(List<Program> programs, Law law) {
    this.programs = programs;
    this.law = law;
  }

  /** Looks at all states that programs can reach from a store. */
  static Explored explore(SortedMap<String, String> files, Law law, Program... programs) {
    Interleavings all = new Interleavings(List.of(programs), law);
    current = all;
    int[] beginning = new int[programs.length];
    for (int i = 0; i < programs.length; i++) {
      all.known.add(new HashMap<>());
      beginning[i] = all.position(i, List.of()).number;
    }
    double orders = all.ordersFrom(all.number(files), beginning);
    return new Explored(all.orders.size(), orders);
  }

  private int number(SortedMap<String, String> files) {
    Integer known = numbers.get(files);
    if (known != null) {
      return known;
    }
    SortedMap<String, String> kept = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    numbers.put(kept, contents.size());
    contents.add(kept);
    return contents.size() - 1;
  }

  private double ordersFrom(int files, int... at) {
    long state = files;
    for (int position : at) {
      state = state << POSITION_BITS | position;
    }
    state *= SPREAD;
    Double known = orders.get(state);
    if (known != null) {
      return known;
    }
    List<String> ended = new ArrayList<>();
    for (int position : at) {
      ended.add(positions.get(position).end);
    }
    if (lawful.add(new Seen(files, ended))) {
      law.check(contents.get(files), ended);
    }
    double sum = 0;
    for (int i = 0; i < at.length; i++) {
      for (long next : next(i, files, at[i])) {
        int[] then = at.clone();
        then[i] = (int) next;
        sum += ordersFrom((int) (next >> Integer.SIZE), then);
      }
    }
    double all = Math.max(1, sum);
    orders.put(state, all);
    return all;
  }

  /** Where a step of a program leads: the files in the upper half, the position in the lower. */
  private long[] next(int program, int files, int at) {
    return steps.computeIfAbsent(
        ((long) files << Integer.SIZE | at) * SPREAD, key -> step(program, files, at));
  }

  private long[] step(int program, int files, int at) {
    Position position = positions.get(at);
    if (position.step == null) {
      return new long[0];
    }
    if (position.choices > 0) {
      return IntStream.range(0, position.choices)
          .mapToLong(
              choice ->
                  (long) files << Integer.SIZE | after(program, position, Integer.toString(choice)))
          .toArray();
    }
    SortedMap<String, String> changed = new TreeMap<>(contents.get(files));
    String answer = answer(position.step, changed);
    return new long[] {(long) number(changed) << Integer.SIZE | after(program, position, answer)};
  }

  private static String answer(Step step, SortedMap<String, String> files) {
    try {
      return step.on(files);
    } catch (IOException e) {
      return FAILED + e.getClass().getSimpleName() + ":" + e.getMessage();
    }
  }

  /** Where a program is when it was given an answer. */
  private int after(int program, Position before, String answer) {
    Position after = before.next.get(answer);
    if (after == null) {
      List<String> answers = new ArrayList<>(before.answers);
      answers.add(answer);
      after = position(program, answers);
      before.next.put(answer, after);
    }
    return after.number;
  }

  private Position position(int program, List<String> answers) {
    Position position = new Position(positions.size(), answers);
    if (position.number >> POSITION_BITS != 0
        || contents.size() >> (Long.SIZE - 1 - programs.size() * POSITION_BITS) != 0) {
      throw new IllegalStateException("more states than numbers");
    }
    positions.add(position);
    running = position;
    places = known.get(program);
    given = 0;
    passed.clear();
    try {
      programs.get(program).run();
      position.end = "";
    } catch (Pause e) {
      // It waits for an answer.
    } catch (Return e) {
      // What it knew just before comes to the same.
      passed.forEach(place -> places.put(place, e.to));
      return e.to;
    } catch (Exception e) {
      position.end = e.getClass().getSimpleName() + ": " + e.getMessage();
    }
    if (position.step != null) {
      position.end = null;
      return position;
    }
    if (given != answers.size() || position.end == null) {
      throw new IllegalStateException("The program did otherwise than before: " + position.end);
    }
    return places.computeIfAbsent("end " + position.end, end -> position);
  }

  /**
   * Says all that a program knows from here on: on whatever way it came to know just that, it does
   * the same.
   */
  static void know(String known) {
    current.place(known);
  }

  private void place(String place) {
    if (running.step == null && given == running.answers.size()) {
      Position before = places.putIfAbsent(place, running);
      if (before != null) {
        throw new Return(before);
      }
      passed.add(place);
    }
  }

  /** The answer to a step of the program that runs. */
  static String step(Step step) throws IOException {
    return said(current.next(step, 0));
  }

  /**
   * Anything that a program can't know before, such as the time.
   *
   * @param count of what there may be
   * @return from 0 to below the count; each is tried
   */
  static int choose(int count) {
    return Integer.parseInt(current.next(files -> "", count));
  }

  private String next(Step step, int choices) {
    if (running.step == null && given < running.answers.size()) {
      return running.answers.get(given++);
    }
    if (running.step == null) {
      running.step = step;
      running.choices = choices;
    }
    throw new Pause();
  }

  private static String said(String answer) throws IOException {
    if (!answer.startsWith(FAILED)) {
      return answer;
    }
    String[] failure = answer.substring(1).split(":", 2);
    throw switch (failure[0]) {
      case "FileNotFoundException" -> new FileNotFoundException(failure[1]);
      case "FileAlreadyExistsException" -> new FileAlreadyExistsException(failure[1]);
      default -> new IOException(failure[1]);
    };
  }

  /** What a store holds, for messages. */
  static String text(SortedMap<String, String> files, List<String> ended) {
    return "files %s, runs ended %s".formatted(files, Arrays.toString(ended.toArray()));
  }
}
