package io.labelmill.verify;

import io.labelmill.error.ImageException;
import io.labelmill.score.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How far two graphs of one model agree over some images. A model that labels points of an image is
 * judged by each point, another by the image as its one point.
 *
 * @param images that both have scored
 * @param unread images that are not pictures or broken
 * @param points of all images
 * @param largest difference of any logit; NaN where one is no number
 * @param largestLogit the largest absolute logit of the reference
 * @param meanOfScores mean absolute difference of a score, over all images, points and labels
 * @param sameLabel points for which both have the same best label
 * @param others the first few images of which fewer points than {@value #ALIKE} of all have
 */
public record Agreement(
    int images,
    int unread,
    long points,
    double largest,
    double largestLogit,
    double meanOfScores,
    long sameLabel,
    List<Path> others) {
  /** The share of points that keep their best label where two graphs count as alike. */
  public static final double ALIKE = 0.99;

  private static final int SHOWN = 10;

  /**
   * Scores every file with both.
   *
   * @param labels of the model: its logits are [labels], or [labels, rows, columns] of points
   * @param activation makes scores of the logits of a point; not {@link Activation#AUTO}
   * @throws IOException if a file can't be read
   */
  public static Agreement over(
      List<Path> files,
      ImageLogits reference,
      ImageLogits candidate,
      int labels,
      Activation activation)
      throws IOException {
    int images = 0;
    int unread = 0;
    long points = 0;
    double largest = 0;
    double largestLogit = 0;
    double sumOfMeans = 0;
    long sameLabel = 0;
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
      largestLogit = Math.max(largestLogit, largest(expected, new float[expected.length]));
      int pointsOfImage = expected.length / labels;
      int same = 0;
      float[] expectedAt = new float[labels];
      float[] foundAt = new float[labels];
      for (int point = 0; point < pointsOfImage; point++) {
        for (int label = 0; label < labels; label++) {
          expectedAt[label] = expected[label * pointsOfImage + point];
          foundAt[label] = found[label * pointsOfImage + point];
        }
        sumOfMeans += meanOfScores(expectedAt, foundAt, activation);
        if (PublishedFigures.best(expectedAt) == PublishedFigures.best(foundAt)) {
          same++;
        }
      }
      points += pointsOfImage;
      sameLabel += same;
      if (same < ALIKE * pointsOfImage && others.size() < SHOWN) {
        others.add(file);
      }
    }
    double mean = points == 0 ? 0 : sumOfMeans / points;
    return new Agreement(
        images, unread, points, largest, largestLogit, mean, sameLabel, List.copyOf(others));
  }

  /** The share of points for which both have the same best label. */
  public double share() {
    return (double) sameLabel / points;
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
