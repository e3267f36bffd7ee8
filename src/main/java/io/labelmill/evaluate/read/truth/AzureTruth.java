package io.labelmill.evaluate.read.truth;

import io.labelmill.table.TableFiles;
import java.io.IOException;
import java.util.List;

/** Azure ML's JSON lines, with {@code image_url} and {@code label}, whatever the file's name. */
final class AzureTruth implements TruthForm {
  @Override
  public boolean fits(TruthPlace place) {
    // Where nothing says so they are JSON like any other.
    return false;
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    return JsonTable.read(
        place,
        List.of(TableFiles.literal(place.path().toString())),
        JsonHead.of(place.head()),
        "Azure ML JSON lines");
  }
}
