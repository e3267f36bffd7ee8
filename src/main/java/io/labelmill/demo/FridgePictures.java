package io.labelmill.demo;

import io.labelmill.segment.LabelMap;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A set of drawn pictures of an open fridge, after the fridgeObjects set: one to four of the drinks
 * can, carton, milk_bottle and water_bottle stand on two shelves, each kind at most once, at
 * places, sizes and slants of their own, some partly behind another.
 *
 * <p>Number and seed decide every byte on a given JDK; a longer set begins with the pictures of a
 * shorter one. Immutable and safe for use by several threads.
 *
 * @param count how many pictures, at least 1
 * @param seed of everything drawn by chance
 */
public record FridgePictures(int count, long seed) {
  /** Pixels; the pictures are higher than wide, as photographs of a fridge are. */
  public static final int WIDTH = 192;

  /** Pixels. */
  public static final int HEIGHT = 256;

  /** Where the front edges of the two shelves are, y. */
  private static final int[] SHELVES = {127, 249};

  private static final double MARGIN = 13;

  /** Of a drink's pixels, of 255; a clear bottle is solid enough. */
  private static final int SOLID = 64;

  /** How often one, two, three and four drinks are in a picture, in percent. */
  private static final int[] PERCENT_BY_DRINKS = {34, 36, 20, 10};

  public FridgePictures {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, was " + count);
    }
  }

  /** The four labels in index order. */
  public static List<String> labels() {
    return Arrays.stream(Container.values()).map(Container::label).toList();
  }

  /** The labels of one picture in index order; pictures are numbered from 0. */
  public List<String> labels(int number) {
    return scene(number).placements().stream()
        .map(Placement::container)
        .sorted()
        .map(Container::label)
        .toList();
  }

  /** The file name of one picture; the names sort as the numbers do. */
  public String name(int number) {
    return "fridge_%03d.jpg".formatted(number);
  }

  /** One picture, RGB, {@value #WIDTH} wide and {@value #HEIGHT} high. */
  public BufferedImage picture(int number) {
    Scene scene = scene(number);
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      drawFridge(g, scene);
      AffineTransform upright = g.getTransform();
      for (Placement placement : scene.placements()) {
        g.translate(placement.x(), placement.y());
        g.scale(placement.scale(), placement.scale());
        placement.container().drawShadow(g);
        g.rotate(placement.slantRadians());
        placement.container().draw(g);
        g.setTransform(upright);
      }
      g.setColor(new Color(0, 0, 0, scene.dimness()));
      g.fillRect(0, 0, WIDTH, HEIGHT);
    } finally {
      g.dispose();
    }
    return image;
  }

  /** What the pixels of one picture show: 0 the fridge, from 1 on the drinks in label order. */
  public LabelMap map(int number) {
    byte[] indices = new byte[WIDTH * HEIGHT];
    for (Placement placement : scene(number).placements()) {
      BufferedImage alone = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_ARGB);
      Graphics2D g = alone.createGraphics();
      try {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.translate(placement.x(), placement.y());
        g.scale(placement.scale(), placement.scale());
        g.rotate(placement.slantRadians());
        placement.container().draw(g);
      } finally {
        g.dispose();
      }
      byte label = (byte) mapLabels().indexOf(placement.container().label());
      for (int i = 0; i < indices.length; i++) {
        if (alone.getRGB(i % WIDTH, i / WIDTH) >>> 24 >= SOLID) {
          indices[i] = label;
        }
      }
    }
    return new LabelMap(WIDTH, HEIGHT, indices);
  }

  /** The names of what {@link #map} tells apart, in index order. */
  public static List<String> mapLabels() {
    List<String> names = new ArrayList<>(List.of("fridge"));
    names.addAll(labels());
    return names;
  }

  /**
   * Draws the set as {@code FOLDER/images/*.jpg} and {@code FOLDER/labels.csv}, the latter in the
   * form of the fridgeObjects set: {@code filename,labels}, labels separated by blanks. The table
   * lies beside the images, since every file in a folder of images counts as an image. Files of the
   * same names are replaced.
   *
   * @return the folder of the images
   * @throws UncheckedIOException when a file can't be written; what was written before stays
   */
  public Path write(Path folder) {
    StringBuilder table = new StringBuilder("filename,labels\n");
    try {
      Path images = folder.resolve("images");
      Files.createDirectories(images);
      for (int number = 0; number < count; number++) {
        JpegFile.write(picture(number), images.resolve(name(number)));
        table.append(name(number)).append(',');
        table.append(String.join(" ", labels(number))).append('\n');
      }
      Files.writeString(folder.resolve("labels.csv"), table);
      return images;
    } catch (IOException e) {
      throw new UncheckedIOException("the pictures could not be written to " + folder, e);
    }
  }

  /** One drink: the middle of its base in pixels, its size against the drawn one, its slant. */
  private record Placement(
      Container container, double x, double y, double scale, double slantRadians) {}

  /** What is in a picture, drinks from back to front, and the light it is in (0 is bright). */
  private record Scene(List<Placement> placements, Color wall, int dimness, double lampX) {}

  private Scene scene(int number) {
    // Near seeds of java.util.Random begin alike: mix the number in by a large odd factor.
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + number * 0xD1B54A32D192ED03L);
    List<Container> drinks = new ArrayList<>(List.of(Container.values()));
    Collections.shuffle(drinks, random);
    drinks = drinks.subList(0, drinks(random.nextInt(100)));

    List<List<Container>> shelves = List.of(new ArrayList<>(), new ArrayList<>());
    for (Container drink : drinks) {
      List<Container> shelf = shelves.get(random.nextInt(2));
      (shelf.size() < 3 ? shelf : shelves.get(shelf == shelves.get(0) ? 1 : 0)).add(drink);
    }
    List<Placement> placements = new ArrayList<>();
    for (int shelf = 0; shelf < SHELVES.length; shelf++) {
      List<Container> row = shelves.get(shelf);
      double slot = (WIDTH - 2 * MARGIN) / Math.max(1, row.size());
      for (int i = 0; i < row.size(); i++) {
        double scale = between(random, 0.82, 1.02);
        double halfWidth = row.get(i).width * scale / 2;
        // Neighbours may overlap by almost half of the narrower one's width.
        double reach = Math.max(4, slot / 2 - halfWidth * 0.55);
        double x = MARGIN + (i + 0.5) * slot + between(random, -reach, reach);
        x = Math.max(MARGIN + halfWidth, Math.min(WIDTH - MARGIN - halfWidth, x));
        double y = SHELVES[shelf] - between(random, 2, 9);
        double slant = Math.toRadians(between(random, -6, 6));
        placements.add(new Placement(row.get(i), x, y, scale, slant));
      }
    }
    placements.sort(Comparator.comparingDouble(Placement::y));
    int grey = 206 + random.nextInt(14);
    Color wall = new Color(grey + random.nextInt(6), grey + 3, grey + 3 + random.nextInt(6));
    return new Scene(placements, wall, random.nextInt(26), between(random, 60, WIDTH - 60));
  }

  private static int drinks(int percent) {
    int drinks = 1;
    for (int sum = PERCENT_BY_DRINKS[0]; percent >= sum; sum += PERCENT_BY_DRINKS[drinks - 1]) {
      drinks++;
    }
    return drinks;
  }

  private static double between(Random random, double from, double to) {
    return from + (to - from) * random.nextDouble();
  }

  private static void drawFridge(Graphics2D g, Scene scene) {
    Color wall = scene.wall();
    Color shade = new Color(wall.getRed() * 5 / 6, wall.getGreen() * 5 / 6, wall.getBlue() * 5 / 6);
    g.setPaint(new GradientPaint(0, 0, wall, 0, HEIGHT, shade));
    g.fillRect(0, 0, WIDTH, HEIGHT);
    // The side walls come towards the viewer.
    g.setColor(shade);
    g.fill(quadrangle(0, 0, 11, 12, 11, HEIGHT, 0, HEIGHT));
    g.fill(quadrangle(WIDTH, 0, WIDTH - 11, 12, WIDTH - 11, HEIGHT, WIDTH, HEIGHT));

    g.setPaint(
        new RadialGradientPaint(
            (float) scene.lampX(),
            8,
            120,
            new float[] {0, 1},
            new Color[] {new Color(255, 253, 240, 190), new Color(255, 253, 240, 0)}));
    g.fillRect(0, 0, WIDTH, HEIGHT);
    g.setColor(new Color(255, 254, 244));
    g.fill(new RoundRectangle2D.Double(scene.lampX() - 26, 4, 52, 8, 8, 8));

    for (int y : SHELVES) {
      g.setColor(new Color(232, 242, 242, 150));
      g.fill(quadrangle(11, y - 11, WIDTH - 11, y - 11, WIDTH, y, 0, y));
      g.setColor(new Color(110, 140, 142));
      g.fill(new Rectangle2D.Double(0, y, WIDTH, 3));
      g.setColor(new Color(244, 250, 250));
      g.fill(new Rectangle2D.Double(0, y, WIDTH, 1));
    }
  }

  private static Path2D quadrangle(
      double x0, double y0, double x1, double y1, double x2, double y2, double x3, double y3) {
    Path2D path = new Path2D.Double();
    path.moveTo(x0, y0);
    path.lineTo(x1, y1);
    path.lineTo(x2, y2);
    path.lineTo(x3, y3);
    path.closePath();
    return path;
  }
}
