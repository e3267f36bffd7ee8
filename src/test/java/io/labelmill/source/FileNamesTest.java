package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FileNamesTest {
  private static final String ENCODING = "sun.jnu.encoding";
  private final String before = System.getProperty(ENCODING);

  /** What a JVM in the locale C has; its own way of reading names was decided at its start. */
  @BeforeEach
  void pretend() {
    System.setProperty(ENCODING, "ANSI_X3.4-1968");
  }

  @AfterEach
  void restore() {
    System.setProperty(ENCODING, before);
  }

  @Test
  void filesOfThisMachineAreRefusedWithAllThatNamesThem() {
    assertThatThrownBy(
            () ->
                check(
                    new StoreProbe.Place("--input", "photos/"),
                    new StoreProbe.Place("--model", "hdfs://n/m"),
                    new StoreProbe.Place("--output", "file:///out")))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--input photos/, --output file:///out: in the locale of the driver names of files are"
                + " ANSI_X3.4-1968, so that files with other names would be left out: set"
                + " LC_ALL=C.UTF-8, or another locale with UTF-8, where it is started (for"
                + " executors -- --conf spark.executorEnv.LC_ALL=C.UTF-8)");
    assertThatThrownBy(() -> FileNames.check("file:/photos/a.jpg"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("file:/photos/a.jpg: in the locale of an executor ");
  }

  @Test
  void otherStoresAreNamedWithoutTheLocale() {
    assertThatCode(
            () ->
                check(
                    new StoreProbe.Place("--model", "hdfs://n/m"),
                    new StoreProbe.Place("--output", "table:a.b")))
        .doesNotThrowAnyException();
    assertThatCode(() -> FileNames.check("hdfs://n/a.jpg")).doesNotThrowAnyException();
  }

  /** The first image of a table may lie in a store that is named without the locale. */
  @Test
  void eachFileThatIsOpenedIsChecked() {
    Configuration configuration = new Configuration();
    ImageReader reader = new ImageReader(configuration);
    for (String path : List.of("file:/photos/\u00fc.jpg", "/photos/\u00fc.jpg")) {
      Row row = RowFactory.create(path, path, null, null, null, null, null, "1-1");
      String refused = path + ": in the locale of an executor ";
      assertThatThrownBy(() -> reader.read(row, byte[]::new))
          .isInstanceOf(UsageException.class)
          .hasMessageStartingWith(refused);
      try (ReadAhead reads =
          new ReadAhead(
              List.of(row).iterator(), reader, ReadAhead.Limits.of(path, configuration))) {
        assertThatThrownBy(reads::next)
            .isInstanceOf(UsageException.class)
            .hasMessageStartingWith(refused);
      }
      Iterator<Row> changed =
          new ChangedFiles(null, 7)
              .changed(List.of(row).iterator(), configuration, Duration.ofMinutes(1));
      assertThatThrownBy(changed::next)
          .isInstanceOf(UsageException.class)
          .hasMessageStartingWith(refused);
    }
  }

  @Test
  void filesInAnArchiveAreCheckedByItsName() {
    String location =
        new ArchiveMember("file:/photos/\u00fc.tar", 1, 1, ArchiveMember.Encoding.PLAIN, 0, 1, 1)
            .location();
    Row row = RowFactory.create("m", location, null, null, null, null, null);
    assertThatThrownBy(() -> new ImageReader(new Configuration()).read(row, byte[]::new))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("file:/photos/\u00fc.tar: in the locale of an executor ");
  }

  @Test
  void onlyUtf8NamesAll() {
    assertThat(FileNames.namesAll("UTF-8", "Linux")).isTrue();
    assertThat(FileNames.namesAll("utf8", "Mac OS X")).isTrue();
    assertThat(FileNames.namesAll("ISO-8859-1", "Linux")).isFalse();
    assertThat(FileNames.namesAll("nonsense", "Linux")).isFalse();
    assertThat(FileNames.namesAll("Cp1252", "Windows 11")).isTrue();
  }

  private static void check(StoreProbe.Place... places) {
    FileNames.check(List.of(places), new Configuration(false));
  }
}
