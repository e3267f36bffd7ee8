package io.labelmill.source;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;

import io.labelmill.error.UsageException;
import io.labelmill.table.Columns;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images in tar and zip archives, WebDataset's shards among them. An archive is gone through
 * once for its headers, by one task; then each member costs a read of its range, as a file would.
 * Nothing is unpacked.
 */
final class ArchivedImages extends FoundImages {
  private static final Logger log = LoggerFactory.getLogger(ArchivedImages.class);

  /** What stands between an archive's path and a member's name in a row's path. */
  static final String SEPARATOR = "!/";

  /** Far more than a shard has; the driver's plan has a row for each. */
  private static final int MOST_MEMBERS = 10_000_000;

  private final StructType kept;

  private ArchivedImages(SourceSetup setup, List<Listing.Root> roots, StructType kept) {
    super(setup, roots);
    this.kept = kept;
  }

  /**
   * @param reserved names of the columns of the output, which side files that are kept may not have
   * @throws UsageException naming options that need a table, and side files that cannot be kept
   */
  static ArchivedImages of(SourceSetup setup, List<Input.Archives> inputs, Set<String> reserved) {
    SourceOptions options = setup.options();
    List<String> problems = new ArrayList<>(options.needingTable("archives"));
    Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    taken.addAll(reserved);
    taken.addAll(PlanColumns.NAMES);
    StructType kept = new StructType();
    for (String ending : options.keep()) {
      if (ending.equals("*")) {
        problems.add(
            "--keep is *, but archives have no columns: name the endings of the side files that"
                + " are wanted, such as --keep cls,json.");
      } else if (!taken.add(ending)) {
        problems.add(
            "--keep names %s twice, or the output has a column of its own with that name."
                .formatted(ending));
      } else {
        kept = kept.add(ending, DataTypes.StringType);
      }
    }
    UsageException.throwIfAny(problems);
    return new ArchivedImages(setup, inputs.stream().map(Input.Archives::root).toList(), kept);
  }

  @Override
  public StructType kept() {
    return kept;
  }

  @Override
  OutputOverlap overlap() {
    return new OutputOverlap(roots(), (root, file) -> true, null);
  }

  @Override
  public String comparison() {
    return Changed.sentence(changed(), "length and modification time of their archive");
  }

  /** What is in an archive is found by reading it, which tasks do. */
  @Override
  Optional<List<Row>> few() {
    return Optional.empty();
  }

  @Override
  PathPlan missing(Path folder, Dataset<Row> committed) {
    // Numbered along the order; what a limit leaves out is left out before what is done.
    Dataset<Row> images =
        limit().isPresent()
            ? all(folder, "input").images()
            : ordered(folder).withColumn(PathPlan.ID, monotonically_increasing_id());
    Dataset<Row> missing =
        DoneImages.of(committed, setup().options().retryFailed(), DoneImages.Identity.PATH)
            .subtractFrom(
                images,
                DoneImages.knownVersion(),
                changed(),
                DoneImages.Repeats.POSSIBLE,
                PathPlan.ID);
    return setup().planMissing(missing, PathPlan.ID, folder);
  }

  /** Plan rows of the members that the options choose. */
  @Override
  Dataset<Row> images() {
    Dataset<Row> archives = listed();
    if (roots().size() > 1) {
      archives = archives.dropDuplicates("path");
    }
    if (setup().options().modifiedAfter().isPresent()) {
      archives =
          archives.filter(
              col("modification_time")
                  .gt(lit(setup().options().modifiedAfter().get().toEpochMilli())));
    }
    Dataset<Row> members = members(setup().spark(), archives, setup().broadcast(), kept);
    return selection()
        .of(members, col("relative"), col(PATH))
        .select(
            Arrays.stream(members.columns())
                .filter(name -> !name.equals("relative"))
                .map(Columns::column)
                .toArray(Column[]::new));
  }

  /**
   * Plan rows of the members of archives, each with its path below the root in {@code relative}.
   *
   * @param archives rows of a {@link Listing}
   * @param kept side files
   */
  static Dataset<Row> members(
      SparkSession spark,
      Dataset<Row> archives,
      Broadcast<HadoopConfiguration> configuration,
      StructType kept) {
    StructType schema =
        PlanColumns.schema(DataTypes.BinaryType, kept).add("relative", DataTypes.StringType);
    // An archive is a task's whole work: they are not shared out by their number alone.
    int tasks = Math.max(1, 4 * spark.sparkContext().defaultParallelism());
    return archives
        .repartition(tasks, col("path"))
        .mapPartitions(
            new Members(configuration, List.of(kept.fieldNames()), MOST_MEMBERS),
            Encoders.row(schema));
  }

  /** Rows of a listing of archives to plan rows of their members. */
  private record Members(
      Broadcast<HadoopConfiguration> configuration, List<String> keep, int mostMembers)
      implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> archives) {
      MemberRows rows = new MemberRows(archives, configuration.value().value(), keep, mostMembers);
      TaskCompletionListener close = ended -> rows.close();
      TaskContext.get().addTaskCompletionListener(close);
      return rows;
    }
  }

  /** The plan rows of some archives, one open at a time. */
  private static final class MemberRows implements Iterator<Row> {
    private final Iterator<Row> archives;
    private final Configuration configuration;
    private final List<String> keep;
    private final int mostMembers;
    private Row archive;
    private ArchiveIndex index;
    private Row next;

    MemberRows(
        Iterator<Row> archives, Configuration configuration, List<String> keep, int mostMembers) {
      this.archives = archives;
      this.configuration = configuration;
      this.keep = keep;
      this.mostMembers = mostMembers;
    }

    @Override
    public boolean hasNext() {
      while (next == null && (index != null || archives.hasNext())) {
        try {
          if (index == null) {
            archive = archives.next();
            index = opened(archive);
          }
          ArchiveIndex.Image image = index.next();
          if (image == null) {
            close();
          } else {
            next = row(image);
          }
        } catch (IOException e) {
          close();
          next = unread();
        }
      }
      return next != null;
    }

    private ArchiveIndex opened(Row listed) throws IOException {
      Path path = new Path(listed.getString(0));
      if (listed.isNullAt(2)) {
        throw new FileNotFoundException(path + " leads nowhere");
      }
      FileStatus status = new FileStatus(listed.getLong(2), false, 0, 0, listed.getLong(3), path);
      FSDataInputStream in = ImageReader.opened(path, status, configuration, "random");
      try {
        return new ArchiveIndex(status, in, keep, mostMembers);
      } catch (IOException e) {
        in.close();
        throw e;
      }
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Row row = next;
      next = null;
      return row;
    }

    private Row row(ArchiveIndex.Image image) {
      ArchiveMember member = image.member();
      boolean isRead = image.problem() == null;
      List<Object> values = new ArrayList<>();
      values.add(member.archive() + SEPARATOR + image.name());
      values.add(isRead ? member.location() : null);
      values.add(image.problem());
      values.add(isRead ? member.length() : null);
      values.add(isRead ? member.archiveModified() : null);
      values.add(member.version());
      values.add(null);
      values.addAll(image.kept());
      values.add(archive.getString(1) + SEPARATOR + image.name());
      return RowFactory.create(values.toArray());
    }

    /** An archive that gave no more: whoever reads it as a file is told why. */
    private Row unread() {
      List<Object> values = new ArrayList<>();
      values.add(archive.getString(0) + SEPARATOR);
      values.add(archive.isNullAt(4) ? archive.getString(0) : null);
      values.add(archive.get(4));
      values.add(null);
      values.add(archive.isNullAt(4) ? null : archive.get(3));
      values.addAll(Collections.nCopies(2 + keep.size(), null));
      values.add(archive.getString(1) + SEPARATOR);
      return RowFactory.create(values.toArray());
    }

    void close() {
      try {
        if (index != null) {
          index.close();
        }
      } catch (IOException e) {
        log.warn("The archive {} cannot be closed: {}", archive.getString(0), e.toString());
      } finally {
        index = null;
      }
    }
  }
}
