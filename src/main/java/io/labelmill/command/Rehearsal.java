package io.labelmill.command;

import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.nio.file.Path;
import java.util.List;

/**
 * The commands that are started most, on a few drawn pictures with a tiny model. {@code
 * jobs/launch} runs it for what Java notes of it: the classes that such commands load.
 */
public final class Rehearsal {
  private static final int PICTURES = 6;

  private Rehearsal() {}

  /**
   * Runs them one after the other.
   *
   * @param args a folder for all that they read and write
   * @throws IllegalStateException when one fails
   */
  public static void main(String[] args) {
    Path folder = Path.of(args[0]).toAbsolutePath();
    String pictures = new FridgePictures(PICTURES, 1).write(folder).toString();
    Path tiny = folder.resolve("tiny");
    TinyBeit.checkpoint(1).write(tiny);
    String model = tiny.toString();
    String scores = folder.resolve("scores").toString();
    for (List<String> line :
        List.of(
            List.of("model", "inspect", model),
            List.of("score", "--model", model, "--input", pictures, "--output", scores),
            List.of(
                "evaluate",
                "--predictions",
                scores,
                "--truth",
                folder.resolve("labels.csv").toString(),
                "--match-by",
                "name",
                "--output",
                folder.resolve("report").toString()))) {
      int exitCode = Program.run(line.toArray(String[]::new));
      if (exitCode != 0) {
        throw new IllegalStateException(line.get(0) + " ended with " + exitCode);
      }
    }
  }
}
