package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.labelmill.demo.TinyBeit;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that lie as unevenly as users have them: nine tenths in one folder, and one of 40
 * megapixels among thumbnails.
 */
@Tag("cluster")
class SkewedInputIT {
  private static final int IMAGES = 400;

  /** Images of a task while the job knows no rate. */
  private static final int IMAGES_PER_TASK = 16;

  @TempDir Path folder;

  @Test
  void allCoresHaveWorkToTheEnd() throws IOException {
    Path images = draw();
    Path model = folder.resolve("model");
    TinyBeit.checkpoint(5).write(model);
    Path events = folder.resolve("events");
    // Of two hosts, so that tasks with a preference for one would show it.
    StandaloneCluster cluster = StandaloneCluster.shared();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model",
                model.toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve("table").toString(),
                "--output-format",
                "json",
                "--"));
    arguments.addAll(cluster.submitOptions("800m"));
    arguments.addAll(List.of("--executor-cores", "2"));
    arguments.addAll(cluster.awaitCores(4));
    arguments.addAll(EventLog.submitOptions(events));
    JobProcess job = JobProcess.run("score", Map.of(), arguments);
    assertThat(job.exitCode()).as(job.err()).isZero();

    assertThat(Table.rows(folder.resolve("table")).values())
        .hasSize(IMAGES)
        .allSatisfy(row -> assertThat(row.get("status").asText()).isEqualTo("OK"))
        .extracting(row -> row.get("width").asInt())
        .contains(8_000);
    JsonNode record = Table.runRecord(folder.resolve("table"));
    assertThat(record.at("/progress/waves").asInt()).isEqualTo(1);

    List<EventLog.Task> tasks =
        EventLog.read(events).tasks().stream().filter(task -> task.images() > 0).toList();
    // Numbers of images tell a task's size, wherever they lie and however large they are; the last
    // tasks are smaller, so that cores end together.
    assertThat(tasks)
        .allMatch(task -> task.images() <= IMAGES_PER_TASK)
        .anyMatch(task -> task.images() == IMAGES_PER_TASK);
    assertThat(tasks.stream().mapToLong(EventLog.Task::images).sum()).isEqualTo(IMAGES);
    Map<String, Long> perExecutor =
        tasks.stream()
            .collect(Collectors.groupingBy(EventLog.Task::executor, Collectors.counting()));
    assertThat(perExecutor.values()).as("both cores of both").hasSize(2).allMatch(n -> n >= 2);
    // Whoever was held up by the large image, the other cores took the tasks that it did not: until
    // the last one went out, nearly all of the four had one.
    long first = tasks.stream().mapToLong(EventLog.Task::launchMillis).min().orElseThrow();
    long last = tasks.stream().mapToLong(EventLog.Task::launchMillis).max().orElseThrow();
    double running =
        tasks.stream()
                .mapToLong(task -> Math.min(task.finishMillis(), last) - task.launchMillis())
                .sum()
            / (double) (last - first);
    assertThat(running).as("tasks at a time").isGreaterThan(3);
  }

  private Path draw() throws IOException {
    Path root = folder.resolve("images");
    Path crowded = Files.createDirectories(root.resolve("shop-0"));
    for (int i = 0; i < IMAGES; i++) {
      Path parent =
          i < IMAGES * 9 / 10
              ? crowded
              : Files.createDirectories(root.resolve("shop-" + (1 + i % 8)));
      boolean isLarge = i == IMAGES / 2;
      draw(
          parent.resolve("picture-%03d.jpg".formatted(i)),
          isLarge ? 8_000 : 80,
          isLarge ? 5_000 : 60,
          i);
    }
    return root;
  }

  private static void draw(Path file, int width, int height, int number) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.getHSBColor(number / (float) IMAGES, 0.8f, 0.9f));
    graphics.fillRect(0, 0, width * 2 / 3, height);
    graphics.setColor(Color.DARK_GRAY);
    graphics.fillOval(width / 4, height / 5, width / 3, height / 2);
    graphics.dispose();
    ImageIO.write(image, "jpg", file.toFile());
  }
}
