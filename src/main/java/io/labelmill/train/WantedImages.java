package io.labelmill.train;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.score.Holdings;
import io.labelmill.score.TaskReads;
import io.labelmill.source.EncodedImage;
import io.labelmill.source.PlanColumns;
import io.labelmill.source.ReadAhead;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * Reads those images of a task that somebody wants, as a job that scores reads them: within the
 * same bounds of bytes, memory and time.
 *
 * @param paths of the images that are wanted
 */
record WantedImages(Set<String> paths, Configuration configuration) {

  /**
   * What is made of each image, when it is asked for; an image that fails may be left out.
   *
   * @param planned plan rows
   * @param made of a read, which is closed then
   */
  <T> Iterator<T> read(Iterator<Row> planned, Function<ReadAhead.Result, Optional<T>> made) {
    Iterator<Row> wanted =
        stream(planned).filter(row -> paths.contains(row.getString(PlanColumns.PATH))).iterator();
    if (!wanted.hasNext()) {
      return Collections.emptyIterator();
    }
    ReadAhead reads = TaskReads.open(wanted, configuration);
    Holdings holdings = Holdings.of(TaskContext.get());
    holdings.add(reads::close);
    return holdings.until(
        stream(reads)
            .map(
                read -> {
                  try (read) {
                    return made.apply(read);
                  }
                })
            .flatMap(Optional::stream)
            .iterator());
  }

  /** One after the other, each when it is asked for. */
  static <T> Stream<T> stream(Iterator<T> all) {
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(all, 0), false);
  }

  /** Path and SHA-256 of each that can be read. */
  Iterator<Tuple2<String, String>> hashes(Iterator<Row> planned) {
    return read(
        planned,
        read ->
            read.failure() == null
                ? Optional.of(new Tuple2<>(path(read), sha256(read.image())))
                : Optional.empty());
  }

  static String path(ReadAhead.Result read) {
    return read.row().getString(PlanColumns.PATH);
  }

  private static String sha256(EncodedImage image) {
    try {
      return Sha256.of(new ByteArrayInputStream(image.bytes(), 0, image.length()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
