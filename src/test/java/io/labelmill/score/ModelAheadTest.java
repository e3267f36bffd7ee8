package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.TestOptions;
import io.labelmill.demo.TinyBeit;
import io.labelmill.error.InputException;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.model.ExecutorModels;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelAheadTest {
  @TempDir private Path folder;
  private Path scratch;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    scratch = Files.createDirectory(folder.resolve("scratch"));
    model = folder.resolve("tiny");
    TinyBeit.checkpoint(3).write(model);
  }

  @ParameterizedTest
  @CsvSource({
    "local, fail, true",
    "local[2], overwrite, true",
    "local[*], append, true",
    "local[2], resume, false",
    "local-cluster[2;1;1024], fail, false",
    "spark://127.0.0.1:7077, fail, false"
  })
  void beginsWhereTasksRunInThisJvmAndThereIsSureToBeWork(
      String master, String ifExists, boolean begins) {
    IfExists wanted = IfExists.valueOf(ifExists.toUpperCase(Locale.ROOT));
    try (ModelAhead ahead = ahead(master, model.toString(), wanted)) {
      assertThat(ahead.begin()).isEqualTo(begins);
    }
    assertThat(scratch).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf://org/model", "s3a://bucket/model", "viewfs://cluster/model"})
  void aModelThatHasToComeFromElsewhereWaits(String model) {
    try (ModelAhead ahead = ahead("local", model, IfExists.FAIL)) {
      assertThat(ahead.begin()).isFalse();
    }
  }

  @Test
  void itIsOpenedInTheScratchFolderOfTheSparkToComeAndNothingOfItStays() throws IOException {
    int open = ExecutorModels.open();
    int loads = ExecutorModels.loads();
    try (ModelAhead ahead = ahead("local", model.toString(), IfExists.FAIL)) {
      assertThat(ahead.begin()).isTrue();
      PreparedModel prepared = ahead.prepared(DownloadProgress.NONE);
      assertThat(prepared.batchSize()).isEqualTo(1);
      assertThat(ahead.bundle().folder()).startsWith(scratch);
      assertThat(ahead.prepared(DownloadProgress.NONE)).isSameAs(prepared);
      assertThat(ahead.awaitSession()).isPresent();
      assertThat(ExecutorModels.loads()).isEqualTo(loads + 1);
    }
    assertThat(ExecutorModels.open()).isEqualTo(open);
    assertThat(scratch).isEmptyDirectory();
  }

  @Test
  void whoDoesNotWaitLeavesItToItsThreadToTidyUp() throws InterruptedException {
    int open = ExecutorModels.open();
    ModelAhead ahead = ahead("local", model.toString(), IfExists.FAIL);
    assertThat(ahead.begin()).isTrue();
    Thread.currentThread().interrupt();
    ahead.close();
    assertThat(Thread.interrupted()).isTrue();
    ahead.awaitEnd();
    assertThat(ExecutorModels.open()).isEqualTo(open);
    assertThat(scratch).isEmptyDirectory();
  }

  @Test
  void whatIsWrongIsToldToWhoeverAsks() throws IOException {
    Files.delete(model.resolve("config.json"));
    try (ModelAhead ahead = ahead("local", model.toString(), IfExists.FAIL)) {
      ahead.begin();
      for (int time = 0; time < 2; time++) {
        assertThatThrownBy(() -> ahead.prepared(DownloadProgress.NONE))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("config.json");
      }
      assertThatThrownBy(ahead::bundle).isInstanceOf(InputException.class);
    }
    assertThat(scratch).isEmptyDirectory();
  }

  private ModelAhead ahead(String master, String model, IfExists ifExists) {
    return new ModelAhead(
        new SparkConf(false).setMaster(master).set("spark.local.dir", scratch + ",/unused"),
        new Configuration(),
        TestOptions.score(
            model,
            SourceOptions.of(folder.toString()),
            OutputOptions.of(folder.resolve("table").toString(), ifExists),
            OptionalLong.empty()));
  }
}
