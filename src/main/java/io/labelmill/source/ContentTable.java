package io.labelmill.source;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A table of contents. */
final class ContentTable extends ImageTable {
  /** Images that a split should have, where the table's row groups allow. */
  private static final int IMAGES_PER_SPLIT = 256;

  private static final long SHORTEST_SPLIT = 1L << 20;
  private static final long LONGEST_SPLIT = 128L << 20;

  ContentTable(SourceSetup setup, Contents contents) {
    super(setup, contents);
  }

  @Override
  public String comparison() {
    return Changed.sentence(
        changed(),
        setup().options().versionColumn().map(name -> "the column " + name).orElse("its hash"));
  }

  private Changed changed() {
    return setup().options().changed().orElse(Changed.CHECK);
  }

  @Override
  public Plan plan(Path folder, Optional<Dataset<Row>> committed) {
    return setup().planned(() -> planned(folder, committed), committed, () -> rows().isEmpty());
  }

  private ContentPlan planned(Path folder, Optional<Dataset<Row>> committed) {
    Dataset<Row> images = rows();
    // Spark's readers hold a batch of rows at once: thousands of names, but not of pictures.
    Map<String, String> settings =
        Map.of(
            "spark.sql.parquet.columnarReaderBatchSize", "32",
            "spark.sql.orc.columnarReaderBatchSize", "32",
            "spark.sql.files.maxPartitionBytes", Long.toString(bytesPerSplit()));
    return SessionSettings.during(
        setup().spark(),
        settings,
        () -> {
          ContentPlan plan =
              ContentPlan.of(
                  setup().spark(), images, contents().bytes(), setup().options().limit());
          return committed.isEmpty() ? plan : without(plan, committed.get(), folder);
        });
  }

  private ContentPlan without(ContentPlan plan, Dataset<Row> committed, Path folder) {
    ImageColumns columns = contents().columns();
    DoneImages done =
        DoneImages.of(
            committed,
            setup().options().retryFailed(),
            columns.path() != null ? DoneImages.Identity.PATH : DoneImages.Identity.CONTENT);
    return plan.without(done, DoneImages.contentVersion(columns.contentType()), changed(), folder);
  }

  private long bytesPerSplit() {
    OptionalLong bytes = contents().bytes();
    if (bytes.isEmpty()) {
      return LONGEST_SPLIT;
    }
    long rows = Math.max(1, contents().rows().count());
    return Math.max(
        SHORTEST_SPLIT, Math.min(LONGEST_SPLIT, bytes.getAsLong() / rows * IMAGES_PER_SPLIT));
  }
}
