package io.labelmill.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.s3.LoopbackS3;
import io.labelmill.s3.LoopbackS3.Bucket;
import io.labelmill.s3.LoopbackS3.Request;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.MultipartUploader;
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
          .noneMatch(FilesOnS3IT::isAbort);
      OutputFolder.take(options, configuration, "second", Optional.empty()).close();
      assertThat(bucket.requests())
          .as("a dead run may have left it")
          .anyMatch(FilesOnS3IT::isAbort);
    }
  }

  private static boolean isAbort(Request request) {
    return request.method().equals("DELETE") && request.query().contains("uploadId=");
  }
}
