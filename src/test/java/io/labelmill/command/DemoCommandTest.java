package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.command.CapturedTerminal.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  @TempDir Path folder;

  @Test
  void aFolderThatCanNotBeMadeIsTheUsersToMend() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Ended ended = CapturedTerminal.run("demo", "--output", file.resolve("demo").toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .startsWith(file.resolve("demo") + " can not be written: ")
        .contains("Not a directory")
        .endsWith(". Name another folder with --output.");
  }

  @Test
  void aClusterIsRefusedBeforeAnythingIsDrawn() {
    String before = System.setProperty("spark.master", "spark://head:7077");
    try {
      Ended ended = CapturedTerminal.run("demo", "--output", folder.resolve("demo").toString());
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.problems())
          .containsExactly(
              "the master is spark://head:7077, but the demo's pictures lie on this machine's disk,"
                  + " where its executors would not find them: leave --master out, or write"
                  + " --master local[*]");
      assertThat(folder.resolve("demo")).doesNotExist();
    } finally {
      if (before == null) {
        System.clearProperty("spark.master");
      } else {
        System.setProperty("spark.master", before);
      }
    }
  }

  @Test
  void whatCanNotBeTunedIsRefused() {
    Ended ended = CapturedTerminal.run("demo", "--tune", "last");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly("--tune is last: it must be head, last:N with N blocks from 1, or all");
  }

  @Test
  void imagesWithoutLabelsAreRefused() {
    Ended ended = CapturedTerminal.run("demo", "--images", "photos");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly("--images and --labels belong together: give both");
  }

  @Test
  void aPathThatIsNoPathIsAMistakeInTheArguments() {
    Ended ended = CapturedTerminal.run("demo", "--output", "a\0b");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.problems())
        .containsExactly("--output is a\0b: the demo works on this machine's disk, name a folder");
  }
}
