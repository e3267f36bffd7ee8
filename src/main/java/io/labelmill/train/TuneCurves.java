package io.labelmill.train;

import static io.labelmill.train.ModelCard.line;

import io.labelmill.evaluate.metric.MetricName;
import io.labelmill.train.TuneResult.Epoch;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Loss and validation metric by epoch, as a picture for the model card. */
record TuneCurves(TrainResult result) {
  /** Its file beside the lists of images. */
  static final String FILE = "curves.svg";

  private static final int WIDTH = 360;
  private static final int HEIGHT = 220;
  private static final int MARGIN = 40;

  String svg() {
    TuneResult tuned = result.tuned().orElseThrow();
    MetricName score = TuneResult.scoreName(result.problemType());
    StringBuilder text = new StringBuilder();
    line(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">",
        2 * WIDTH,
        HEIGHT);
    line(text, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
    Panel losses =
        new Panel(
            0,
            tuned.epochs(),
            List.of(Epoch::loss, Epoch::validationLoss),
            TuneResult.number(tuned.headOnValidation(), TuneResult.lossName(result.problemType())));
    losses.write(text, List.of("loss", "loss of the validation images"), tuned.best());
    Panel scores =
        new Panel(
            WIDTH,
            tuned.epochs(),
            List.of(Epoch::score),
            TuneResult.number(tuned.headOnValidation(), score));
    scores.write(text, List.of(score + " of the validation images"), tuned.best());
    line(text, "</svg>");
    return text.toString();
  }

  /**
   * Curves over epochs, and a broken line for the head alone on the validation images.
   *
   * @param left edge in the picture
   */
  private record Panel(
      int left, List<Epoch> epochs, List<ToDoubleFunction<Epoch>> curves, double head) {
    private static final List<String> COLOURS = List.of("#1f5fa8", "#c2571a");

    void write(StringBuilder text, List<String> names, int best) {
      line(
          text,
          "<path d=\"M%d %d V%d H%d\" fill=\"none\" stroke=\"#888\"/>",
          left + MARGIN,
          MARGIN / 2,
          HEIGHT - MARGIN,
          left + WIDTH - MARGIN / 2);
      for (double value : new double[] {low(), high()}) {
        line(
            text,
            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3f</text>",
            left + MARGIN - 4,
            y(value) + 4,
            value);
      }
      for (int epoch : new int[] {1, epochs.size()}) {
        line(
            text,
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>",
            x(epoch),
            HEIGHT - MARGIN + 14,
            epoch);
      }
      if (Double.isFinite(head)) {
        line(
            text,
            "<path d=\"M%d %.1f H%d\" stroke=\"#444\" stroke-dasharray=\"4 3\"><title>the head alone</title></path>",
            left + MARGIN,
            y(head),
            left + WIDTH - MARGIN / 2);
      }
      line(
          text,
          "<path d=\"M%.1f %d V%d\" stroke=\"#ccc\"><title>the best epoch</title></path>",
          x(best),
          MARGIN / 2,
          HEIGHT - MARGIN);
      for (int i = 0; i < curves.size(); i++) {
        StringBuilder points = new StringBuilder();
        for (Epoch epoch : epochs) {
          double value = curves.get(i).applyAsDouble(epoch);
          // A metric that is not defined has no point.
          if (Double.isFinite(value)) {
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(epoch.number()), y(value)));
          }
        }
        line(
            text,
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
            points.toString().strip(),
            COLOURS.get(i));
        line(
            text,
            "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
            left + MARGIN + 170 * i,
            HEIGHT - 8,
            COLOURS.get(i),
            names.get(i));
      }
    }

    private double x(int epoch) {
      double share = epochs.size() == 1 ? 0.5 : (epoch - 1.0) / (epochs.size() - 1);
      return left + MARGIN + share * (WIDTH - 1.5 * MARGIN);
    }

    private double y(double value) {
      double share = high() == low() ? 0.5 : (value - low()) / (high() - low());
      return HEIGHT - MARGIN - share * (HEIGHT - 1.5 * MARGIN);
    }

    private DoubleStream values() {
      return DoubleStream.concat(
              DoubleStream.of(head),
              epochs.stream()
                  .flatMapToDouble(
                      epoch -> curves.stream().mapToDouble(curve -> curve.applyAsDouble(epoch))))
          .filter(Double::isFinite);
    }

    private double low() {
      return values().min().orElse(0);
    }

    private double high() {
      return values().max().orElse(0);
    }
  }
}
