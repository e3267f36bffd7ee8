package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.ProblemType;
import io.labelmill.error.UsageException;
import io.labelmill.evaluate.read.truth.PathKey;
import io.labelmill.evaluate.read.truth.TruthOptions;
import io.labelmill.preprocess.ResizeBackend;
import io.labelmill.sink.IfExists;
import io.labelmill.train.ClassWeights;
import io.labelmill.train.SplitRule;
import io.labelmill.train.TrainOptions;
import io.labelmill.train.Tuning;
import io.labelmill.train.Tuning.Keep;
import io.labelmill.train.Unmatched;
import io.labelmill.tune.Augmentation.Strength;
import io.labelmill.tune.Extent;
import io.labelmill.tune.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  @TempDir Path folder;

  @Test
  void defaultsAreThoseOfTheHelp() {
    TrainOptions options = parsed("--embeddings", "e");
    assertThat(options.embeddings()).contains("e");
    assertThat(options.inputs()).isEmpty();
    assertThat(options.model().folder()).isEqualTo("m");
    assertThat(options.model().originals().resizeBackend()).isEqualTo(ResizeBackend.AUTO);
    assertThat(options.truth()).isEqualTo(TruthOptions.of("t"));
    assertThat(options.key().by()).isEqualTo(PathKey.By.URI);
    assertThat(options.problemType()).isEmpty();
    assertThat(options.split().kind()).isEqualTo(SplitRule.Kind.FRACTION);
    assertThat(options.split().testShare()).isEqualTo(0.2);
    assertThat(options.seed()).isZero();
    assertThat(options.fit()).isEqualTo(new TrainOptions.Fit(0.01, ClassWeights.NONE));
    assertThat(options.unmatched()).isEqualTo(Unmatched.FAIL);
    assertThat(options.output()).isEqualTo("o");
    assertThat(options.ifExists()).isEqualTo(IfExists.FAIL);
    assertThat(options.maxFailedFraction()).isEqualTo(0.1);
    assertThat(options.effective())
        .containsEntry("split", "0.2")
        .containsEntry("reg", "0.01")
        .containsEntry("class-weights", "none")
        .containsEntry("tune", "head")
        .containsEntry("learning-rate", "9.973e-5");
    assertThat(options.tuning()).isEqualTo(Tuning.NONE);
  }

  @Test
  void whatIsNotSaidOfTuningIsAsInTheSamples() {
    assertThat(parsed("--input", "i", "--tune", "all").tuning())
        .isEqualTo(
            new Tuning(
                Extent.parse("all"),
                Strength.LIGHT,
                9.973e-5,
                1.18e-7,
                0.85,
                1,
                0.1,
                0,
                Schedule.COSINE,
                15,
                72,
                5,
                0.2,
                1,
                0,
                Keep.BETTER));
  }

  @Test
  void everyOptionOfTuningArrives() {
    Tuning tuning =
        parsed(
                "--input i --tune last:3 --keep tuned --augment none --number-of-epochs 4 --training-batch-size 16 --learning-rate 0.5 --learning-rate-scheduler linear --warmup-steps 7 --weight-decay 0.1 --layer-decay 0.75 --drop-path 0 --max-grad-norm 2 --early-stopping-patience 1 --validation 0.4 --trainers 3 --average-every 20 --split every-fifth --seed 5"
                    .split(" "))
            .tuning();
    assertThat(tuning)
        .isEqualTo(
            new Tuning(
                Extent.parse("last:3"),
                Strength.NONE,
                0.5,
                0.1,
                0.75,
                2,
                0,
                7,
                Schedule.LINEAR,
                4,
                16,
                1,
                0.4,
                3,
                20,
                Keep.TUNED));
  }

  @Test
  void whatIsWrongAboutTuningIsToldAtOnce() {
    assertProblems(
        List.of(
            "--input i --tune some --keep best --augment heavy --number-of-epochs 0 --training-batch-size 1.5 --learning-rate 0 --learning-rate-scheduler step --warmup-steps -1 --weight-decay x --layer-decay 2 --drop-path 1 --max-grad-norm 0 --early-stopping-patience 0 --validation 0 --trainers 0 --average-every 0"
                .split(" ")),
        "--tune is some: it must be head, last:N with N blocks from 1, or all",
        "--augment is heavy: it must be none or light.",
        "--learning-rate is 0: it must be above 0",
        "--weight-decay is x, not a number",
        "--layer-decay is 2: it must be 0 to 1",
        "--max-grad-norm is 0: it must be above 0",
        "--drop-path is 1: it must be below 1",
        "--validation is 0: some images must choose the best epoch",
        "--trainers is 0: it must be 1 to 1000",
        "--warmup-steps is -1: it must be 0 to 1000000",
        "--learning-rate-scheduler is step: it must be cosine or linear.",
        "--number-of-epochs is 0: it must be 1 to 1000000",
        "--training-batch-size is 1.5, not a whole number",
        "--early-stopping-patience is 0: it must be 1 to 1000000",
        "--average-every is 0: it must be epoch, or a number of steps from 1",
        "--keep is best: it must be better or tuned.");
    assertProblems(
        List.of("--input", "i", "--tune", "all", "--layer-decay", "0", "--validation", "1"),
        "--layer-decay is 0: it must be above 0",
        "--validation is 1: it must be below 1");
    assertProblems(
        List.of("--input", "i", "--tune", "all", "--average-every", "epoch"),
        "--average-every changes nothing without --trainers of 2 or more: add it, or leave it out");
    assertProblems(
        List.of("--embeddings", "e", "--path-column", "p", "--allow-hosts", "http://a"),
        "--allow-hosts is http://a: name hosts alone, commas between them, such as images.example.com or images.example.com:8443.",
        "--path-column changes nothing without --input: leave it out");
    assertProblems(
        List.of("--input", "i", "--learning-rate", "0.1", "--keep", "tuned"),
        "--keep changes nothing without --tune last:N or all: add it, or leave it out",
        "--learning-rate changes nothing without --tune last:N or all: add it, or leave it out");
    assertProblems(
        List.of("--input", "i", "--split", "none", "--seed", "3", "--tune", "head"),
        "--seed changes nothing with --split none: it chooses images where --split is a share");
  }

  @Test
  void everyOptionArrivesFromLineAndFile() throws IOException {
    List<String> values =
        List.of(
            "truth-format=fridge",
            "truth-path-column=file",
            "truth-label-column=drinks",
            "label-separator=;",
            "csv-separator=|",
            "match-by=name",
            "rewrite=a=b",
            "problem-type=multi-label",
            "unmatched=leave-out",
            "split=0.3",
            "seed=7",
            "reg=2.5",
            "class-weights=balanced",
            "input-format=parquet",
            "path-column=where",
            "content-column=picture",
            "allow-hosts=example.org",
            "allow-schemes=viewfs",
            "processor=p",
            "resize-backend=torchvision",
            "max-failed-fraction=0.5",
            "if-exists=overwrite");
    List<String> line = new ArrayList<>(List.of("--input", "i", "--input", "j"));
    for (String value : values) {
      line.addAll(List.of("--" + value.substring(0, value.indexOf('=')), value.split("=", 2)[1]));
    }
    TrainOptions options = parsed(line.toArray(String[]::new));
    assertThat(options.inputs()).containsExactly("i", "j");
    assertThat(options.truth().format()).isEqualTo(TruthOptions.Format.FRIDGE);
    assertThat(options.truth().pathColumn()).contains("file");
    assertThat(options.truth().labelColumn()).contains("drinks");
    assertThat(options.truth().labelSeparator()).contains(";");
    assertThat(options.truth().csvSeparator()).contains("|");
    assertThat(options.key().by()).isEqualTo(PathKey.By.NAME);
    assertThat(options.key().rewrites()).containsEntry("a", "b");
    assertThat(options.problemType()).contains(ProblemType.MULTI_LABEL);
    assertThat(options.unmatched()).isEqualTo(Unmatched.LEAVE_OUT);
    assertThat(options.split().testShare()).isEqualTo(0.3);
    assertThat(options.seed()).isEqualTo(7);
    assertThat(options.fit()).isEqualTo(new TrainOptions.Fit(2.5, ClassWeights.BALANCED));
    assertThat(options.source().format()).isEqualTo("parquet");
    assertThat(options.source().pathColumn()).contains("where");
    assertThat(options.source().contentColumn()).contains("picture");
    assertThat(options.source().csvSeparator()).contains("|");
    assertThat(options.source().allowHosts().names()).containsExactly("example.org");
    assertThat(options.source().allowSchemes().names()).contains("viewfs");
    assertThat(options.model().processor()).contains("p");
    assertThat(options.model().originals().resizeBackend()).isEqualTo(ResizeBackend.TORCHVISION);
    assertThat(options.maxFailedFraction()).isEqualTo(0.5);
    assertThat(options.ifExists()).isEqualTo(IfExists.OVERWRITE);

    Path file =
        Files.writeString(
            folder.resolve("train.properties"), String.join("\n", values) + "\ninput=i | j\n");
    TrainOptions fromFile = parsed("--config", file.toString());
    assertThat(fromFile.fit()).isEqualTo(options.fit());
    assertThat(fromFile.truth()).isEqualTo(options.truth());
    assertThat(fromFile.inputs()).isEqualTo(options.inputs());
    assertThat(fromFile.split()).isEqualTo(options.split());
  }

  @Test
  void whatIsWrongIsToldAtOnce() {
    assertProblems(
        List.of(
            "--embeddings",
            "e",
            "--input",
            "i",
            "--split",
            "half",
            "--reg",
            "-1",
            "--class-weights",
            "balance",
            "--unmatched",
            "skip",
            "--if-exists",
            "append"),
        "--embeddings and --input are two ways: give one of them",
        "--split is half: it must be none, every-fifth, column:NAME, or the share of test images,"
            + " above 0 and below 1",
        "--reg is -1: it must be 0 or more",
        "--class-weights is balance: it must be none or balanced. Did you mean balanced?",
        "--unmatched is skip: it must be fail or leave-out.",
        "--if-exists is append: it must be fail or overwrite.");
    assertProblems(List.of(), "what to train on is missing: --embeddings, or --input");
    assertProblems(
        List.of("--embeddings", "e", "--split", "every-fifth", "--seed", "1"),
        "--seed changes nothing with --split every-fifth: it chooses images where --split is a"
            + " share");
    assertProblems(
        List.of("--embeddings", "e", "--reg", "strong"), "--reg is strong, not a number");
    assertProblems(
        List.of("--embeddings", "e", "--reg", "Infinity"),
        "--reg is Infinity: it must be 0 or more");
  }

  private static void assertProblems(List<String> args, String... problems) {
    assertThatThrownBy(() -> parsed(args.toArray(String[]::new)))
        .isInstanceOfSatisfying(
            UsageException.class, e -> assertThat(e.problems()).containsExactly(problems));
  }

  private static TrainOptions parsed(String... args) {
    List<String> line = new ArrayList<>(List.of("--model", "m", "--truth", "t", "--output", "o"));
    line.addAll(List.of(args));
    return TrainCommand.options(Arguments.read(new TrainCommand(), line));
  }
}
