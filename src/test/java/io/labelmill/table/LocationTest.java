package io.labelmill.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocationTest {
  @ParameterizedTest
  @CsvSource({
    "s3://b/a b.csv,      s3a://b/a b.csv",
    "S3N://b/x,           s3a://b/x",
    "s3a://b/x,           s3a://b/x",
    "hdfs://n:1/s3://b,   hdfs://n:1/s3:/b",
    "HDFS://N:1/X,        hdfs://N:1/X",
    "FILE:/X,             file:/X",
    "/x/y,                /x/y",
    "x/s3/y,              x/s3/y",
  })
  void hadoopReadsS3ThroughItsConnector(String given, String path) {
    assertThat(Location.of(given).hadoop()).isEqualTo(new Path(path));
  }

  @Test
  void aTableOfTheCatalogIsNoPath() {
    Location table = Location.of("table:shop.labels");
    assertThat(table.isCatalog()).isTrue();
    assertThat(table.table()).isEqualTo("shop.labels");
    assertThat(Location.of("/table:x").isCatalog()).isFalse();
    assertThatThrownBy(() -> Location.of("/x").table())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("/x is no table of the catalog");
  }

  @ParameterizedTest
  @CsvSource({
    "gs://b/x,                 com.google.cloud.bigdataoss:gcs-connector:",
    "abfss://c@a.example/x,    org.apache.hadoop:hadoop-azure:",
    "WASB://c@a.example/x,     org.apache.hadoop:hadoop-azure:",
  })
  void aMissingConnectorIsNamedAtOnce(String given, String jar) {
    String scheme = given.substring(0, given.indexOf(':')).toLowerCase(Locale.ROOT);
    assertThatThrownBy(() -> Location.of(given).fileSystem(new Configuration()))
        .isInstanceOf(InputException.class)
        .message()
        .startsWith(
            "There is no connector for "
                + scheme
                + ":// on the class path, which "
                + given
                + " needs: add it behind --, as --packages "
                + jar);
    assertThat(Connector.missing("s3://b/x", new Configuration())).isEmpty();
    assertThat(Connector.missing("/x", new Configuration())).isEmpty();
    assertThat(Connector.missing("other://x", new Configuration())).isEmpty();
  }

  @Test
  void placesAreQualifiedNamedAndShownWithoutSecrets() throws Exception {
    assertThat(Location.of("/x/y").qualified(new Configuration(false)))
        .isEqualTo(new Path("file:/x/y"));
    assertThat(Location.of("s3://b/x/labels/").name()).isEqualTo("labels");
    assertThat(Location.of("s3://b/x").below("y/z")).isEqualTo(new Path("s3a://b/x/y/z"));
    assertThat(Location.of("https://me:pw@h/a?sig=1").redacted()).isEqualTo("https://h/a");
    assertThat(Location.of("s3://b/x")).hasToString("s3://b/x");
  }
}
