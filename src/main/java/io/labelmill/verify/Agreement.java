package io.labelmill.verify;

import io.labelmill.error.ImageException;
import io.labelmill.score.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How far two graphs of one model agree over some images.
 *
 * @param images that both have scored
 * @param unread images that are not pictures or broken
 * @param largest difference of any logit; NaN where one is no number
 * @param meanOfScores mean absolute difference of a score, over all images and labels
 * @param sameLabel images for which both have the same best label
 * @param others the first few images for which they have not
 */
public record Agreement(
    int images, int unread, double largest, double meanOfScores, int sameLabel, List<Path> others) {
  private static final int SHOWN = 10;

  /**
   * Scores every file with both.
   *
   * @param activation makes scores of logits; not {@link Activation#AUTO}
   * @throws IOException if a file can't be read
   */
  public static Agreement over(
      List<Path> files, ImageLogits reference, ImageLogits candidate, Activation activation)
      throws IOException {
    int images = 0;
    int unread = 0;
    double largest = 0;
    double sumOfMeans = 0;
    int sameLabel = 0;
    List<Path> others = new ArrayList<>();
    for (Path file : files) {
      byte[] encoded = Files.readAllBytes(file);
      float[] expected;
      float[] found;
      try {
        expected = reference.logits(encoded).logits();
        found = candidate.logits(encoded).logits();
      } catch (ImageException e) {
        unread++;
        continue;
      }
      images++;
      largest = Math.max(largest, largest(expected, found));
      sumOfMeans += meanOfScores(expected, found, activation);
      if (PublishedFigures.best(expected) == PublishedFigures.best(found)) {
        sameLabel++;
      } else if (others.size() < SHOWN) {
        others.add(file);
      }
    }
    double mean = images == 0 ? 0 : sumOfMeans / images;
    return new Agreement(images, unread, largest, mean, sameLabel, List.copyOf(others));
  }

  /** The share of images for which both have the same best label. */
  public double share() {
    return (double) sameLabel / images;
  }

  private static double meanOfScores(float[] expected, float[] found, Activation activation) {
    float[] expectedScores = new float[expected.length];
    float[] foundScores = new float[found.length];
    activation.apply(expected, expectedScores);
    activation.apply(found, foundScores);
    double sum = 0;
    for (int i = 0; i < expectedScores.length; i++) {
      sum += Math.abs((double) expectedScores[i] - foundScores[i]);
    }
    return sum / expectedScores.length;
  }

  /** As {@link Math#max}, a difference that is no number outweighs all others. */
  private static double largest(float[] expected, float[] found) {
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs((double) expected[i] - found[i]));
    }
    return largest;
  }
}
