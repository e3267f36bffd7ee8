package io.labelmill.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.demo.FridgePictures;
import io.labelmill.demo.TinyBeit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/} in the locales of cron and of slim images: no name is lost. */
@Tag("cluster")
class LocaleOfScriptsIT {
  @TempDir Path folder;

  @Test
  void namesOfAllScriptsHaveTheirRows() throws IOException {
    assertRows("C");
  }

  /** The same locale by its other name. */
  @Test
  @Tag("stress")
  void namesOfAllScriptsHaveTheirRowsInPosix() throws IOException {
    assertRows("POSIX");
  }

  private void assertRows(String locale) throws IOException {
    TinyBeit.checkpoint(5).write(folder.resolve("model"));
    Path images = Files.createDirectory(folder.resolve("in"));
    try (Stream<Path> files = Files.list(new FridgePictures(1, 3).write(folder.resolve("drawn")))) {
      Path picture = files.findFirst().orElseThrow();
      for (String name : List.of("a.jpg", "tr\u00e4nen.jpg", "\u753b\u50cf.jpg", "\u0444.jpg")) {
        Files.copy(picture, images.resolve(name));
      }
    }
    JobProcess job =
        JobProcess.run(
            "score",
            Map.of("LC_ALL", locale, "LANG", locale),
            List.of(
                "--model",
                folder.resolve("model").toString(),
                "--input",
                images.toString(),
                "--output",
                folder.resolve("out").toString(),
                "--output-format",
                "json",
                "--",
                "--master",
                "local[1]"));
    assertThat(job.exitCode()).as(job.err()).isZero();
    assertThat(Table.rows(folder.resolve("out")).keySet())
        .containsExactly(
            "file:" + images + "/a.jpg",
            "file:" + images + "/tr\u00e4nen.jpg",
            "file:" + images + "/\u0444.jpg",
            "file:" + images + "/\u753b\u50cf.jpg");
    assertThat(Table.rows(folder.resolve("out")).values())
        .allMatch(row -> row.get("status").asText().equals("OK"));
  }
}
