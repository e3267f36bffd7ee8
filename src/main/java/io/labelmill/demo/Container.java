package io.labelmill.demo;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.awt.Paint;
import java.awt.RadialGradientPaint;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.Locale;

/**
 * The drinks that stand in a drawn fridge. Each has a shape and a main colour that no other one
 * has, so that both a person and a linear head on random features can tell them apart.
 *
 * <p>Containers are drawn upright in a frame of their own: the origin is the middle of the base, x
 * goes right, y goes down (so that everything visible has a negative y), one unit is a pixel at
 * scale 1.
 */
enum Container {
  /** A red soft drink can with a silver lid and a white wave. */
  CAN(40, 71) {
    @Override
    void draw(Graphics2D g) {
      Shape body = outline(17, 0, 20, -5, 20, -60, 15, -67);
      g.setPaint(cylinder(20, new Color(214, 22, 34)));
      g.fill(body);
      Shape clip = g.getClip();
      g.clip(body);
      g.setPaint(cylinder(20, new Color(196, 200, 206)));
      g.fill(new Rectangle2D.Double(-20, -68, 40, 7));
      g.fill(new Rectangle2D.Double(-20, -3.5, 40, 4));
      Path2D wave = new Path2D.Double();
      wave.moveTo(-22, -18);
      wave.curveTo(-8, -16, 2, -44, 22, -46);
      stroke(g, Color.WHITE, 6, wave);
      g.setClip(clip);
      stroke(g, new Color(110, 8, 18), 1, body);
      Shape lid = new Ellipse2D.Double(-15, -71, 30, 8);
      g.setPaint(new Color(214, 217, 222));
      g.fill(lid);
      stroke(g, new Color(112, 116, 124), 1.2, lid);
      stroke(g, new Color(128, 132, 140), 1.4, new Ellipse2D.Double(-4, -68.5, 9, 3.2));
    }
  },

  /** A purple gable-top carton with a white roof, a round spout and a yellow foot. */
  CARTON(48, 102) {
    @Override
    void draw(Graphics2D g) {
      Color purple = new Color(112, 34, 158);
      Color ink = new Color(52, 12, 78);
      Shape front = polygon(-23, 0, 11, 0, 11, -72, -23, -72);
      Shape side = polygon(11, 0, 25, -5, 25, -76, 11, -72);
      Shape slope = polygon(-23, -72, 11, -72, 14, -92, -17, -92);
      Shape gable = polygon(11, -72, 25, -76, 14, -92);
      Shape fin = polygon(-18, -91, 15, -91, 16, -102, -19, -102);
      fill(g, purple, front);
      fill(g, new Color(74, 18, 108), side);
      fill(g, new Color(244, 243, 240), slope);
      fill(g, new Color(186, 184, 188), gable);
      fill(g, new Color(252, 252, 250), fin);
      fill(g, new Color(240, 190, 40), polygon(-23, 0, 11, 0, 11, -8, -23, -8));
      fill(g, new Color(176, 132, 20), polygon(11, 0, 25, -5, 25, -13, 11, -8));
      fill(g, new Color(250, 248, 252), new Ellipse2D.Double(-19, -62, 26, 18));
      fill(g, purple, new Ellipse2D.Double(-14, -58.5, 16, 11));
      for (int line = 0; line < 3; line++) {
        double inset = line * 3;
        stroke(
            g,
            new Color(226, 206, 240),
            2,
            new Line2D.Double(-17 + inset, -34 + 7 * line, 5 - inset, -34 + 7 * line));
      }
      for (Shape edge : new Shape[] {front, side, slope, gable, fin}) {
        stroke(g, ink, 0.9, edge);
      }
      Shape spout = new Ellipse2D.Double(-9, -89, 13, 11);
      fill(g, new Color(250, 250, 250), spout);
      stroke(g, new Color(120, 112, 128), 1.3, spout);
      stroke(g, new Color(176, 170, 182), 1, new Ellipse2D.Double(-6.5, -87, 8, 6.5));
    }
  },

  /** A white, broad-shouldered bottle with a blue cap and a blue wave. */
  MILK_BOTTLE(42, 97) {
    @Override
    void draw(Graphics2D g) {
      Color blue = new Color(24, 74, 206);
      Path2D body = new Path2D.Double();
      body.moveTo(-17, 0);
      body.quadTo(-21, -1, -21, -7);
      body.lineTo(-21, -50);
      body.curveTo(-21, -66, -10, -68, -10, -80);
      body.lineTo(-10, -85);
      body.lineTo(10, -85);
      body.lineTo(10, -80);
      body.curveTo(10, -68, 21, -66, 21, -50);
      body.lineTo(21, -7);
      body.quadTo(21, -1, 17, 0);
      body.closePath();
      g.setPaint(cylinder(21, new Color(248, 247, 240)));
      g.fill(body);
      Shape clip = g.getClip();
      g.clip(body);
      Path2D wave = new Path2D.Double();
      wave.moveTo(-22, -39);
      wave.curveTo(-12, -50, -6, -28, 4, -38);
      wave.curveTo(10, -44, 16, -42, 22, -36);
      wave.lineTo(22, 2);
      wave.lineTo(-22, 2);
      wave.closePath();
      g.setPaint(cylinder(21, blue));
      g.fill(wave);
      // A cow's patches.
      fill(g, new Color(34, 34, 38), new Ellipse2D.Double(-15, -60, 13, 9));
      fill(g, new Color(34, 34, 38), new Ellipse2D.Double(3, -55, 11, 8));
      fill(g, new Color(34, 34, 38), new Ellipse2D.Double(-2, -70, 7, 5));
      fill(g, new Color(245, 248, 255), new Ellipse2D.Double(-8, -24, 16, 12));
      g.setClip(clip);
      stroke(g, new Color(116, 120, 136), 1.1, body);
      Shape cap = new RoundRectangle2D.Double(-12, -97, 24, 13, 5, 5);
      g.setPaint(cylinder(12, blue));
      g.fill(cap);
      stroke(g, new Color(10, 34, 112), 1, cap);
    }
  },

  /** A slim bottle of clear, aqua-tinted plastic with ribs, a green cap and a green label. */
  WATER_BOTTLE(34, 112) {
    @Override
    void draw(Graphics2D g) {
      Color green = new Color(16, 158, 70);
      Path2D body = new Path2D.Double();
      body.moveTo(-14, 0);
      body.quadTo(-17, -1, -17, -6);
      body.lineTo(-17, -70);
      body.curveTo(-17, -88, -5, -88, -5, -99);
      body.lineTo(-5, -103);
      body.lineTo(5, -103);
      body.lineTo(5, -99);
      body.curveTo(5, -88, 17, -88, 17, -70);
      body.lineTo(17, -6);
      body.quadTo(17, -1, 14, 0);
      body.closePath();
      g.setPaint(
          new LinearGradientPaint(
              -17,
              0,
              17,
              0,
              new float[] {0, 0.3f, 0.7f, 1},
              new Color[] {
                new Color(40, 150, 170, 215),
                new Color(190, 240, 246, 165),
                new Color(130, 216, 228, 175),
                new Color(30, 130, 150, 225)
              }));
      g.fill(body);
      Shape clip = g.getClip();
      g.clip(body);
      // Above the water there is only plastic.
      fill(g, new Color(255, 255, 255, 110), new Rectangle2D.Double(-17, -104, 34, 22));
      stroke(g, new Color(36, 132, 150), 1, new Line2D.Double(-17, -82, 17, -82));
      for (int rib = 0; rib < 2; rib++) {
        Path2D ring = new Path2D.Double();
        ring.moveTo(-17, -7 - 6 * rib);
        ring.quadTo(0, -3 - 6 * rib, 17, -7 - 6 * rib);
        stroke(g, new Color(24, 116, 136, 190), 1.2, ring);
      }
      g.setPaint(cylinder(17, green));
      g.fill(new Rectangle2D.Double(-17, -65, 34, 43));
      Path2D drop = new Path2D.Double();
      drop.moveTo(0, -58);
      drop.curveTo(3, -50, 8, -46, 8, -40);
      drop.curveTo(8, -29, -8, -29, -8, -40);
      drop.curveTo(-8, -46, -3, -50, 0, -58);
      drop.closePath();
      fill(g, new Color(232, 252, 255), drop);
      stroke(g, new Color(255, 255, 255, 170), 2, new Line2D.Double(-11, -79, -11, -69));
      stroke(g, new Color(255, 255, 255, 170), 2, new Line2D.Double(-11, -18, -11, -6));
      g.setClip(clip);
      stroke(g, new Color(20, 104, 124), 1.1, body);
      Shape cap = new RoundRectangle2D.Double(-7, -112, 14, 10, 3, 3);
      g.setPaint(cylinder(7, green));
      g.fill(cap);
      stroke(g, new Color(6, 82, 34), 1, cap);
    }
  };

  /** Extent at scale 1, pixels. */
  final int width;

  /** Extent at scale 1, pixels. */
  final int height;

  Container(int width, int height) {
    this.width = width;
    this.height = height;
  }

  /**
   * The name in tables and checkpoints, as the fridgeObjects set spells it: {@code milk_bottle}.
   */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Draws the container in its own frame; leaves transform and clip as they were. */
  abstract void draw(Graphics2D g);

  /** What the container takes from the light around its base. */
  void drawShadow(Graphics2D g) {
    float radius = width * 0.62f;
    Paint paint =
        new RadialGradientPaint(
            0,
            0,
            radius,
            new float[] {0, 0.6f, 1},
            new Color[] {new Color(0, 0, 0, 130), new Color(0, 0, 0, 70), new Color(0, 0, 0, 0)});
    g.scale(1, 0.16);
    g.setPaint(paint);
    g.fill(new Ellipse2D.Double(-radius, -radius, 2 * radius, 2 * radius));
    g.scale(1, 1 / 0.16);
  }

  /** A colour as light coming from the left falls on a standing cylinder of this radius. */
  private static Paint cylinder(float radius, Color colour) {
    return new LinearGradientPaint(
        -radius,
        0,
        radius,
        0,
        new float[] {0, 0.25f, 0.55f, 1},
        new Color[] {mix(colour, 0, 0.3), mix(colour, 255, 0.3), colour, mix(colour, 0, 0.45)});
  }

  /** The colour moved towards black (0) or white (255) by a share. */
  private static Color mix(Color colour, int level, double share) {
    return new Color(
        (int) Math.round(colour.getRed() + (level - colour.getRed()) * share),
        (int) Math.round(colour.getGreen() + (level - colour.getGreen()) * share),
        (int) Math.round(colour.getBlue() + (level - colour.getBlue()) * share));
  }

  /** A closed shape, left and right alike, from half widths and heights, base first. */
  private static Shape outline(double... halfWidthsAndHeights) {
    Path2D path = new Path2D.Double();
    int points = halfWidthsAndHeights.length / 2;
    path.moveTo(-halfWidthsAndHeights[0], halfWidthsAndHeights[1]);
    for (int i = 1; i < points; i++) {
      path.lineTo(-halfWidthsAndHeights[2 * i], halfWidthsAndHeights[2 * i + 1]);
    }
    for (int i = points - 1; i >= 0; i--) {
      path.lineTo(halfWidthsAndHeights[2 * i], halfWidthsAndHeights[2 * i + 1]);
    }
    path.closePath();
    return path;
  }

  private static Shape polygon(double... xy) {
    Path2D path = new Path2D.Double();
    path.moveTo(xy[0], xy[1]);
    for (int i = 2; i < xy.length; i += 2) {
      path.lineTo(xy[i], xy[i + 1]);
    }
    path.closePath();
    return path;
  }

  private static void fill(Graphics2D g, Color colour, Shape shape) {
    g.setPaint(colour);
    g.fill(shape);
  }

  private static void stroke(Graphics2D g, Color colour, double width, Shape shape) {
    g.setPaint(colour);
    g.setStroke(new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.draw(shape);
  }
}
