package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.OutageException;
import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Fault;
import io.labelmill.s3.LoopbackS3.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.MultipartUploader;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.TaskType;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.junit.jupiter.api.Test;

class OutputFilesOnS3IT {
  private static final LoopbackS3 S3 = LoopbackS3.shared();

  @Test
  void aTableOfManyFoldersIsListedByARequestOrTwo() throws IOException {
    Configuration configuration = new Configuration();
    Bucket bucket = S3.bucket("partitioned").configure(configuration);
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 30; i++) {
      String key = "t/_shop=%d/shelf=%d/part-%d.parquet".formatted(i % 5, i, i);
      bucket.put(key, new byte[i]);
      expected.add(bucket.uri(key));
    }
    for (String other :
        new String[] {
          "t/_SUCCESS",
          "t/_labelmill/run-1/plan/part-0.parquet",
          "t/.hidden/part-0.parquet",
          "t/_temporary/0/part-0.parquet",
          "other/part-0.parquet"
        }) {
      bucket.put(other, new byte[1]);
    }
    Path table = new Path(bucket.uri("t"));
    FileSystem fileSystem = table.getFileSystem(configuration);
    S3.forget();

    assertThat(OutputFiles.data(fileSystem, table).keySet()).isEqualTo(expected);

    assertThat(OutputFiles.data(fileSystem, table))
        .containsEntry(bucket.uri("t/_shop=2/shelf=7/part-7.parquet"), 7L);
    assertThat(bucket.requests()).filteredOn(Request::isListing).hasSizeLessThanOrEqualTo(2 * 2);
    assertThat(OutputFiles.data(fileSystem, new Path(bucket.uri("missing")))).isEmpty();
  }

  @Test
  void uploadsOfOthersGoOn() throws Exception {
    Configuration configuration = new Configuration();
    Bucket bucket = S3.bucket("uploads").configure(configuration);
    Path table = new Path(bucket.uri("t"));
    Path file = new Path(table, "part-0.parquet");
    try (MultipartUploader uploader =
        table.getFileSystem(configuration).createMultipartUploader(file).build()) {
      OutputOptions options = OutputOptions.of(table.toString(), IfExists.APPEND);
      uploader.startUpload(file).get();
      S3.forget();
      OutputFolder.take(options, configuration, "first", Optional.empty()).close();
      assertThat(bucket.requests())
          .as("Labelmill was never here before")
          .noneMatch(OutputFilesOnS3IT::isAbort);
      OutputFolder.take(options, configuration, "second", Optional.empty()).close();
      assertThat(bucket.requests())
          .as("a dead run may have left it")
          .anyMatch(OutputFilesOnS3IT::isAbort);
    }
  }

  /** S3A deletes what it made visible when it can't complete another upload of the same commit. */
  @Test
  void aCommitThatFailsAfterItsOutputWasLostTakesNoRowBack() throws Exception {
    Configuration configuration = new Configuration();
    Bucket bucket = S3.bucket("reverted").configure(configuration);
    MagicCommitter.settings()
        .forEach((key, value) -> configuration.set(key.replaceFirst("^spark.hadoop.", ""), value));
    Path table = new Path(bucket.uri("t"));
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    bucket.spoil(
        request -> {
          if (isCompletion(request) && request.key().endsWith("part-b.parquet")) {
            held.countDown();
            await(goesOn);
          }
          return false;
        },
        0,
        Fault.GONE);
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (OutputFolder first = take(table, configuration, "first")) {
      TaskAttemptContext task = task(configuration, first);
      PathOutputCommitter committer = written(task, table, "part-a.parquet", "part-b.parquet");
      Future<?> commit =
          threads.submit(
              () -> {
                committer.commitJob(task);
                return true;
              });
      await(held);
      while (!bucket.keys().contains("t/part-a.parquet")) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      try (OutputFolder second = take(table, configuration, "second")) {
        Set<String> found = second.place().dataFiles().keySet();
        goesOn.countDown();
        assertThatThrownBy(() -> commit.get(1, TimeUnit.MINUTES))
            .hasCauseInstanceOf(OutageException.class)
            .hasMessageContaining(
                "An upload of the wave was ended by somebody else, and what of the wave was visible"
                    + " is taken back: start the run again to go on. (java.io.FileNotFound");
        assertThat(second.place().dataFiles().keySet())
            .as("what the second run counts as done stays")
            .isEqualTo(found);
      }
    } finally {
      goesOn.countDown();
      threads.shutdown();
      S3.heal();
    }
    assertThat(bucket.keys()).noneMatch(key -> key.contains("__magic") || key.contains("lock-"));
  }

  @Test
  void aListOfUploadsThatStaysAfterTheirCommitIsDeletedByTheRun() throws Exception {
    Configuration configuration = new Configuration();
    Bucket bucket = S3.bucket("settled").configure(configuration);
    Path table = new Path(bucket.uri("t"));
    try (OutputFolder run = take(table, configuration, "run")) {
      for (String owner : new String[] {"run", "other"}) {
        String id = FencedCommitter.jobPrefix(owner) + "1";
        bucket.put(
            "t/__magic_job-%s/job-%s/00/task_1.pendingset".formatted(id, id),
            "{\"commits\": []}".getBytes(StandardCharsets.UTF_8));
      }
      run.settle();
    }
    assertThat(bucket.keys())
        .filteredOn(key -> key.endsWith(".pendingset"))
        .singleElement()
        .asString()
        .contains("job-other_1");
  }

  private static OutputFolder take(Path table, Configuration configuration, String run) {
    return OutputFolder.take(
        OutputOptions.of(table.toString(), IfExists.RESUME),
        configuration,
        // Of a machine of which nothing is known.
        new LockOwner(run, "u", "h", 1, "", "", 0),
        new OutputLock.Pace(Duration.ZERO, Duration.ZERO),
        Optional.empty());
  }

  private static TaskAttemptContext task(Configuration configuration, OutputFolder folder) {
    Configuration settings = new Configuration(configuration);
    FencedCommitter.settings(folder.runId(), folder.table(), configuration).forEach(settings::set);
    return new TaskAttemptContextImpl(
        settings, new TaskAttemptID("20260101", 1, TaskType.MAP, 0, 0));
  }

  /** Files that a task has committed, and its job has not. */
  private static PathOutputCommitter written(TaskAttemptContext task, Path table, String... names)
      throws IOException {
    PathOutputCommitter committer =
        new FencedCommitter.Factory().createOutputCommitter(table, task);
    committer.setupJob(task);
    committer.setupTask(task);
    for (String name : names) {
      Path file = new Path(committer.getWorkPath(), name);
      try (OutputStream out = file.getFileSystem(task.getConfiguration()).create(file, false)) {
        out.write(1);
      }
    }
    committer.commitTask(task);
    return committer;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static boolean isCompletion(Request request) {
    return request.method().equals("POST") && request.query().contains("uploadId=");
  }

  private static boolean isAbort(Request request) {
    return request.method().equals("DELETE") && request.query().contains("uploadId=");
  }
}
