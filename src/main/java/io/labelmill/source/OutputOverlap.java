package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.error.UsageException;
import io.labelmill.error.UserException;
import io.labelmill.table.Location;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Whether what a job writes lies within what it reads, or the other way round.
 *
 * @param reads whether a file below a root would be read, were it there
 * @param remedy what to add to the options so that it is not, with {@code %s} for the folder's
 *     name; null where nothing helps
 */
record OutputOverlap(
    List<Listing.Root> roots, BiPredicate<Listing.Root, Path> reads, String remedy) {

  /**
   * @param folders to which the job writes, as the user named them
   */
  Optional<UserException> problem(List<String> folders, Configuration configuration) {
    List<String> problems = new ArrayList<>();
    for (String folder : folders) {
      Path output = qualified(folder, configuration);
      roots.stream()
          .filter(root -> overlaps(root, output))
          .findFirst()
          .ifPresent(
              root ->
                  problems.add(
                      "The output "
                          + Location.redacted(folder)
                          + " and the input "
                          + Location.redacted(root.path())
                          + " lie one within the other, so that the job would read what it writes:"
                          + " choose another output"
                          + (remedy == null
                              ? "."
                              : ", or add" + remedy.formatted(output.getName()) + ".")));
    }
    return problems.isEmpty() ? Optional.empty() : Optional.of(new UsageException(problems));
  }

  private static Path qualified(String folder, Configuration configuration) {
    try {
      return Location.of(folder).qualified(configuration);
    } catch (IOException e) {
      throw Cause.failure("The output " + folder + " cannot be reached: " + e, e);
    }
  }

  private boolean overlaps(Listing.Root root, Path folder) {
    if (isWithin(root.path(), folder.toString())) {
      return true;
    }
    return isWithin(folder.toString(), root.path())
        && (reads.test(root, new Path(folder, "part-0.parquet"))
            || reads.test(root, new Path(folder, "column=value/part-0.parquet")));
  }

  /** Whether a path lies below a folder, or is it. */
  private static boolean isWithin(String path, String folder) {
    return path.equals(folder) || path.startsWith(folder.endsWith("/") ? folder : folder + "/");
  }
}
