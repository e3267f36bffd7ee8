package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Request;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

class FilesOnS3IT {
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

    assertThat(Files.data(fileSystem, table).keySet()).isEqualTo(expected);

    assertThat(Files.data(fileSystem, table))
        .containsEntry(bucket.uri("t/_shop=2/shelf=7/part-7.parquet"), 7L);
    assertThat(bucket.requests()).filteredOn(Request::isListing).hasSizeLessThanOrEqualTo(2 * 2);
    assertThat(Files.data(fileSystem, new Path(bucket.uri("missing")))).isEmpty();
  }
}
