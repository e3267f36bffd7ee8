package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import io.labelmill.table.Location;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageUriTest {
  @ParameterizedTest
  @CsvSource({
    "/x/a b.jpg, /x/a b.jpg",
    "file:/x/a b.jpg, /x/a b.jpg",
    "file:///x/a b.jpg, /x/a b.jpg",
    "FILE://localhost/x/a%20b.jpg, /x/a%20b.jpg",
    "//x//a.jpg, /x/a.jpg",
    "s3://b/k#1+ü.jpg, s3://b/k#1+ü.jpg",
    "s3a://b/k.jpg, s3://b/k.jpg",
    "s3n://b//k.jpg, s3://b/k.jpg",
    "hdfs://n:8020//x//y, hdfs://n:8020/x/y",
    "x/a.jpg, x/a.jpg",
  })
  void spellingsOfOnePathCompareEqual(String given, String comparable) {
    assertThat(ImageUri.comparable(given)).isEqualTo(comparable);
    assertThat(ImageUri.comparable(comparable)).isEqualTo(comparable);
  }

  @Test
  void nullStaysNull() {
    assertThat(ImageUri.comparable(null)).isNull();
  }

  @Test
  void locationsAreWhatHadoopOpens() {
    ImageUri.Resolved location =
        new ImageUri.Resolved("hdfs://n:1", new Path("hdfs://n:1/user/u"), AllowedPlaces.STORES);
    assertThat(location.call("s3://b/a b%20#.jpg")).isEqualTo("s3a://b/a b%20#.jpg");
    assertThat(location.call("/x.jpg")).isEqualTo("hdfs://n:1/x.jpg");
    assertThat(location.call("x.jpg")).isEqualTo("hdfs://n:1/user/u/x.jpg");
    assertThat(location.call("file:/x.jpg")).isEqualTo("file:/x.jpg");
    // A path may lead anywhere that the job's user may read.
    assertThat(location.call("../../etc/passwd")).isEqualTo("hdfs://n:1/etc/passwd");
    assertThat(location.call("file:/data/../etc/passwd")).isEqualTo("file:/etc/passwd");
    assertThat(location.call("http://x/y.jpg")).isNull();
    assertThat(location.call(null)).isNull();
  }

  @Test
  void problemsAreSentencesWithoutSecrets() {
    assertThat(problem("a\0b")).hasValue("The path holds a NUL character: a\\0b");
    assertThat(problem("FTP://me:secret@h/a.jpg?k=secret"))
        .hasValue(
            "The scheme FTP is not allowed in the path FTP://h/a.jpg, since --allow-schemes does not"
                + " name it");
    assertThat(problem("webhdfs://h:80/a.jpg"))
        .hasValue(
            "The scheme webhdfs is not allowed in the path webhdfs://h:80/a.jpg, since"
                + " --allow-schemes does not name it");
    assertThat(problem("http:/latest/meta-data"))
        .hasValue("The path is malformed: http:/latest/meta-data");
    assertThat(problem("s3a://b/a.jpg?versionId=3")).isEmpty();
    assertThat(problem("/ok.jpg")).isEmpty();
    assertThat(problem(null)).hasValue("The path is null.");
    assertThat(problem(" ")).hasValue("The path is empty.");
    assertThat(problem("https://example.org/a.jpg?key=secret"))
        .hasValue(
            "The scheme https is not allowed in the path https://example.org/a.jpg, since"
                + " --allow-hosts names no host");
    assertThat(problem("a:b")).hasValue("The path is malformed: a:b");
  }

  @Test
  void redactionTakesUsersAndQueriesOutOfAnyText() {
    assertThat(
            Location.redacted("GET https://me:pw@h/a?sig=1&x=2 on 'abfss://c@acct/x?y=1' failed"))
        .isEqualTo("GET https://h/a on 'abfss://c@acct/x' failed");
    assertThat(Location.redacted("s3://b/what-0?.jpg")).isEqualTo("s3://b/what-0?.jpg");
    assertThat(Location.redacted("file:/a/what?.jpg")).isEqualTo("file:/a/what?.jpg");
    assertThat(Location.redacted("from <https://h/a?token> to 'data:image/png;base64,c2Vj'"))
        .isEqualTo("from <https://h/a> to 'data:image/png;base64,...'");
    assertThat(Location.of("https://h/a b.jpg?sig=secret").redacted())
        .isEqualTo("https://h/a b.jpg");
    assertThat(Location.of("s3://me:se/cret@b/a@b.jpg").redacted()).isEqualTo("s3://b/a@b.jpg");
    assertThat(Location.of("hdfs://n:8020/a@b.jpg").redacted()).isEqualTo("hdfs://n:8020/a@b.jpg");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file", "s3", "s3a", "s3n", "hdfs", "abfs", "abfss", "gs", "wasb", "wasbs", "dbfs"
      })
  void storesAreOpenToTables(String scheme) {
    assertThat(problem(scheme + "://x/a.jpg")).isEmpty();
    assertThat(problem(scheme.toUpperCase(Locale.ROOT) + "://x/a.jpg")).isEmpty();
  }

  /** Those that wrap another scheme, unpack archives, or speak to any host. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "har://http-h:80/a.har/b.jpg",
        "har:///a.har/b.jpg",
        "jar:file:/a.zip!/b.jpg",
        "swebhdfs://h/a.jpg",
        "sftp://h/a.jpg",
        "viewfs://c/a.jpg",
        "nested:https://h/a.jpg",
        "ofs://h/a.jpg"
      })
  void nothingElseIsOpenToTables(String path) {
    assertThat(problem(path)).isPresent();
  }

  @Test
  void whatAUserAddsIsOpenTooAndNoMore() {
    AllowedPlaces places =
        new AllowedPlaces(AllowedHosts.NONE, AllowedSchemes.of(List.of(" ViewFS ", "oss://")));
    assertThat(ImageUri.problem("viewfs://c/a.jpg", places)).isEmpty();
    assertThat(ImageUri.problem("oss://c/a.jpg", places)).isEmpty();
    assertThat(ImageUri.problem("s3://c/a.jpg", places)).isEmpty();
    assertThat(ImageUri.problem("ofs://c/a.jpg", places)).isPresent();
    assertThat(ImageUri.problem("http://c/a.jpg", places)).isPresent();
    assertThatThrownBy(() -> AllowedSchemes.of(List.of("https", "a b", "gs")))
        .isInstanceOf(UsageException.class)
        .satisfies(
            e ->
                assertThat(((UsageException) e).problems())
                    .containsExactly(
                        "--allow-schemes is https: name the hosts to fetch from with"
                            + " --allow-hosts.",
                        "--allow-schemes is a b: name schemes, commas between them, such as"
                            + " viewfs."));
  }

  @Test
  void aDataUriInAPathColumnNamesTheOptionAndShowsNoContent() {
    assertThat(problem("data:image/png;base64,c2VjcmV0"))
        .hasValue(
            "The path is a data: URI, which holds the image itself: name its column with"
                + " --content-column: data:image/png;base64,...");
    assertThat(problem("DATA:secret").orElseThrow()).doesNotContain("secret");
  }

  @Test
  void longPathsAreRefusedAndAnyPathIsCheckedInTimeInProportionToItsLength() {
    String longest = "/" + "x".repeat(ImageUri.MAX_LENGTH - 1);
    assertThat(problem(longest)).isEmpty();
    assertThat(problem(longest + "x"))
        .hasValueSatisfying(
            problem ->
                assertThat(problem)
                    .startsWith("The path is 8193 characters long, more than the 8192")
                    .hasSizeLessThan(300));
    AllowedPlaces places =
        new AllowedPlaces(AllowedHosts.of(List.of("h")), AllowedSchemes.OF_STORES);
    long start = processorNanos();
    for (String part : List.of("://", "://a:b", "@", "a:", "?a=", "%", "[", "data:", ":/", ".")) {
      for (String before : List.of("", "s3://b/", "http://h/", "http://", "x:", "data:")) {
        for (int length : new int[] {8_000, 4_000_000}) {
          String path = before + part.repeat(length / part.length());
          ImageUri.problem(path, places);
          ImageUri.comparable(path);
          Location.redacted(path);
          Location.redacted(path + " " + path);
        }
      }
    }
    assertThat(Duration.ofNanos(processorNanos() - start))
        .as("work of this thread, however busy the machine is")
        .isLessThan(Duration.ofSeconds(30));
  }

  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  @Test
  void escapesOfAPathAreUndone() {
    assertThat(ImageUri.unescaped(new Path("s3a://b/a%20b%C3%BC+.jpg")))
        .hasValue(new Path("s3a://b/a bü+.jpg"));
    assertThat(ImageUri.unescaped(new Path("/a b.jpg"))).isEmpty();
    assertThat(ImageUri.unescaped(new Path("/100%.jpg"))).isEmpty();
    assertThat(ImageUri.unescaped(new Path("/a%20b%zz.jpg"))).isEmpty();
    assertThat(ImageUri.unescaped(new Path("/a%00.jpg"))).isEmpty();
  }

  private static Optional<String> problem(String path) {
    return ImageUri.problem(path, AllowedPlaces.STORES);
  }
}
