package io.labelmill.source;

import io.labelmill.error.UserException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.util.CollectionAccumulator;

/** Images that are found by going through folders or archives, and put in order by their paths. */
abstract sealed class FoundImages implements ImageSource permits ListedImages, ArchivedImages {
  static final String PATH = PlanColumns.NAMES.get(PlanColumns.PATH);

  private final SourceSetup setup;
  private final Selection selection;
  private final CollectionAccumulator<FolderLink> links;
  private List<Listing.Root> roots;

  FoundImages(SourceSetup setup, List<Listing.Root> roots) {
    this.setup = setup;
    this.roots = roots;
    this.selection = Selection.of(setup.options());
    this.links = setup.spark().sparkContext().collectionAccumulator();
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

  /** The same rows, where they are so few that the driver finds them; empty where it did not. */
  abstract Optional<List<Row>> few();

  /** Those of them that a table lacks, kept in the folder where they are not few. */
  abstract Plan missing(Path folder, Dataset<Row> committed);

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

  /** All files below the roots; one that two of them hold comes twice. */
  Dataset<Row> listed() {
    return Listing.rows(setup.spark(), setup.broadcast(), roots, new ListingParts.Cut(links));
  }

  /**
   * Which links lead to one folder is known when all has been listed: then it is listed again, with
   * all but one of them closed. Patterns may choose among names of one image; all stay open then.
   */
  @Override
  public Plan plan(Path folder, Optional<Dataset<Row>> committed) {
    links.reset();
    Plan plan = planned(folder, committed);
    List<FolderLink> entered = links.value();
    if (entered.size() < 2 || !selection.areAllNames()) {
      return plan;
    }
    List<Listing.Root> once = roots.stream().map(root -> root.closing(entered)).toList();
    if (once.equals(roots)) {
      return plan;
    }
    roots = once;
    return planned(new Path(folder, "once"), committed);
  }

  private Plan planned(Path folder, Optional<Dataset<Row>> committed) {
    return setup.planned(
        () -> committed.isPresent() ? missing(folder, committed.get()) : all(folder),
        committed,
        () -> few().map(List::isEmpty).orElseGet(() -> images().isEmpty()));
  }

  private Plan all(Path folder) {
    Optional<List<Row>> few = few();
    if (few.isEmpty()) {
      return all(folder, "plan");
    }
    Seam.LISTED.reached();
    return planned(few.get(), limit());
  }

  /** The plan of few images. */
  FewImages planned(List<Row> few, OptionalLong limit) {
    return FewImages.ordered(setup.spark(), PlanColumns.schema(kept()), few, limit);
  }

  CollectionAccumulator<FolderLink> links() {
    return links;
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
