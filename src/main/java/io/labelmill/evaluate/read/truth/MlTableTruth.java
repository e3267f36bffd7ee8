package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/** Azure ML's MLTable: a folder whose file {@code MLTable} names JSON lines. */
final class MlTableTruth implements TruthForm {
  private static final String FILE = "MLTable";
  private static final Pattern PATH =
      Pattern.compile("^\\s*-\\s*(file|folder|pattern)\\s*:\\s*['\"]?(.*?)['\"]?\\s*$");

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    return place.isFile() ? place.name().equals(FILE) : place.entry(FILE).isPresent();
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    Path folder = place.isFile() ? place.path().getParent() : place.path();
    TruthPlace within = place.at(folder);
    Path table =
        within
            .entry(FILE)
            .orElseThrow(
                () ->
                    new InputException(
                        "The truth %s is no MLTable: no file of that name lies in %s."
                            .formatted(place.location(), folder.toUri().getPath())));
    List<String> locations = new ArrayList<>();
    for (String line : place.text(table).lines().toList()) {
      Matcher matcher = PATH.matcher(line);
      if (matcher.matches()) {
        String named = matcher.group(2);
        locations.add(
            named.contains(":") || named.startsWith("/")
                ? named
                : new Path(folder, named).toString());
      }
    }
    if (locations.isEmpty()) {
      throw new InputException(
          "The MLTable in " + folder + " names no file, folder or pattern under paths.");
    }
    return JsonTable.read(place, locations, JsonHead.LINES, "MLTable");
  }
}
