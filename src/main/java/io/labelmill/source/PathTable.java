package io.labelmill.source;

import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.udf;

import io.labelmill.error.Cause;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/** A table of paths. */
final class PathTable extends ImageTable {
  PathTable(SourceSetup setup, Contents contents) {
    super(setup, contents);
  }

  @Override
  Column location(Column path) {
    return udf(resolved(), DataTypes.StringType).apply(path);
  }

  private ImageUri.Resolved resolved() {
    try {
      FileSystem fileSystem = FileSystem.get(setup().configuration());
      return new ImageUri.Resolved(
          fileSystem.getUri().toString(),
          fileSystem.getWorkingDirectory(),
          setup().options().allowHosts());
    } catch (IOException e) {
      throw Cause.failure("The default file system cannot be reached: " + e, e);
    }
  }

  @Override
  Column problem(Column path) {
    return udf(new ImageUri.Problem(setup().options().allowHosts()), DataTypes.StringType)
        .apply(path);
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
