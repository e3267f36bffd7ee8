package io.labelmill.checkpoint;

import io.labelmill.checkpoint.OnnxFile.Port;
import io.labelmill.error.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A folder's {@code model.onnx} that is run as it is: one input {@code pixel_values}, float32
 * [images, 3, height, width], and float32 outputs, the images being the first axis. Any axis may be
 * left open.
 */
public record ReadyGraph(OnnxFile onnx) {
  static final String PIXEL_VALUES = "pixel_values";
  static final String LOGITS = "logits";

  /**
   * @throws InputException with all that is wrong with its inputs and outputs
   */
  public ReadyGraph {
    List<String> problems = new ArrayList<>();
    String file = onnx.file().toString();
    if (onnx.inputs().size() != 1 || !onnx.inputs().get(0).name().equals(PIXEL_VALUES)) {
      problems.add(
          "%s takes %s; it must take one input, pixel_values."
              .formatted(file, listing(onnx.inputs())));
    } else {
      checkInput(file, onnx.inputs().get(0), problems);
    }
    if (onnx.outputs().stream().noneMatch(output -> output.name().equals(LOGITS))) {
      problems.add(
          "%s gives %s; an output must be called logits.".formatted(file, listing(onnx.outputs())));
    }
    for (Port output : onnx.outputs()) {
      if (!output.type().equals("float")) {
        problems.add(
            "%s gives %s; outputs must be of type float.".formatted(file, output.description()));
      } else if (output.name().equals(LOGITS)
          && output.shape().size() != 2
          && output.shape().size() != 4) {
        problems.add(
            "%s gives %s; logits must be [images, labels], or [images, labels, rows, columns] of points."
                .formatted(file, output.description()));
      }
    }
    InputException.throwIfAny(problems);
  }

  private static void checkInput(String file, Port input, List<String> problems) {
    List<Long> shape = input.shape();
    if (!input.type().equals("float")) {
      problems.add(
          "%s takes %s; pixel_values must be of type float.".formatted(file, input.description()));
    }
    if (shape.size() != 4 || !isAny(shape.get(1), 3)) {
      problems.add(
          "%s takes %s; pixel_values must be [images, 3, height, width]."
              .formatted(file, input.description()));
    } else if (!isAny(shape.get(0), 1)) {
      problems.add(
          "%s takes %s, %d images a pass and no other number: export it with an open first axis."
              .formatted(file, input.description(), shape.get(0)));
    }
  }

  private static boolean isAny(long size, long wanted) {
    return size == Port.DYNAMIC || size == wanted;
  }

  private static String listing(List<Port> ports) {
    return ports.isEmpty()
        ? "nothing"
        : String.join(", ", ports.stream().map(Port::description).toList());
  }

  private Port input() {
    return onnx.inputs().get(0);
  }

  private static OptionalInt fixed(long size) {
    return size == Port.DYNAMIC ? OptionalInt.empty() : OptionalInt.of(Math.toIntExact(size));
  }

  /** Images that a pass takes at most; empty for any number. */
  public OptionalInt batch() {
    return fixed(input().shape().get(0));
  }

  /** Height of the pictures in pixels; empty where it is left open. */
  public OptionalInt height() {
    return fixed(input().shape().get(2));
  }

  /** Width of the pictures in pixels; empty where it is left open. */
  public OptionalInt width() {
    return fixed(input().shape().get(3));
  }

  /** How many logits an image, or each of its pixels, gets; empty where it is left open. */
  public OptionalInt labels() {
    return fixed(output(LOGITS).orElseThrow().shape().get(1));
  }

  public boolean isOfPoints() {
    return output(LOGITS).orElseThrow().shape().size() > 2;
  }

  /** The output of that name. */
  public Optional<Port> output(String name) {
    return onnx.outputs().stream().filter(output -> output.name().equals(name)).findFirst();
  }
}
