package io.labelmill.sink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFilesTest {
  @TempDir java.nio.file.Path folder;

  /** As Hive's ProxyLocalFileSystem does it, which serves file: in Spark's distributions. */
  private static final class RefusesToReplace extends LocalFileSystem {
    @Override
    public boolean rename(Path from, Path to) throws IOException {
      return !exists(to) && super.rename(from, to);
    }
  }

  @Test
  void aFileIsReplacedWhereRenamesReplaceNothing() throws IOException {
    RefusesToReplace files = new RefusesToReplace();
    files.initialize(URI.create("file:///"), new Configuration());
    Path file = new Path(folder.resolve("record.json").toUri());
    Path temporary = new Path(folder.resolve("record.json.new").toUri());
    for (String content : new String[] {"first", "second, and longer", "third"}) {
      OutputFiles.write(files, temporary, file, content.getBytes(UTF_8));
      // Its checksum too is that of the new content, or this fails.
      try (FSDataInputStream in = files.open(file)) {
        assertThat(in.readAllBytes()).asString(UTF_8).isEqualTo(content);
      }
    }
    try (Stream<java.nio.file.Path> left = java.nio.file.Files.list(folder)) {
      assertThat(left.map(each -> each.getFileName().toString()))
          .containsExactlyInAnyOrder("record.json", ".record.json.crc");
    }
  }
}
