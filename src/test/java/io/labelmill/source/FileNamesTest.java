package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
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
    assertThatCode(() -> FileNames.check((String) null)).doesNotThrowAnyException();
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
