package io.labelmill;

/** The door of every command: {@code jobs/score} and the others arrive here. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {}
}
