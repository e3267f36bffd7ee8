package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.labelmill.score.Bottleneck.Stage;
import io.labelmill.score.Bottleneck.Times;
import org.junit.jupiter.api.Test;

/**
 * 100 seconds of labelling and 5 of committing on 16 slots, of which each stage in turn has most.
 */
class BottleneckTest {
  @Test
  void readingIsTheLimit() {
    assertThat(Bottleneck.of(cpu(1_200, 100, 200)))
        .extracting(Bottleneck::stage, Bottleneck::sentence)
        .containsExactly(
            Stage.READ,
            "reading is the limit: 12 of 16 cores wait for images; add cores, whose tasks read side"
                + " by side, or bring the executors nearer to the store");
  }

  @Test
  void startUpIsTheLimitOfARunThatIsShort() {
    Times committing = new Times(2, 5, 16, 1, 1, 1, 1, false, "fp32");
    assertThat(Bottleneck.of(committing, 13, 7))
        .extracting(Bottleneck::stage, Bottleneck::share, Bottleneck::sentence)
        .containsExactly(
            Stage.START_UP,
            0.65,
            "start-up is the limit: 65% of the time; it is as long for many images as for a few");
    assertThat(Bottleneck.of(committing, 7, 7).stage()).isEqualTo(Stage.COMMIT);
  }

  @Test
  void decodingIsTheLimit() {
    assertThat(Bottleneck.of(cpu(10, 1_400, 90)).sentence())
        .isEqualTo("decoding is the limit: 14 of 16 cores; add cores or use smaller images");
    assertThat(Bottleneck.of(new Times(100, 5, 16, 1, 10, 1_400, 90, true, "fp32")).sentence())
        .isEqualTo(
            "decoding is the limit: 14 of 16 cores; add cores per GPU or use smaller images");
  }

  @Test
  void theModelIsTheLimit() {
    assertThat(Bottleneck.of(cpu(10, 90, 1_440)))
        .extracting(Bottleneck::stage, Bottleneck::sentence)
        .containsExactly(
            Stage.INFER,
            "the model is the limit: 14 of 16 cores; add cores, try --precision int8, take a smaller"
                + " model, or use GPUs");
    assertThat(Bottleneck.of(new Times(100, 5, 16, 1, 10, 90, 1_440, false, "int8")).sentence())
        .isEqualTo(
            "the model is the limit: 14 of 16 cores; add cores, take a smaller model, or use GPUs");
    assertThat(Bottleneck.of(new Times(100, 5, 16, 1, 10, 90, 1_440, true, "fp32")).sentence())
        .isEqualTo(
            "the model is the limit: 14 of 16 tasks are at their GPU or wait for it; add GPUs");
  }

  @Test
  void committingIsTheLimit() {
    assertThat(Bottleneck.of(new Times(40, 60, 16, 1, 10, 90, 400, false, "fp32")))
        .isEqualTo(
            new Bottleneck(
                Stage.COMMIT,
                0.6,
                "committing is the limit: 60% of the time; it takes as long for a few images as for"
                    + " many: score more at once, with --commit-every where there are several"
                    + " waves"));
  }

  @Test
  void tooLittleWorkIsTheLimit() {
    Bottleneck limit = Bottleneck.of(new Times(10, 1, 2, 1, 0.5, 1, 4.5, false, "fp32"));
    assertThat(limit.sentence())
        .isEqualTo(
            "there is too little to do at once: 1.4 of 2 cores are idle; more images, or more of"
                + " them committed at once with --commit-every, keep them busy");
    assertThat(limit.share()).isCloseTo(14.0 / 22, within(1e-9));
  }

  @Test
  void coresAreThoseOfTasksWithSeveral() {
    assertThat(Bottleneck.of(new Times(100, 5, 4, 4, 1, 10, 370, false, "fp32")).sentence())
        .startsWith("the model is the limit: 15 of 16 cores;");
    // Each thread that decodes has one of them.
    assertThat(Bottleneck.of(new Times(100, 5, 4, 4, 1, 1_400, 90, false, "fp32")).sentence())
        .startsWith("decoding is the limit: 14 of 16 cores;");
    assertThat(Bottleneck.of(new Times(100, 5, 4, 4, 1, 700, 350, true, "fp32")).sentence())
        .startsWith("the model is the limit: 3.5 of 4 tasks are at their GPU");
    assertThat(Bottleneck.of(new Times(100, 5, 4, 4, 1, 400, 50, false, "fp32")).sentence())
        .startsWith("there is too little to do at once: 10 of 16 cores are idle;");
  }

  @Test
  void stagesBesideEachOtherLeaveNoSlotIdle() {
    // Threads of a task decode while it infers.
    Times times = new Times(100, 0, 2, 1, 0, 300, 150, true, "fp32");
    assertThat(times.shares()).containsEntry(Stage.IDLE, 0.0).containsEntry(Stage.DECODE, 1.5);
  }

  @Test
  void aRunThatLabelledNothingInNoTimeHasALimit() {
    assertThat(Bottleneck.of(new Times(0, 0, 2, 1, 0, 0, 0, false, "fp32")).share()).isZero();
  }

  private static Times cpu(double read, double decode, double infer) {
    return new Times(100, 5, 16, 1, read, decode, infer, false, "fp32");
  }
}
