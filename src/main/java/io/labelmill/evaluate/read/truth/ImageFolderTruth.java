package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.option.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Hugging Face's image folder: {@code metadata.jsonl}, {@code .csv} or {@code .parquet} among the
 * pictures, with their names, relative to itself, in {@code file_name}.
 */
final class ImageFolderTruth implements TruthForm {
  private static final String[] FILES = {"metadata.jsonl", "metadata.csv", "metadata.parquet"};

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    return place.isFile() ? List.of(FILES).contains(place.name()) : !tables(place).isEmpty();
  }

  /** That of the folder, or those of its parts. */
  private static List<Path> tables(TruthPlace place) throws IOException {
    Optional<Path> own = place.entry(FILES);
    if (own.isPresent()) {
      return List.of(own.get());
    }
    List<Path> tables = new ArrayList<>();
    for (FileStatus entry : place.entries()) {
      if (entry.isDirectory()) {
        place.at(entry.getPath()).entry(FILES).ifPresent(tables::add);
      }
    }
    return tables;
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    List<Path> tables = place.isFile() ? List.of(place.path()) : tables(place);
    if (tables.size() != 1) {
      throw new InputException(
          "The truth "
              + place.location()
              + (tables.isEmpty()
                  ? " has no " + Reader.either(List.of(FILES)) + "."
                  : " has %s parts with metadata of their own: name one of them, such as %s."
                      .formatted(tables.size(), tables.get(0).getParent().toUri().getPath())));
    }
    Path table = tables.get(0);
    FoundTruth found = new TableTruth(TableTruth.Labels.AS_FOUND).read(place.at(table));
    return found.below(table.getParent().toString());
  }
}
