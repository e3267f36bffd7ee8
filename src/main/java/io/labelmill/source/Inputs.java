package io.labelmill.source;

import io.labelmill.error.InputException;
import io.labelmill.hub.DownloadProgress;
import io.labelmill.hub.Hub;
import io.labelmill.hub.HubFiles;
import io.labelmill.hub.HubName;
import io.labelmill.hub.HubPath;
import io.labelmill.hub.HubSettings;
import io.labelmill.table.JsonLayout;
import io.labelmill.table.Location;
import io.labelmill.table.TableFiles;
import io.labelmill.table.TableFiles.Nesting;
import io.labelmill.table.TableFormat;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Finds what users name, and tells by names, and where need be by a few bytes, what it is. */
record Inputs(String format, Optional<String> separator, Configuration configuration) {
  /** The values of {@code --input-format} that are no format of tables. */
  private static final String AUTO = "auto";

  private static final String IMAGES = "images";

  static final String ARCHIVES = "archives";

  /**
   * @param given at least one
   * @param format as the user named it, {@code auto} included
   * @return inputs of one kind, in the order given
   * @throws InputException when there is nothing, nothing that can be told, or more than one kind
   */
  static List<Input> find(List<String> given, String format, Configuration configuration) {
    return find(given, format, Optional.empty(), configuration);
  }

  /**
   * As the shorter form.
   *
   * @param separator of delimited text; empty for its format's own
   */
  static List<Input> find(
      List<String> given, String format, Optional<String> separator, Configuration configuration) {
    Inputs inputs = new Inputs(format, separator, configuration);
    List<String> problems = new ArrayList<>();
    List<Input> found = new ArrayList<>();
    for (String each : given) {
      try {
        if (HubName.isHubName(each)) {
          found.addAll(inputs.ofHub(each));
        } else {
          found.add(inputs.find(each));
        }
      } catch (InputException e) {
        problems.addAll(e.problems());
      }
    }
    Map<String, List<String>> kinds =
        found.stream()
            .collect(
                Collectors.groupingBy(
                    Input::plural,
                    TreeMap::new,
                    Collectors.mapping(Input::given, Collectors.toList())));
    if (kinds.size() > 1) {
      problems.add(
          "The inputs are of "
              + (kinds.size() == 2 ? "two" : kinds.size())
              + " kinds, "
              + kinds.entrySet().stream()
                  .map(kind -> kind.getKey() + " (" + String.join(", ", kind.getValue()) + ")")
                  .collect(Collectors.joining(" and "))
              + ": run one after the other, or say which with --input-format.");
    }
    InputException.throwIfAny(problems);
    return found;
  }

  private Input find(String given) {
    if (Location.of(given).isCatalog()) {
      return new Input.Catalog(given);
    }
    if (AllowedHosts.isHttp(given)) {
      throw new InputException(
          ("The input cannot be read: %s is an address: put addresses into a table, a line each"
                  + " of a CSV file for example, and name the table.")
              .formatted(Location.redacted(given)));
    }
    Optional<String> problem = ImageUri.malformed(given);
    if (problem.isPresent()) {
      throw new InputException("The input cannot be read: " + problem.get());
    }
    Listing.Root root = root(given);
    if (format.equals(IMAGES)) {
      return new Input.Images(given, root);
    }
    if (format.equals(ARCHIVES)) {
      return new Input.Archives(given, root);
    }
    boolean isLookedAt =
        format.equals(AUTO)
            || format.equals(AzureBodies.FORMAT)
            || TableFormat.named(format).isPresent();
    return isLookedAt
        ? look(given, root)
        : new Input.Other(given, format, sparkPath(root), Optional.of(root));
  }

  /**
   * Files of a data set, brought to this machine: tables of one format as one, others one by one.
   */
  private List<Input> ofHub(String given) {
    HubFiles found;
    try {
      found =
          new Hub(HubSettings.ofProcess()).download(HubPath.parse(given), DownloadProgress.NONE);
    } catch (IOException e) {
      throw Listing.unlistable(given, e);
    }
    List<String> paths = found.files().stream().map(file -> file.toUri().toString()).toList();
    Set<Optional<TableFormat>> formats =
        found.files().stream()
            .map(file -> tableFormat(file.getFileName().toString()))
            .collect(Collectors.toSet());
    Optional<TableFormat> common =
        formats.size() == 1 ? formats.iterator().next() : Optional.empty();
    if (common.isEmpty() || format.equals(AzureBodies.FORMAT)) {
      return paths.stream().map(this::find).toList();
    }
    try {
      Path first = new Path(paths.get(0));
      JsonLayout layout =
          common.get() == TableFormat.JSON ? JsonLayout.of(first, configuration) : JsonLayout.LINES;
      List<String> globs = new ArrayList<>();
      long bytes = 0;
      for (java.nio.file.Path file : found.files()) {
        globs.add(TableFiles.literal(new Path(file.toUri()).toString()));
        bytes += java.nio.file.Files.size(file);
      }
      return List.of(
          new Input.Files(
              given,
              new TableFiles(common.get(), globs, layout, Nesting.PARTITIONS, separator),
              Optional.empty(),
              OptionalLong.of(bytes)));
    } catch (IOException e) {
      throw Listing.unlistable(given, e);
    }
  }

  private Listing.Root root(String given) {
    try {
      Path path = Location.of(given).hadoop();
      FileSystem fileSystem = Location.of(given).fileSystem(configuration);
      if (fileSystem.exists(path)) {
        return new Listing.Root(fileSystem.makeQualified(path).toString(), null);
      }
      if (!Glob.isGlob(given)) {
        throw new InputException("The input " + Location.redacted(given) + " does not exist.");
      }
      Optional<String> wrong = Glob.problem(given);
      if (wrong.isPresent()) {
        throw new InputException(wrong.get());
      }
      int special = 0;
      String text = path.toString();
      while (!Glob.isGlob(text.substring(special, special + 1))) {
        special++;
      }
      int slash = text.lastIndexOf('/', special);
      Path folder = slash < 0 ? new Path(".") : new Path(text.substring(0, slash + 1));
      if (!fileSystem.exists(folder)) {
        throw new InputException(
            "The input " + given + " does not exist: there is no folder " + folder + ".");
      }
      return new Listing.Root(
          fileSystem.makeQualified(folder).toString(), Glob.beneath(text.substring(slash + 1)));
    } catch (IOException e) {
      throw Listing.unlistable(given, e);
    }
  }

  /** What the files of a table are together. */
  private static final class Look {
    private final TreeMap<String, Integer> formats = new TreeMap<>();
    private long bytes;
    private FileStatus first;
    private Nesting nesting = Nesting.PARTITIONS;
    private String unread;
    private boolean hasArchives;

    void add(FileStatus file, String format, String root) {
      formats.merge(format, 1, Integer::sum);
      bytes += Math.max(0, file.getLen());
      first = first == null ? file : first;
      unread = file.getPath().getName().startsWith("_") ? file.getPath().toString() : unread;
      String folder = file.getPath().getParent().toString();
      if (folder.length() > root.length()) {
        for (String part : folder.substring(root.length() + 1).split("/", -1)) {
          nesting = part.contains("=") ? nesting : Nesting.FOLDERS;
        }
      }
    }
  }

  /** Looks at names until it is clear what the files are: at the first image, or at all. */
  private Input look(String given, Listing.Root root) {
    try (ListedFiles files = Listing.files(root, configuration)) {
      return look(given, root, files);
    }
  }

  private Input look(String given, Listing.Root root, Iterator<FileStatus> files) {
    Look look = new Look();
    while (files.hasNext()) {
      FileStatus file = files.next();
      String name = file.getPath().getName();
      if (isMarker(name)) {
        continue;
      }
      if (format.equals(AUTO) && ArchiveEntries.isArchive(name)) {
        look.hasArchives = true;
        continue;
      }
      if (ArchiveEntries.isCompressedTar(name) && isNamed(root, file)) {
        throw new InputException(
            "The input "
                + given
                + " is a compressed tar, in which no member can be read without all those before:"
                + " decompress it first, which costs little room where pictures are in it.");
      }
      Optional<TableFormat> found = tableFormat(name);
      if (found.isEmpty() && isNamed(root, file)) {
        TextOfPaths.refuse(given, file, configuration);
      }
      if (found.isEmpty()) {
        return new Input.Images(given, root);
      }
      look.add(file, found.get().formatName(), root.path());
    }
    if (look.hasArchives) {
      return look.first == null ? new Input.Archives(given, root) : new Input.Images(given, root);
    }
    if (look.first == null) {
      throw new InputException("The input " + given + " has no files.");
    }
    if (look.formats.size() > 1) {
      throw new InputException(
          ("The input %s holds tables of several formats (%s files): name a glob of one kind, or"
                  + " say how to read them all with --input-format.")
              .formatted(given, look.formats.toString().replaceAll("[{}]", "").replace("=", ": ")));
    }
    if (look.unread != null) {
      throw new InputException(
          "The table file %s begins with _, which Spark does not read: rename it."
              .formatted(look.unread));
    }
    refuseDelta(given, root);
    return table(given, root, look);
  }

  /** Whether the user chose a file by its name, as one that merely lies in a folder is not. */
  private static boolean isNamed(Listing.Root root, FileStatus file) {
    return root.glob() != null || file.getPath().toString().equals(root.path());
  }

  /** The format in which a file is read; empty for an image. */
  private Optional<TableFormat> tableFormat(String name) {
    Optional<TableFormat> byName = TableFormat.ofFile(name);
    if (format.equals(AUTO)) {
      return byName;
    }
    if (format.equals(AzureBodies.FORMAT)) {
      return Optional.of(byName.filter(TableFormat.CSV::equals).orElse(TableFormat.JSON));
    }
    return TableFormat.named(format);
  }

  private Input table(String given, Listing.Root root, Look look) {
    TableFormat found = TableFormat.named(look.formats.firstKey()).orElseThrow();
    boolean isAzure = format.equals(AzureBodies.FORMAT);
    JsonLayout layout =
        found == TableFormat.JSON && !isAzure ? layout(look.first) : JsonLayout.LINES;
    Input.Files files =
        new Input.Files(
            given,
            new TableFiles(found, List.of(sparkPath(root)), layout, look.nesting, separator),
            Optional.of(root),
            OptionalLong.of(look.bytes));
    return isAzure ? new Input.Azure(files) : files;
  }

  private JsonLayout layout(FileStatus file) {
    try {
      return JsonLayout.of(file.getPath(), configuration);
    } catch (IOException e) {
      throw Listing.unlistable(file.getPath().toString(), e);
    }
  }

  private void refuseDelta(String given, Listing.Root root) {
    try {
      Path log = new Path(new Path(root.path()), "_delta_log");
      if (root.glob() == null && log.getFileSystem(configuration).exists(log)) {
        throw new InputException(
            "The input "
                + given
                + " is a Delta table, whose files are not all current: say --input-format delta.");
      }
    } catch (FileNotFoundException e) {
      // The root is a file.
    } catch (IOException e) {
      if (!e.getMessage().contains("Not a directory")) {
        throw Listing.unlistable(given, e);
      }
    }
  }

  /** Files that writers of tables leave beside the data. */
  private static boolean isMarker(String name) {
    return name.equals("_SUCCESS")
        || name.equals("_metadata")
        || name.equals("_common_metadata")
        || name.startsWith("_committed_")
        || name.startsWith("_started_");
  }

  /** The root for Spark's readers, which take every path for a glob. */
  private static String sparkPath(Listing.Root root) {
    return root.glob() == null ? TableFiles.literal(root.path()) : root.path() + "/" + root.glob();
  }
}
