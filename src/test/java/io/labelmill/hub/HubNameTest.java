package io.labelmill.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.nio.file.Path;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubNameTest {
  @Test
  void aNameIsParsedWithAndWithoutRevision() {
    assertThat(HubName.parse("hf://microsoft/beit-base-patch16-384"))
        .isEqualTo(new HubName("microsoft", "beit-base-patch16-384", Optional.empty()))
        .hasToString("hf://microsoft/beit-base-patch16-384")
        .returns("main", HubName::revisionOrMain);
    assertThat(HubName.parse("hf://models/a/b_1.0/")).hasToString("hf://a/b_1.0");
    assertThat(HubName.parse("hf://models/b")).hasToString("hf://models/b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"main", "v1.0", "refs/pr/12", "0123456789abcdef0123456789abcdef01234567", "é+#%a"})
  void revisionsAreBranchesTagsAndCommits(String revision) {
    assertThat(HubName.parse("hf://a/b@" + revision).revision()).contains(revision);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "hf:a/b; it does not begin with hf://",
        "HF://a/b; it does not begin with hf://",
        "hf://; it names no organisation or no model",
        "hf://gpt2; it names no organisation or no model",
        "hf://a/b/c; 'a/b/c' has more than two parts",
        "hf://datasets/a/b; datasets are not models",
        "hf://../b; '..' is no name on the hub",
        "hf://a/..; '..' is no name on the hub",
        "hf://a/.b; '.b' is no name on the hub",
        "hf://a/b.; 'b.' is no name on the hub",
        "hf://a/b--c; 'b--c' is no name on the hub",
        "hf://a/b..c; 'b..c' is no name on the hub",
        "hf://a//b; has more than two parts",
        "hf://a/b?x=1; 'b?x=1' is no name on the hub",
        "hf://a/b%2fc; 'b%2fc' is no name on the hub",
        "hf://a/b.git; does not end in .git",
        "hf://a/b@; '' can't be a branch, tag or commit",
        "hf://a/b@../main; '../main' can't be a branch, tag or commit",
        "hf://a/b@x/../../y; 'x/../../y' can't be a branch, tag or commit",
        "hf://a/b@/etc; '/etc' can't be a branch, tag or commit",
        "hf://a/b@x y; 'x y' can't be a branch, tag or commit",
        "hf://a/b@x:y; 'x:y' can't be a branch, tag or commit",
        "hf://a/b@.x; '.x' can't be a branch, tag or commit",
      })
  void whatIsMalformedIsSaid(String name, String problem) {
    assertThatThrownBy(() -> HubName.parse(name))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(problem)
        .hasMessageContaining(" does not name a model on the hub: ")
        .hasMessageEndingWith(". Write hf://ORG/NAME, or hf://ORG/NAME@REVISION.");
  }

  @Test
  void namesHaveALimit() {
    String longest = "a/" + "b".repeat(94);
    assertThat(HubName.parse("hf://" + longest).repository()).isEqualTo(longest);
    assertThatThrownBy(() -> HubName.parse("hf://" + longest + "b"))
        .hasMessageContaining("a name has at most 96 characters");
  }

  @Property
  void whatIsParsedStaysInItsFolder(
      @ForAll("parts") String organisation, @ForAll("parts") String revision) {
    try {
      HubName name = HubName.parse("hf://" + organisation + "/model@" + revision);
      Path root = Path.of("/cache");
      assertThat(root.resolve("models--" + name.organisation()).normalize().getNameCount())
          .isEqualTo(2);
      assertThat(root.resolve(name.revisionOrMain()).normalize())
          .startsWithRaw(root)
          .isNotEqualTo(root);
      Statistics.label("parsed").collect(true);
    } catch (InputException e) {
      assertThat(e).hasMessageContaining("does not name a model on the hub");
      Statistics.label("parsed").collect(false);
    }
    Statistics.label("parsed")
        .coverage(
            seen -> {
              seen.check(true).count(count -> count > 0);
              seen.check(false).count(count -> count > 0);
            });
  }

  /** Short, of the characters that lead out of a folder and few others, so that many are names. */
  @Provide
  Arbitrary<String> parts() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withChars("./\\-_aB1!\0").ofMinLength(1).ofMaxLength(6),
        Arbitraries.strings().withChars("aB1_").ofMinLength(1).ofMaxLength(3),
        Arbitraries.strings());
  }

  @Test
  void onlyTheSchemeTellsAHubName() {
    assertThat(HubName.isHubName("hf://a/b")).isTrue();
    assertThat(HubName.isHubName("HF:a")).isTrue();
    assertThat(HubName.isHubName("hf/a")).isFalse();
    assertThat(HubName.isHubName("/models/hf:a")).isFalse();
  }
}
