package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.Taps;
import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.score.Masks;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreOptions.Segmentation;
import io.labelmill.score.Windowing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentCommandTest {
  @TempDir Path folder;

  @Test
  void withoutOptionsMasksLieInFilesAndPicturesAreTakenWhole() {
    Segmentation segmentation = segmentation();
    assertThat(segmentation.masks()).isEqualTo(Masks.FILES);
    assertThat(segmentation.windowing()).isEmpty();
    assertThat(segmentation.orientation()).isEqualTo(Orientation.UPRIGHT);
    assertThat(parsed().rows().command()).isEqualTo("segment");
    assertThat(parsed().model().head()).isEmpty();
    assertThat(parsed().model().originals().taps()).isNull();
  }

  @Test
  void everyOptionArrives() {
    Segmentation segmentation =
        segmentation(
            "--masks", "none", "--window", "640", "--stride", "426", "--orientation", "as-stored");
    assertThat(segmentation.masks()).isEqualTo(Masks.NONE);
    assertThat(segmentation.windowing()).hasValue(new Windowing(640, 426));
    assertThat(segmentation.orientation()).isEqualTo(Orientation.AS_STORED);
    assertThat(segmentation("--window", "640").windowing()).hasValue(new Windowing(640, 426));
    assertThat(segmentation("--max-pixels", "99").maxPixels()).isEqualTo(99);
    for (Taps taps : Taps.values()) {
      assertThat(parsed("--taps", taps.word()).model().originals().taps()).isEqualTo(taps);
    }
    assertThat(problems("--taps", "mine"))
        .containsExactly("--taps is mine: it must be transformers or authors.");
  }

  @Test
  void aFileHasTheSameKeys() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("segment.properties"), "masks=column\nwindow=512\nstride=300\n");
    Segmentation segmentation = segmentation("--config", file.toString());
    assertThat(segmentation.masks()).isEqualTo(Masks.COLUMN);
    assertThat(segmentation.windowing()).hasValue(new Windowing(512, 300));
  }

  @Test
  void wrongValuesAreToldAtOnce() {
    assertThat(problems("--masks", "all", "--stride", "4", "--output-format", "azure"))
        .containsExactly(
            "--output-format azure has labels of whole images: name another format",
            "--masks is all: it must be none, column or files.",
            "--stride changes nothing without --window: add it, or leave it out");
    assertThat(problems("--window", "64", "--stride", "65"))
        .containsExactly(
            "--stride is 65, more than --window, 64: pixels between windows would be in none");
    assertThat(problems("--window", "65", "--stride", "8"))
        .containsExactly(
            "--stride is 8, less than an eighth of --window, 65: a pixel would be in more than eight"
                + " windows");
    assertThat(problems("--window", "64", "--stride", "8", "--batch-size", "2"))
        .containsExactly(
            "--batch-size changes nothing with --window, whose windows go through the model one by"
                + " one: leave it out");
    assertThat(problems("--window", "8")).singleElement().asString().contains("--window is 8");
    assertThat(problems("--top-k", "2")).singleElement().asString().contains("--top-k");
  }

  private static List<String> problems(String... args) {
    List<String> problems = new ArrayList<>();
    assertThatThrownBy(() -> segmentation(args))
        .isInstanceOfSatisfying(UsageException.class, e -> problems.addAll(e.problems()));
    return problems;
  }

  private static Segmentation segmentation(String... args) {
    return (Segmentation) parsed(args).rows();
  }

  private static ScoreOptions parsed(String... args) {
    List<String> line = new ArrayList<>(List.of("--model", "m", "--input", "i", "--output", "o"));
    line.addAll(List.of(args));
    return SegmentCommand.options(Arguments.read(new SegmentCommand(), line));
  }
}
