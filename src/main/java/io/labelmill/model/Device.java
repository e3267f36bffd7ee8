package io.labelmill.model;

import java.io.Serializable;

/**
 * Where a session runs.
 *
 * @param kind processor or GPU
 * @param ordinal the GPU's number as the driver of the card counts them; 0 on a processor
 */
public record Device(Kind kind, int ordinal) implements Serializable {
  /** The kinds of device that sessions are opened on. */
  public enum Kind {
    CPU,
    GPU
  }

  public static final Device CPU = new Device(Kind.CPU, 0);

  public static Device gpu(int ordinal) {
    return new Device(Kind.GPU, ordinal);
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "gpu:" + ordinal;
  }
}
