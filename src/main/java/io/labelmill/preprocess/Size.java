package io.labelmill.preprocess;

import java.io.Serializable;

/** Width and height in pixels. */
public record Size(int width, int height) implements Serializable {
  @Override
  public String toString() {
    return width + "x" + height;
  }
}
