package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreNameTest {
  @ParameterizedTest
  @CsvSource({
    "http://H:80/a.jpg, h",
    "https://h:8443/a.jpg, h:8443",
    "s3a://bucket/a/b.jpg, s3a://bucket",
    "s3a://bucket, s3a://bucket",
    "hdfs://n:8020/a, hdfs://n:8020",
    "inline, inline",
  })
  void aHostOrBucketAnswersAsOne(String location, String name) {
    assertThat(StoreName.of(location)).isEqualTo(name);
  }

  @Test
  void filesAreOfTheirMount() {
    List<String> folders =
        StoreName.folders(
            """
            overlay / overlay rw 0 0
            nas:/a /mnt/shop\\040one nfs rw 0 0
            nas:/b /mnt nfs4 rw 0 0
            odd
            """);
    assertThat(folders).containsExactly("/mnt/shop one", "/mnt", "/");
    assertThat(StoreName.mount("/mnt/shop one/a.jpg", folders)).isEqualTo("/mnt/shop one");
    assertThat(StoreName.mount("/mnt/shop oneself/a.jpg", folders)).isEqualTo("/mnt");
    assertThat(StoreName.mount("/home/a.jpg", folders)).isEqualTo("/");
    assertThat(StoreName.of("file:/a.jpg")).startsWith("/");
  }
}
