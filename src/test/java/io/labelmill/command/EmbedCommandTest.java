package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.decode.Orientation;
import io.labelmill.error.UsageException;
import io.labelmill.graph.Pooling;
import io.labelmill.score.KeptScores;
import io.labelmill.score.Normalization;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreOptions.Embedding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedCommandTest {
  @TempDir Path folder;

  @Test
  void withoutOptionsItIsTheClassifiersVectorAsItIs() {
    assertThat(embedding()).isEqualTo(Embedding.PLAIN);
    assertThat(parsed().rows().command()).isEqualTo("embed");
  }

  @Test
  void everyOptionArrives() {
    Embedding embedding =
        embedding(
            "--pool",
            "cls",
            "--normalize",
            "l2",
            "--with-scores",
            "--scores",
            "all",
            "--top-k",
            "2",
            "--orientation",
            "as-stored",
            "--max-pixels",
            "99");
    assertThat(embedding.pooling()).contains(Pooling.CLS);
    assertThat(embedding.normalization()).isEqualTo(Normalization.L2);
    assertThat(embedding.scoring().orElseThrow().scores()).isEqualTo(KeptScores.ALL);
    assertThat(embedding.scoring().orElseThrow().topK()).hasValue(2);
    assertThat(embedding.orientation()).isEqualTo(Orientation.AS_STORED);
    assertThat(embedding.maxPixels()).isEqualTo(99);
  }

  @Test
  void aFileHasTheSameKeys() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("embed.properties"), "pool=mean\nnormalize=l2\nwith-scores=true\n");
    Embedding embedding = embedding("--config", file.toString());
    assertThat(embedding.pooling()).contains(Pooling.MEAN);
    assertThat(embedding.normalization()).isEqualTo(Normalization.L2);
    assertThat(embedding.scoring()).isPresent();
  }

  @Test
  void wrongValuesAreToldAtOnce() {
    assertThatThrownBy(() -> embedding("--pool", "max", "--normalize", "l3", "--top-k", "2"))
        .isInstanceOfSatisfying(
            UsageException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "--top-k changes nothing without --with-scores: add it, or leave it out",
                        "--pool is max: it must be auto, mean or cls.",
                        "--normalize is l3: it must be none or l2. Did you mean l2?"));
  }

  private static Embedding embedding(String... args) {
    return (Embedding) parsed(args).rows();
  }

  private static ScoreOptions parsed(String... args) {
    List<String> line = new ArrayList<>(List.of("--model", "m", "--input", "i", "--output", "o"));
    line.addAll(List.of(args));
    return EmbedCommand.options(Arguments.read(new EmbedCommand(), line));
  }
}
