package io.labelmill;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.checkpoint.DataType;
import io.labelmill.checkpoint.Labels;
import io.labelmill.checkpoint.ModelFamily;
import io.labelmill.checkpoint.ModelHead;
import io.labelmill.checkpoint.ProblemType;
import io.labelmill.checkpoint.TensorStore;
import io.labelmill.graph.UntrainedCheckpoint;
import io.labelmill.graph.UntrainedCheckpoint.Spread;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Random weights in the usual sizes, each with something of its own where a test wants that. */
public record Untrained(UntrainedCheckpoint checkpoint) {
  private static final Pattern NAME =
      Pattern.compile("(beit|deit|vit)-(tiny|base|large)-patch(\\d+)-(\\d+)");

  /**
   * One of the usual sizes: {@code beit-base-patch16-224}, {@code vit-large-patch16-384}, {@code
   * beit-tiny-patch8-32} (two layers of width 32); 1,000 labels, float32, seed 0.
   *
   * @throws IllegalArgumentException when the name is not of that form
   */
  public static Untrained named(String name) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalArgumentException(name + " is not of the form " + NAME);
    }
    ModelFamily family = ModelFamily.valueOf(parts.group(1).toUpperCase(Locale.ROOT));
    int patchSize = Integer.parseInt(parts.group(3));
    int imageSize = Integer.parseInt(parts.group(4));
    int[] size =
        switch (parts.group(2)) {
          case "tiny" -> new int[] {32, 2, 4, 64};
          case "base" -> new int[] {768, 12, 12, 3072};
          default -> new int[] {1024, 24, 16, 4096};
        };
    return new Untrained(
        new UntrainedCheckpoint(
            family,
            ModelHead.CLASSIFIER,
            imageSize,
            patchSize,
            size[0],
            size[1],
            size[2],
            size[3],
            numbered(1000),
            Optional.empty(),
            DataType.F32,
            Spread.USUAL,
            0));
  }

  /** Labels {@code thing 0}, {@code thing 1} … */
  public static Labels numbered(int count) {
    List<Integer> ids = IntStream.range(0, count).boxed().toList();
    return new Labels(ids, ids.stream().map(id -> "thing " + id).toList());
  }

  public Untrained withHead(ModelHead newHead) {
    return with(
        newHead,
        checkpoint.labels(),
        checkpoint.problemType(),
        checkpoint.dataType(),
        checkpoint.spread(),
        checkpoint.seed());
  }

  public Untrained withLabels(Labels newLabels) {
    return with(
        checkpoint.head(),
        newLabels,
        checkpoint.problemType(),
        checkpoint.dataType(),
        checkpoint.spread(),
        checkpoint.seed());
  }

  public Untrained withProblemType(ProblemType newProblemType) {
    return with(
        checkpoint.head(),
        checkpoint.labels(),
        Optional.of(newProblemType),
        checkpoint.dataType(),
        checkpoint.spread(),
        checkpoint.seed());
  }

  public Untrained withDataType(DataType newDataType) {
    return with(
        checkpoint.head(),
        checkpoint.labels(),
        checkpoint.problemType(),
        newDataType,
        checkpoint.spread(),
        checkpoint.seed());
  }

  public Untrained withSeed(long newSeed) {
    return with(
        checkpoint.head(),
        checkpoint.labels(),
        checkpoint.problemType(),
        checkpoint.dataType(),
        checkpoint.spread(),
        newSeed);
  }

  public Untrained withSpread(Spread newSpread) {
    return with(
        checkpoint.head(),
        checkpoint.labels(),
        checkpoint.problemType(),
        checkpoint.dataType(),
        newSpread,
        checkpoint.seed());
  }

  /** The same sizes with all else as given. */
  private Untrained with(
      ModelHead newHead,
      Labels newLabels,
      Optional<ProblemType> newProblemType,
      DataType newDataType,
      Spread newSpread,
      long newSeed) {
    return new Untrained(
        new UntrainedCheckpoint(
            checkpoint.family(),
            newHead,
            checkpoint.imageSize(),
            checkpoint.patchSize(),
            checkpoint.hidden(),
            checkpoint.layers(),
            checkpoint.heads(),
            checkpoint.intermediate(),
            newLabels,
            newProblemType,
            newDataType,
            newSpread,
            newSeed));
  }

  public void write(Path folder) {
    checkpoint.write(folder);
  }

  public ObjectNode config() {
    return checkpoint.config();
  }

  public TensorStore weights() {
    return checkpoint.weights();
  }

  public Labels labels() {
    return checkpoint.labels();
  }
}
