package io.labelmill.source;

import static org.apache.spark.sql.functions.monotonically_increasing_id;

import io.labelmill.error.InputException;
import io.labelmill.table.Connector;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A table of paths. */
final class PathTable extends ImageTable {
  /** Paths of which the schemes are looked at before any is read. */
  private static final int LOOKED_AT = 1_000;

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
            () ->
                checked(
                    committed.isPresent() ? missing(folder, committed.get()) : all(folder, "plan")),
            committed,
            () -> rows().isEmpty());
  }

  /** A connector that is missing would be missing for each row. */
  private Plan checked(Plan plan) {
    Set<String> schemes = new TreeSet<>();
    List<String> problems = new ArrayList<>();
    for (String path : plan.paths(LOOKED_AT)) {
      int mark = path == null ? -1 : path.indexOf("://");
      if (mark > 0 && schemes.add(path.substring(0, mark).toLowerCase(Locale.ROOT))) {
        Connector.missing(path, setup().configuration()).ifPresent(problems::add);
      }
    }
    InputException.throwIfAny(problems);
    return plan;
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
