package io.labelmill.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubPathTest {
  private static final List<String> FILES =
      List.of(
          ".gitattributes",
          "LICENSE",
          "README.md",
          "data/test-00000-of-00001.parquet",
          "data/train-00000-of-00002.parquet",
          "data/train-00001-of-00002.parquet",
          "data/.hidden.parquet",
          "photos/a b.jpg",
          "photos/b.jpg",
          "photos/labels.py",
          "[1].csv");

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      nullValues = "none",
      value = {
        "hf://datasets/a/b; a/b; none; ''",
        "hf://datasets/a/b/; a/b; none; ''",
        "hf://datasets/a/b/data/train.parquet; a/b; none; data/train.parquet",
        "hf://datasets/a/b@v1/data/; a/b; v1; data",
        "hf://datasets/a/b@v1; a/b; v1; ''",
        "hf://datasets/a/b@refs/convert/parquet/default/train; a/b; refs/convert/parquet; default/train",
        "hf://datasets/a/b@refs%2Fconvert%2Fparquet/x; a/b; refs/convert/parquet; x",
        "hf://datasets/a/b@refs/pr/12/x; a/b; refs/pr/12; x",
        "hf://datasets/a/b@fix%2flabels/x@2.csv; a/b; fix/labels; x@2.csv",
        "hf://datasets/a/b/x@2/y.csv; a/b; none; x@2/y.csv",
      })
  void aPathIsParsed(String text, String repository, String revision, String path) {
    HubPath parsed = HubPath.parse(text);
    assertThat(parsed.dataset().repository()).isEqualTo(repository);
    assertThat(parsed.dataset().revision().orElse(null)).isEqualTo(revision);
    assertThat(parsed.path()).isEqualTo(path);
    assertThat(parsed.dataset().page()).isEqualTo("datasets/" + repository);
    assertThat(parsed.dataset().cacheFolder()).isEqualTo("datasets--a--b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "hf:datasets/a/b; it does not begin with hf://datasets/",
        "hf://a/b; it does not begin with hf://datasets/",
        "hf://datasets/; it names no organisation or no data set",
        "hf://datasets/squad; it names no organisation or no data set",
        "hf://datasets/a/; it names no organisation or no data set",
        "hf://datasets/a/b--c/x; 'b--c' is no name on the hub",
        "hf://datasets/a/b@/x; '' can't be a branch, tag or commit",
        "hf://datasets/a/b@x..y/z; 'x..y' can't be a branch, tag or commit",
        "hf://datasets/a/b/../c; '../c' is no path within a data set",
        "hf://datasets/a/b//c; '/c' is no path within a data set",
        "hf://datasets/a/b/c/./d; 'c/./d' is no path within a data set",
      })
  void whatIsMalformedIsSaid(String text, String problem) {
    assertThatThrownBy(() -> HubPath.parse(text))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(problem)
        .hasMessageContaining(" does not name a data set on the hub: ")
        .hasMessageEndingWith(
            ". Write hf://datasets/ORG/NAME/PATH, or hf://datasets/ORG/NAME@REVISION/PATH.");
  }

  @Test
  void aFileIsItselfAFolderItsParquetAndAGlobWhatItMatches() {
    assertThat(of("data/test-00000-of-00001.parquet"))
        .containsExactly("data/test-00000-of-00001.parquet");
    assertThat(of("README.md")).as("named itself").containsExactly("README.md");
    assertThat(of("[1].csv")).as("a glob's letters in a name").containsExactly("[1].csv");
    assertThat(of("data/train-*.parquet"))
        .containsExactly("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet");
    assertThat(of("data"))
        .containsExactly(
            "data/test-00000-of-00001.parquet",
            "data/train-00000-of-00002.parquet",
            "data/train-00001-of-00002.parquet");
    assertThat(of("")).isEqualTo(of("data"));
    assertThat(of("photos")).containsExactly("photos/a b.jpg", "photos/b.jpg");
    assertThat(of("**/*.jpg")).containsExactly("photos/a b.jpg", "photos/b.jpg");
    assertThat(of("none")).isEmpty();
    assertThat(of("dat")).as("part of a folder's name").isEmpty();
    assertThatThrownBy(() -> of("data/{train"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the glob 'data/{train' is not closed");
  }

  private static List<String> of(String path) {
    return HubPath.parse("hf://datasets/a/b/" + path).of(FILES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/../../x", "/x", "a//b", "a/", ".", "a\\b", "a\tb"})
  void namesThatLeadElsewhereAreNotSafe(String name) {
    assertThat(HubPath.isSafe(name)).isFalse();
    assertThat(HubPath.isSafe("data/a b-é.parquet")).isTrue();
  }
}
