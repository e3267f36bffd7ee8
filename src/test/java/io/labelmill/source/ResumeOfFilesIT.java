package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a run that resumes plans of files: images that the output lacks, by path and version. */
class ResumeOfFilesIT extends ResumedPlans {
  @Test
  void aListingIsDoneWhenPathsAndVersionsAre() {
    for (String name : List.of("a.jpg", "b c%.jpg", "c.jpg")) {
      done(folder + "/" + name, image(name), "OK", 1);
    }
    assertThat(missing(listing())).isEmpty();
    assertThat(plan(listing()).paths(3)).isEmpty();
    image("d.jpg");
    image("x/e.jpg");
    assertThat(missing(listing())).containsExactly("d.jpg", "x/e.jpg");
  }

  @Test
  void changedFilesAreDoneAgainUnlessThatIsIgnored() {
    done("file://" + folder + "/a.jpg", image("a.jpg"), "OK", 1);
    done(folder + "/b.jpg", "7-1", "OK", 1);
    image("b.jpg");
    assertThat(missing(listing())).containsExactly("b.jpg");
    assertThat(missing(listing().with(SourceOptions.CHANGED, Optional.of(Changed.IGNORE))))
        .isEmpty();
  }

  @Test
  void contentThatChangedBackIsDoneAgain() {
    String version = image("a.jpg");
    done(folder + "/a.jpg", version, "OK", 1);
    done(folder + "/a.jpg", "7-1", "UNDECODABLE", 2);
    assertThat(missing(listing())).containsExactly("a.jpg");
    done(folder + "/a.jpg", version, "OK", 3);
    assertThat(missing(listing())).isEmpty();
    done(folder + "/a.jpg", null, "ACCESS_DENIED", 4);
    assertThat(missing(listing())).containsExactly("a.jpg");
    done(folder + "/a.jpg", version, "OK", 5);
    assertThat(missing(listing())).isEmpty();
  }

  @Test
  void failuresThatMayPassAreTriedAgain() {
    for (String status :
        List.of("NOT_FOUND", "ACCESS_DENIED", "READ_FAILED", "TIMED_OUT", "UNDECODABLE", "OK")) {
      done(folder + "/" + status, image(status), status, 1);
    }
    // Too long to be read: it has no version.
    image("TOO_LARGE");
    done(folder + "/TOO_LARGE", null, "TOO_LARGE", 1);
    assertThat(missing(listing()))
        .containsExactly("ACCESS_DENIED", "NOT_FOUND", "READ_FAILED", "TIMED_OUT");
    assertThat(missing(listing().with(SourceOptions.RETRY_FAILED, RetryFailed.NONE))).isEmpty();
    assertThat(missing(listing().with(SourceOptions.RETRY_FAILED, RetryFailed.ALL)))
        .containsExactly(
            "ACCESS_DENIED", "NOT_FOUND", "READ_FAILED", "TIMED_OUT", "TOO_LARGE", "UNDECODABLE");
    done(folder + "/NOT_FOUND", image("NOT_FOUND"), "OK", 2);
    assertThat(missing(listing())).containsExactly("ACCESS_DENIED", "READ_FAILED", "TIMED_OUT");
  }

  @Test
  void theLimitIsOfTheInputSoThatTheSameRunAgainHasNothingToDo() {
    done(folder + "/a.jpg", image("a.jpg"), "OK", 1);
    image("b.jpg");
    image("c.jpg");
    assertThat(missing(listing().with(SourceOptions.LIMIT, OptionalLong.of(2))))
        .containsExactly("b.jpg");
    assertThat(missing(listing().with(SourceOptions.LIMIT, OptionalLong.of(1)))).isEmpty();
  }

  @Test
  void anInputWithoutImagesIsStillAnError() {
    image("a.png");
    done(folder + "/a.jpg", "1-1", "OK", 1);
    assertThatThrownBy(() -> missing(listing().with(SourceOptions.INCLUDE, List.of("*.jpg"))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has no images that --include");
  }
}
