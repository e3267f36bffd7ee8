package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputOverlapTest {
  private static final Listing.Root ROOT = new Listing.Root("file:/in/shelf", null);

  @ParameterizedTest
  @CsvSource({
    "/in/shelf/out, true",
    "/in/shelf,     true",
    "/in,           true",
    "/in/shelf2,    false",
    "/out,          false",
    "/in/shelf/.out, false",
  })
  void aListingReadsWhatLiesBelowIt(String output, boolean overlaps) {
    OutputOverlap listing =
        new OutputOverlap(
            List.of(ROOT),
            (root, file) -> Listing.relative(root, file).isPresent(),
            " --exclude '%s/**'");
    assertThat(problem(listing, output).isPresent()).isEqualTo(overlaps);
  }

  @Test
  void theSentenceSaysWhatHelps() {
    assertThat(
            problem(new OutputOverlap(List.of(ROOT), (r, f) -> true, " --x '%s'"), "/in/shelf/o"))
        .hasValue(
            "The output /in/shelf/o and the input file:/in/shelf lie one within the other, so that"
                + " the job would read what it writes: choose another output, or add --x 'o'.");
    assertThat(problem(new OutputOverlap(List.of(ROOT), (r, f) -> true, null), "/in/shelf/o"))
        .hasValueSatisfying(problem -> assertThat(problem).endsWith("choose another output."));
  }

  private static Optional<String> problem(OutputOverlap overlap, String output) {
    return overlap
        .problem(List.of(output), new Configuration(false))
        .map(problem -> problem.problems().get(0));
  }
}
