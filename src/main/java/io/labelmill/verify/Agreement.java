package io.labelmill.verify;

import io.labelmill.error.ImageException;
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
 * @param sameLabel images for which both have the same best label
 * @param others the first few images for which they have not
 */
public record Agreement(int images, int unread, double largest, int sameLabel, List<Path> others) {
  private static final int SHOWN = 10;

  /**
   * Scores every file with both.
   *
   * @throws IOException if a file can't be read
   */
  public static Agreement over(List<Path> files, ImageLogits reference, ImageLogits candidate)
      throws IOException {
    int images = 0;
    int unread = 0;
    double largest = 0;
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
      if (PublishedFigures.best(expected) == PublishedFigures.best(found)) {
        sameLabel++;
      } else if (others.size() < SHOWN) {
        others.add(file);
      }
    }
    return new Agreement(images, unread, largest, sameLabel, List.copyOf(others));
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
