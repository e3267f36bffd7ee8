package io.labelmill.graph.backward;

/** What gradients are called among the outputs of a graph. */
public final class Gradients {
  /** Of the loss by what a part gave: an input of all parts but the last, as large as that is. */
  public static final String OF_OUTPUT = "output.gradient";

  /** Of the loss by what a part took. */
  public static final String OF_INPUT = "input.gradient";

  private Gradients() {}

  /** That of a tensor in that role. */
  public static String of(String role) {
    return role + ".gradient";
  }
}
