package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.table.Location;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        new ImageUri.Resolved("hdfs://n:1", new Path("hdfs://n:1/user/u"), AllowedHosts.NONE);
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
    assertThat(ImageUri.problem("a\0b")).hasValue("The path holds a NUL character: a\\0b");
    assertThat(ImageUri.problem("FTP://me:secret@h/a.jpg?k=secret"))
        .hasValue("The scheme FTP is not allowed in the path FTP://h/a.jpg");
    assertThat(ImageUri.problem("webhdfs://h:80/a.jpg"))
        .hasValue("The scheme webhdfs is not allowed in the path webhdfs://h:80/a.jpg");
    assertThat(ImageUri.problem("http:/latest/meta-data"))
        .hasValue("The path is malformed: http:/latest/meta-data");
    assertThat(ImageUri.problem("s3a://b/a.jpg?versionId=3")).isEmpty();
    assertThat(ImageUri.problem("/ok.jpg")).isEmpty();
    assertThat(ImageUri.problem(null)).hasValue("The path is null.");
    assertThat(ImageUri.problem(" ")).hasValue("The path is empty.");
    assertThat(ImageUri.problem("https://example.org/a.jpg?key=secret"))
        .hasValue(
            "The scheme https is not allowed in the path https://example.org/a.jpg, since"
                + " --allow-hosts names no host");
    assertThat(ImageUri.problem("a:b")).hasValue("The path is malformed: a:b");
  }

  @Test
  void redactionTakesUsersAndQueriesOutOfAnyText() {
    assertThat(
            Location.redacted("GET https://me:pw@h/a?sig=1&x=2 on 'abfss://c@acct/x?y=1' failed"))
        .isEqualTo("GET https://h/a on 'abfss://c@acct/x' failed");
    assertThat(Location.redacted("s3://b/what-0?.jpg")).isEqualTo("s3://b/what-0?.jpg");
    assertThat(Location.redacted("file:/a/what?.jpg")).isEqualTo("file:/a/what?.jpg");
  }
}
