package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.source.Seam;
import io.labelmill.table.TableFormat;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.MultipartUploaderBuilder;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a folder holds before a run, beside it, and after a dead one. */
class OutputFolderTest {
  private static final StructType SCHEMA = StructType.fromDDL("path string, status string");

  private final Configuration configuration = new Configuration();
  @TempDir private Path folder;
  private Path out;
  private int runs;

  private void out() {
    out = folder.resolve("out");
  }

  @AfterEach
  void killNone() {
    TestSeams.killAt(null);
  }

  @Test
  void anOutputThatHoldsOnlyRunRecordsDoesNotExistYet() throws IOException {
    write("_labelmill/run-x.json", "{}");
    try (OutputFolder taken = take(IfExists.FAIL)) {
      assertThat(taken.place().hasTable()).isFalse();
      write("part-0.parquet", "x");
      assertThat(taken.place().hasTable()).isTrue();
    }
    assertThat(out.resolve("_labelmill/run-x.json")).exists();
    assertThat(out.resolve("_labelmill")).isDirectoryNotContaining("glob:**lock*");
  }

  @Test
  void anOutputThatIsAFileIsAnError() throws IOException {
    Files.writeString(folder.resolve("out"), "x");
    assertThatThrownBy(() -> take(IfExists.OVERWRITE))
        .isInstanceOf(InputException.class)
        .hasMessage("The output " + folder + "/out is a file, not a folder.");
  }

  @Test
  void aSwapPutsTheStagedTableInThePlaceOfTheOldOne() throws IOException {
    write("shop=a/part-old.parquet", "old");
    write("part-old.parquet", "old");
    write("_SUCCESS", "");
    try (OutputFolder taken = take(IfExists.OVERWRITE)) {
      stage(taken, "shop=a/part-new.parquet");
      stage(taken, "shop=b/part-new.parquet");
      assertThat(files()).contains("part-old.parquet").doesNotContain("shop=a/part-new.parquet");
      taken.swap();
    }
    assertThat(files()).containsExactly("shop=a/part-new.parquet", "shop=b/part-new.parquet");
    assertThat(out.resolve("_labelmill")).isEmptyDirectory();
  }

  @Test
  void aRunThatEndsBeforeItsSwapLeavesTheOldTable() throws IOException {
    write("part-old.parquet", "old");
    try (OutputFolder taken = take(IfExists.OVERWRITE)) {
      stage(taken, "part-new.parquet");
    }
    assertThat(files()).containsExactly("part-old.parquet");
    assertThat(out.resolve("_labelmill")).isEmptyDirectory();
  }

  @Test
  void aRunThatIsKilledBeforeItsSwapLeavesTheOldTable() throws IOException {
    write("part-old.parquet", "old");
    OutputFolder killed = take(IfExists.OVERWRITE);
    stage(killed, "part-new.parquet");
    die();
    take(IfExists.APPEND).close();
    assertThat(files()).containsExactly("part-old.parquet");
  }

  @Test
  void aSwapWithinWhichARunIsKilledIsEndedByTheNext() throws IOException {
    write("part-old.parquet", "old");
    OutputFolder killed = take(IfExists.OVERWRITE);
    stage(killed, "part-new.parquet");
    TestSeams.killAt(Seam.WITHIN_SWAP);
    assertThatThrownBy(killed::swap).isInstanceOf(TestSeams.Killed.class);
    die();
    assertThat(OutputFolder.look(options(IfExists.APPEND), configuration, "look").isSwapping())
        .isTrue();
    try (OutputFolder next = take(IfExists.APPEND)) {
      assertThat(files()).containsExactly("part-new.parquet");
      assertThat(next.isSwapping()).isFalse();
    }
    assertThat(out.resolve("_labelmill")).isEmptyDirectory();
  }

  @Test
  void whatADeadRunLeftNeverEntersTheTable() throws IOException {
    write("part-0.parquet", "x");
    write("_temporary/0/task_202601020304_0001_m_000000/part-00000-left.snappy.parquet", "x");
    write("__magic_job-1/x", "x");
    write("_labelmill/run-dead/plan/part-0", "x");
    try (OutputFolder taken = take(IfExists.APPEND)) {
      assertThat(taken.place().underWay()).isEmpty();
    }
    assertThat(files()).containsExactly("part-0.parquet");
    assertThat(out.resolve("_temporary")).doesNotExist();
    assertThat(out.resolve("__magic_job-1")).doesNotExist();
    assertThat(out.resolve("_labelmill")).isEmptyDirectory();
  }

  @Test
  void whatATaskLeftIsNoTableWhereLabelmillWas() throws IOException {
    write("_temporary/0/task_1/part-0", "x");
    assertThat(OutputFolder.look(options(IfExists.FAIL), configuration, "look").place().hasTable())
        .as("somebody else may be writing")
        .isTrue();
    write("_labelmill/run-dead/plan/part-0", "x");
    try (OutputFolder taken = take(IfExists.FAIL)) {
      assertThat(taken.place().hasTable()).isFalse();
    }
    assertThat(out.resolve("_temporary")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"_temporary/0/task_1", "__magic_job-1/x", ".spark-staging-1/category=c0"})
  void whatAnotherJobHasUnderWayStays(String underWay) throws IOException {
    write("part-0.parquet", "x");
    write(underWay + "/part-0", "of another's job");
    String name = underWay.replaceFirst("/.*", "");
    OutputOptions options = options(IfExists.APPEND);
    OutputFolder look = OutputFolder.look(options, configuration, "look");
    StoredFiles stored = stored(options, look);
    assertThatThrownBy(() -> stored.checkAddable(fit(options)))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The output "
                + folder
                + "/out holds "
                + name
                + ", where another job keeps what it has not committed: wait until it ends, or"
                + " choose another output; if no job goes on, delete "
                + name
                + ".");
    try (OutputFolder taken = take(IfExists.OVERWRITE)) {
      stored(options, taken).checkReplaceable();
      stage(taken, "part-new.parquet");
      taken.swap();
    }
    assertThat(files()).containsExactly("part-new.parquet");
    assertThat(out.resolve(underWay).resolve("part-0")).hasContent("of another's job");
  }

  @Test
  void filesOfAnotherFormatTakeNoRows() throws IOException {
    write("part-0.snappy.parquet", "x");
    OutputOptions csv =
        new OutputOptions(
            out.toString(), Optional.of("csv"), IfExists.APPEND, List.of(), Optional.empty());
    try (OutputFolder look = OutputFolder.look(csv, configuration, "look")) {
      assertThatThrownBy(() -> stored(csv, look).checkAddable(fit(csv)))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "The output "
                  + folder
                  + "/out holds part-0.snappy.parquet, which is not a csv file: choose another"
                  + " output, or its own --output-format.");
    }
  }

  @Test
  void nothingIsDeletedThatIsNoTable() throws IOException {
    write("pictures/a.jpg", "x");
    OutputOptions options = options(IfExists.OVERWRITE);
    try (OutputFolder look = OutputFolder.look(options, configuration, "look")) {
      assertThatThrownBy(() -> stored(options, look).checkReplaceable())
          .isInstanceOf(InputException.class)
          .hasMessage(
              "The output "
                  + folder
                  + "/out holds a.jpg, which is no file of a table and would be deleted: choose"
                  + " another output, or move what is there.");
    }
    assertThat(files()).containsExactly("pictures/a.jpg");
  }

  @ParameterizedTest
  @EnumSource(IfExists.class)
  void aLookNeitherTakesTheLockNorTidies(IfExists ifExists) throws IOException {
    write("part-0.parquet", "x");
    write("_temporary/0/part-0", "x");
    write("_labelmill/run-other/plan/part-0", "x");
    try (OutputFolder writing = take(IfExists.APPEND)) {
      write("_temporary/1/part-0", "x");
      write("_labelmill/run-other/plan/part-0", "x");
      try (OutputFolder look = OutputFolder.look(options(ifExists), configuration, "look")) {
        Files.createDirectories(Path.of(look.runFolder().toUri().getPath(), "plan"));
        assertThatThrownBy(look::assertHeld)
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("a run that only looks commits nothing");
      }
      assertThat(out.resolve("_temporary/1")).exists();
      try (Stream<Path> kept = Files.list(out.resolve("_labelmill"))) {
        assertThat(kept.map(file -> file.getFileName().toString()))
            .contains("lock-0000000001-test-1", "run-other")
            .noneMatch(name -> name.startsWith("look-"));
      }
      writing.assertHeld();
    }
  }

  @Test
  void aLookAtWhatIsNotThereDoesNotMakeIt() {
    out();
    try (OutputFolder look = OutputFolder.look(options(IfExists.FAIL), configuration, "look")) {
      assertThat(new java.io.File(look.runFolder().toUri().getPath(), "plan").mkdirs()).isTrue();
    }
    assertThat(out).doesNotExist();
  }

  @Test
  void whatALookLeftIsDeletedWhenNoneLastsSoLong() throws IOException {
    write("_labelmill/look-old/plan/part-0", "x");
    write("_labelmill/look-new/plan/part-0", "x");
    Files.setLastModifiedTime(
        out.resolve("_labelmill/look-old"), FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    take(IfExists.FAIL).close();
    assertThat(out.resolve("_labelmill/look-old")).doesNotExist();
    assertThat(out.resolve("_labelmill/look-new")).exists();
  }

  @Test
  void uploadsThatCannotBeLookedForStayOnlyWhereNobodyCanCompleteThem() throws IOException {
    try (FileSystem store = new Unlistable()) {
      org.apache.hadoop.fs.Path table = new org.apache.hadoop.fs.Path("file:/t");
      PendingUploads uploads = new PendingUploads(store, table);
      uploads.abort(PendingUploads.Unseen.STAY);
      assertThatThrownBy(() -> uploads.abort(PendingUploads.Unseen.FAIL))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "a run that did not end may have uploads below file:/t, and these cannot be looked"
                  + " for, for which a store has a right of its own"
                  + " (s3:ListBucketMultipartUploads): java.nio.file.AccessDeniedException: t");
    }
  }

  @Test
  void aListOfUploadsThatNamesFilesElsewhereIsNotFollowed() throws IOException {
    write(
        "__magic/job-first_1/task_1.pendingset",
        "{\"commits\": [{\"destinationKey\": \"etc/x\"}]}");
    try (FileSystem store = new RawLocalFileSystem()) {
      store.initialize(java.net.URI.create("file:///"), configuration);
      org.apache.hadoop.fs.Path table = new org.apache.hadoop.fs.Path(out.toUri());
      org.apache.hadoop.fs.Path magic = new org.apache.hadoop.fs.Path(table, "__magic");
      PendingUploads uploads = new PendingUploads(store, table);
      assertThat(uploads.doubtful(List.of(magic), List.of("second"))).isEmpty();
      assertThatThrownBy(() -> uploads.doubtful(List.of(magic), List.of("first")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("task_1.pendingset lists file:/etc/x, which is not below file:/");
    }
  }

  @Test
  void anOutputThatIsLostWhileItIsOpenedIsSaidToBeLost() throws IOException {
    OutputFolder first = take(IfExists.RESUME);
    write("_labelmill/lock-0000000002-second", "");
    FileNotFoundException failure = new FileNotFoundException("part-0");
    assertThat(first.givenUp(failure).orElseThrow())
        .isInstanceOf(OutageException.class)
        .hasMessage(
            "Run test-1 did not show itself for too long, and run second took over its output."
                + " What it had committed until then stays; start it again to go on.")
        .hasSuppressedException(failure);
    assertThat(out.resolve("_labelmill/lock-0000000001-test-1")).doesNotExist();
    assertThat(out.resolve("_labelmill/lock-0000000002-second")).exists();
  }

  /** Has uploads, and lets nobody look for them. */
  private static final class Unlistable extends RawLocalFileSystem {
    @Override
    public boolean hasPathCapability(org.apache.hadoop.fs.Path path, String capability) {
      return true;
    }

    @Override
    public MultipartUploaderBuilder<?, ?> createMultipartUploader(org.apache.hadoop.fs.Path path)
        throws IOException {
      throw new AccessDeniedException("t");
    }
  }

  private OutputOptions options(IfExists ifExists) {
    out();
    return OutputOptions.of(out.toString(), ifExists);
  }

  private OutputFolder take(IfExists ifExists) throws IOException {
    runs++;
    OutputFolder taken =
        OutputFolder.take(options(ifExists), configuration, "test-" + runs, Optional.empty());
    taken.forgetFenced();
    return taken;
  }

  private static StoredFiles stored(OutputOptions options, OutputFolder folder) {
    return new StoredFiles(
        options,
        folder,
        new StoredFiles.Columns() {
          @Override
          public StructType of(TableFormat format, org.apache.hadoop.fs.Path table) {
            return SCHEMA;
          }

          @Override
          public List<String> header(TableFormat format, org.apache.hadoop.fs.Path file) {
            return List.of(SCHEMA.fieldNames());
          }
        });
  }

  private static SchemaFit fit(OutputOptions options) {
    return new SchemaFit(options.output(), SCHEMA, List.of());
  }

  /** The owner of the lock is a process that is gone from this host. */
  private void die() throws IOException {
    String run = "test-" + runs;
    LockOwner me = LockOwner.ofThisProcess(run);
    LockOwner dead =
        new LockOwner(run, me.user(), me.host(), 1L << 40, me.boot(), me.namespace(), 0);
    String lock = new OutputLock.Name(1, run).toString();
    Files.write(out.resolve("_labelmill/" + lock), new ObjectMapper().writeValueAsBytes(dead));
  }

  private static void stage(OutputFolder taken, String file) throws IOException {
    Path staged = Path.of(taken.staging().toUri().getPath()).resolve(file);
    Files.createDirectories(staged.getParent());
    Files.writeString(staged, "new");
  }

  private void write(String file, String content) throws IOException {
    out();
    Path written = out.resolve(file);
    Files.createDirectories(written.getParent());
    Files.writeString(written, content);
  }

  /** The data files of the table. */
  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(out)) {
      return all.filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .filter(
              file -> Stream.of(file.split("/")).allMatch(io.labelmill.sink.OutputFiles::isData))
          .sorted()
          .toList();
    }
  }
}
