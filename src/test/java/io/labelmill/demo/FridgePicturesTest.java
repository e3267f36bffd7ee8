package io.labelmill.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.segment.LabelMap;
import io.labelmill.segment.Segment;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FridgePicturesTest {
  private static final FridgePictures SET = new FridgePictures(200, 1);

  @TempDir Path folder;

  @Test
  void mapsShowTheDrinksOfTheirPictures() {
    FridgePictures pictures = new FridgePictures(20, 3);
    for (int number = 0; number < pictures.count(); number++) {
      LabelMap map = pictures.map(number);
      assertThat(map.width()).isEqualTo(FridgePictures.WIDTH);
      assertThat(map.height()).isEqualTo(FridgePictures.HEIGHT);
      List<String> seen = new ArrayList<>();
      Segment.of(map).forEach(one -> seen.add(FridgePictures.mapLabels().get(one.index())));
      assertThat(seen.remove(0)).isEqualTo("fridge");
      assertThat(seen).containsExactlyInAnyOrderElementsOf(pictures.labels(number));
    }
  }

  @Test
  void twoDrawingsAreEqualByteForByte() throws IOException {
    FridgePictures pictures = new FridgePictures(5, 3);
    assertThat(pictures.write(folder.resolve("a"))).isEqualTo(folder.resolve("a/images"));
    pictures.write(folder.resolve("b"));

    assertThat(contents("a")).isEqualTo(contents("b")).hasSize(6);
  }

  @Test
  void aLongerSetBeginsWithTheShorterOneAndAnotherSeedIsAnotherSet() throws IOException {
    new FridgePictures(2, 3).write(folder.resolve("short"));
    new FridgePictures(4, 3).write(folder.resolve("long"));
    new FridgePictures(4, 4).write(folder.resolve("other"));

    assertThat(contents("long").get("images/fridge_001.jpg"))
        .isEqualTo(contents("short").get("images/fridge_001.jpg"))
        .isNotEqualTo(contents("other").get("images/fridge_001.jpg"));
  }

  @Test
  void theTableHasTheFormOfTheFridgeObjectsSet() throws IOException {
    FridgePictures pictures = new FridgePictures(30, 1);
    pictures.write(folder);

    List<String> lines = Files.readAllLines(folder.resolve("labels.csv"));
    assertThat(lines).hasSize(31).first().isEqualTo("filename,labels");
    for (int number = 0; number < 30; number++) {
      assertThat(lines.get(number + 1))
          .isEqualTo(
              "fridge_%03d.jpg,%s".formatted(number, String.join(" ", pictures.labels(number))));
    }
    assertThat(lines).contains("fridge_001.jpg,milk_bottle water_bottle");
  }

  @Test
  void theFilesAreHighRgbJpegs() throws IOException {
    new FridgePictures(1, 1).write(folder);

    File file = folder.resolve("images/fridge_000.jpg").toFile();
    assertThat(Files.readAllBytes(file.toPath())).startsWith(0xff, 0xd8, 0xff);
    BufferedImage image = ImageIO.read(file);
    assertThat(image.getWidth()).isEqualTo(192);
    assertThat(image.getHeight()).isEqualTo(256);
    assertThat(image.getColorModel().getNumComponents()).isEqualTo(3);
  }

  @Test
  void oneToFourDrinksAndEveryLabelOftenEnoughToLearn() {
    Map<String, Integer> byLabel = new TreeMap<>();
    Map<Integer, Integer> byDrinks = new TreeMap<>();
    for (int number = 0; number < SET.count(); number++) {
      List<String> labels = SET.labels(number);
      assertThat(labels).isSorted().doesNotHaveDuplicates();
      byDrinks.merge(labels.size(), 1, Integer::sum);
      labels.forEach(label -> byLabel.merge(label, 1, Integer::sum));
    }
    assertThat(byDrinks).containsOnlyKeys(1, 2, 3, 4);
    assertThat(byLabel).containsOnlyKeys("can", "carton", "milk_bottle", "water_bottle");
    assertThat(byLabel.values()).allSatisfy(n -> assertThat(n).isBetween(70, 130));
    assertThat(FridgePictures.labels()).containsExactlyElementsOf(byLabel.keySet());
  }

  @Test
  void aDrinkIsSeenByItsColourExactlyWhereItsLabelIs() {
    Map<String, IntPredicate> colours =
        Map.of(
            "can", rgb -> red(rgb) > 100 && red(rgb) > 3 * green(rgb) && red(rgb) > 3 * blue(rgb),
            "carton", rgb -> blue(rgb) > 100 && red(rgb) > 2 * green(rgb),
            "milk_bottle",
                rgb -> blue(rgb) > 100 && blue(rgb) > 2 * green(rgb) && blue(rgb) > 3 * red(rgb),
            "water_bottle",
                rgb ->
                    green(rgb) > 80 && green(rgb) > 3 * red(rgb) && green(rgb) > 3 * blue(rgb) / 2);
    for (int number = 0; number < 100; number++) {
      int[] pixels = SET.picture(number).getRGB(0, 0, 192, 256, null, 0, FridgePictures.WIDTH);
      List<String> labels = SET.labels(number);
      for (Map.Entry<String, IntPredicate> colour : colours.entrySet()) {
        int seen = 0;
        for (int pixel : pixels) {
          seen += colour.getValue().test(pixel) ? 1 : 0;
        }
        if (labels.contains(colour.getKey())) {
          assertThat(seen).as("%s in %d", colour.getKey(), number).isGreaterThan(150);
        } else {
          assertThat(seen).as("%s in %d", colour.getKey(), number).isLessThan(40);
        }
      }
    }
  }

  @Test
  void anEmptySetIsRefused() {
    assertThatThrownBy(() -> new FridgePictures(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count must be at least 1, was 0");
  }

  /** The files under a folder by name, each as its bytes in Latin-1. */
  private Map<String, String> contents(String name) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    Path root = folder.resolve(name);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(
            root.relativize(file).toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }

  private static int red(int rgb) {
    return rgb >> 16 & 0xff;
  }

  private static int green(int rgb) {
    return rgb >> 8 & 0xff;
  }

  private static int blue(int rgb) {
    return rgb & 0xff;
  }
}
