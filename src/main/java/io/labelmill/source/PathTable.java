package io.labelmill.source;

import static org.apache.spark.sql.functions.monotonically_increasing_id;

import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A table of paths. */
final class PathTable extends ImageTable {
  PathTable(SourceSetup setup, Contents contents) {
    super(setup, contents);
  }

  @Override
  public String comparison() {
    return Changed.sentence(
        changed(),
        setup()
            .options()
            .versionColumn()
            .map(name -> "the column " + name)
            .orElse("length and modification time, which takes a request for each"));
  }

  private Changed changed() {
    boolean hasVersion = contents().columns().version() != null;
    return setup().options().changed().orElse(hasVersion ? Changed.CHECK : Changed.IGNORE);
  }

  @Override
  public Plan plan(Path folder, Optional<Dataset<Row>> committed) {
    return setup()
        .planned(
            () -> committed.isPresent() ? missing(folder, committed.get()) : all(folder, "plan"),
            committed,
            () -> rows().isEmpty());
  }

  private PathPlan all(Path folder, String name) {
    return PathPlan.write(
        setup().spark(), rows(), new Path(folder, name), setup().options().limit());
  }

  private PathPlan missing(Path folder, Dataset<Row> committed) {
    SourceOptions options = setup().options();
    Dataset<Row> images =
        options.limit().isPresent()
            ? all(folder, "input").images()
            : rows().withColumn(PathPlan.ID, monotonically_increasing_id());
    DoneImages done = DoneImages.of(committed, options.retryFailed(), DoneImages.Identity.PATH);
    Dataset<Row> missing =
        changed() == Changed.CHECK && contents().columns().version() == null
            ? done.subtractUnchangedFrom(images, PathPlan.ID, setup().broadcast())
            : done.subtractFrom(
                images,
                DoneImages.knownVersion(),
                changed(),
                DoneImages.Repeats.POSSIBLE,
                PathPlan.ID);
    return setup().planMissing(missing, PathPlan.ID, folder);
  }
}
