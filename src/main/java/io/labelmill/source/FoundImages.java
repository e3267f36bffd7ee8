package io.labelmill.source;

import io.labelmill.error.UserException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Images that are found by going through folders or archives, and put in order by their paths. */
abstract sealed class FoundImages implements ImageSource permits ListedImages, ArchivedImages {
  static final String PATH = PlanColumns.NAMES.get(PlanColumns.PATH);

  private final SourceSetup setup;
  private final List<Listing.Root> roots;
  private final Selection selection;

  FoundImages(SourceSetup setup, List<Listing.Root> roots) {
    this.setup = setup;
    this.roots = roots;
    this.selection = Selection.of(setup.options());
  }

  SourceSetup setup() {
    return setup;
  }

  List<Listing.Root> roots() {
    return roots;
  }

  Selection selection() {
    return selection;
  }

  /** Plan rows of the images that the options choose, but for the limit; in no order. */
  abstract Dataset<Row> images();

  /** Those of them that a table lacks, kept in the folder. */
  abstract PathPlan missing(Path folder, Dataset<Row> committed);

  /** What the job would read of what it writes. */
  abstract OutputOverlap overlap();

  @Override
  public Broadcast<HadoopConfiguration> configuration() {
    return setup.broadcast();
  }

  @Override
  public Optional<UserException> readsOutput(List<String> folders) {
    return overlap().problem(folders, setup.configuration());
  }

  Changed changed() {
    return setup.options().changed().orElse(Changed.CHECK);
  }

  OptionalLong limit() {
    return setup.options().limit();
  }

  @Override
  public Plan plan(Path folder, Optional<Dataset<Row>> committed) {
    return setup.planned(
        () -> committed.isPresent() ? missing(folder, committed.get()) : all(folder, "plan"),
        committed,
        () -> images().isEmpty());
  }

  /** All images in their order, as far as the limit goes. */
  PathPlan all(Path folder, String name) {
    return PathPlan.write(setup.spark(), ordered(folder), new Path(folder, name), limit());
  }

  Dataset<Row> ordered(Path folder) {
    return setup
        .stored(images(), new Path(folder, "listing"), "Find the images below " + setup.named())
        .orderBy(PATH);
  }

  @Override
  public void close() {
    setup.close();
  }
}
