package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.Reference;
import io.labelmill.TestCheckpoints;
import io.labelmill.Untrained;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.error.InputException;
import io.labelmill.graph.UntrainedCheckpoint.Spread;
import io.labelmill.verify.PublishedFigures;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code jobs/model verify} against published figures and against itself. */
class ModelVerifyCommandTest {
  private static final String NAME = "beit-tiny-patch8-32";
  private static final PublishedFigures UNKNOWN =
      new PublishedFigures("org/" + NAME, 32, 32, 6, List.of(0.0, 0.0, 0.0), 0);

  @TempDir Path folder;
  private Path model;
  private Path picture;

  @BeforeEach
  void drawWhatIsNeeded() throws IOException {
    model = folder.resolve(NAME);
    // Wide enough for the logits to be told apart.
    TestCheckpoints.tiny().withSpread(new Spread(0.3, 0.1)).write(model);
    picture = draw("000000039769.png", 640, 480);
  }

  @Test
  void figuresThatAgreeEndWithZero() throws IOException {
    Ended ended = published(known(), "--input", picture.toString());
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out())
        .startsWith("published for org/" + NAME)
        .containsPattern("(?m)^ +published +here +difference$")
        .containsPattern("(?m)^logit 0 +-?\\d+\\.\\d{4} +-?\\d+\\.\\d{4} +\\d\\.\\d\\de-\\d\\d$")
        .containsPattern("(?m)^best label +\\d +\\d +thing \\d$");
  }

  @Test
  void theNameMayBeThatOfTheHubOrTheOneItWasSavedUnder() throws IOException {
    PublishedFigures known = known();
    Path renamed = folder.resolve("model");
    Files.move(model, renamed);
    config(renamed, "_name_or_path", "org/" + NAME);
    model = renamed;
    assertThat(published(known, "--input", picture.toString()).exitCode()).isZero();
  }

  @Test
  void everyMismatchIsNamed() throws IOException {
    PublishedFigures known = known();
    List<Double> moved =
        List.of(known.logits().get(0) + 0.01, known.logits().get(1), known.logits().get(2) - 0.5);
    int other = (known.label() + 1) % 6;
    Ended ended =
        published(
            new PublishedFigures(known.model(), 32, 32, 6, moved, other),
            "--input",
            picture.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .startsWith(
            "the model %s does not do with %s what is published for org/%s: "
                .formatted(model, picture, NAME))
        .containsPattern(
            "logit 0 is -?\\d+\\.\\d{4}, published is -?\\d+\\.\\d{4}: they differ by 1\\.0e-02, more"
                + " than 1\\.0e-03")
        .doesNotContain("logit 1")
        .contains("logit 2 is ")
        .contains("the best label is %d, published is %d".formatted(known.label(), other));
  }

  @Test
  void theToleranceMayBeGiven() throws IOException {
    PublishedFigures known = known();
    PublishedFigures moved =
        new PublishedFigures(
            known.model(),
            32,
            32,
            6,
            known.logits().stream().map(logit -> logit + 0.01).toList(),
            known.label());
    assertThat(published(moved, "--input", picture.toString()).exitCode()).isEqualTo(2);
    assertThat(published(moved, "--input", picture.toString(), "--tolerance", "0.02").exitCode())
        .isZero();
  }

  @Test
  void anotherPictureIsRefused() throws IOException {
    Path small = draw("small.png", 64, 48);
    assertThat(published(UNKNOWN, "--input", small.toString()).problems())
        .containsExactly(
            "--input %s is 64 x 48 pixels; 000000039769.jpg has 640 x 480: it is another picture."
                .formatted(small));
    Path text = Files.writeString(folder.resolve("picture.jpg"), "<html>");
    assertThat(published(UNKNOWN, "--input", text.toString()).problems())
        .singleElement()
        .asString()
        .startsWith("--input " + text + ": The content is ");
    assertThat(published(UNKNOWN, "--input", folder.resolve("no.jpg").toString()).problems())
        .containsExactly("--input " + folder.resolve("no.jpg") + " does not exist on this machine");
  }

  @Test
  void anotherModelOfTheSameNameIsRefused() throws IOException {
    PublishedFigures base =
        new PublishedFigures("org/" + NAME, 224, 768, 1000, List.of(0.0, 0.0, 0.0), 0);
    Ended ended = published(base, "--input", picture.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            NAME
                + " is called like org/"
                + NAME
                + ", but is another model: its image_size is 32, not 224; its hidden_size is 32, not"
                + " 768; its number of labels is 6, not 1000.");
  }

  @Test
  void aFineTuneHasNoFigures() throws IOException {
    Path tuned = folder.resolve("tuned");
    TestCheckpoints.tiny().withLabels(Untrained.numbered(4)).write(tuned);
    config(tuned, "_name_or_path", "org/" + NAME);
    model = tuned;
    assertThat(published(UNKNOWN, "--input", picture.toString()).problems())
        .containsExactly(
            "tuned was made of org/"
                + NAME
                + " and is another model (its number of labels is 4, not 6): there are no published"
                + " figures for it.");
  }

  @Test
  void aModelWithoutFiguresLearnsWhichHaveSome() {
    Ended ended =
        CapturedTerminal.run(
            "model", "verify", model.toString(), "--published", "--input", picture.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .singleElement()
        .asString()
        .startsWith("There are no published figures for " + NAME + ": there are for microsoft/beit")
        .contains(
            "microsoft/beit-base-patch16-384",
            "microsoft/beit-base-patch16-224-pt22k-ft22k",
            "microsoft/beit-large-patch16-512",
            "google/vit-base-patch16-224")
        .endsWith("A folder is known by its name.");
  }

  @Test
  void theTableHoldsWhatTransformersPublishes() {
    assertThat(PublishedFigures.TABLE)
        .hasSize(8)
        .contains(
            new PublishedFigures(
                "microsoft/beit-base-patch16-384",
                384,
                768,
                1000,
                List.of(-1.5303, -0.9484, -0.3147),
                761),
            new PublishedFigures(
                "microsoft/beit-base-patch16-224-pt22k-ft22k",
                224,
                768,
                21841,
                List.of(2.2288, 2.4671, 0.7395),
                2397),
            new PublishedFigures(
                "microsoft/beit-base-patch16-224",
                224,
                768,
                1000,
                List.of(-1.2385, -1.0987, -1.0108),
                281));
  }

  @Test
  void aModelsGraphsAgreeOverPictures() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos/deep"));
    for (int i = 0; i < 5; i++) {
      draw("photos/deep/" + i + ".png", 40 + i, 30);
    }
    Files.writeString(photos.resolve("notes.txt"), "no picture");
    Ended ended = verify("--input", folder.resolve("photos").toString());
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains("images 5", "not images, or broken 1", "same best label 5 of 5")
        .anyMatch(line -> line.matches("largest difference \\d\\.\\d\\de-\\d\\d"))
        .anyMatch(
            line -> line.matches("the graphs of .* agree: a logit differs by .*, at most 1.*"));

    Ended limited = verify("--input", folder.resolve("photos").toString(), "--limit", "2");
    assertThat(limited.out().lines().map(line -> line.replaceAll(" +", " "))).contains("images 2");

    Ended strict = verify("--input", folder.resolve("photos").toString(), "--tolerance", "0");
    assertThat(strict.exitCode()).isEqualTo(2);
    assertThat(strict.problems())
        .singleElement()
        .asString()
        .startsWith("the graphs of " + model + " do not agree: a logit differs by ")
        .endsWith(", more than 0.00e+00");
  }

  @Test
  void tellsHowFarInt8IsFromFp32() throws IOException {
    String photos = Files.createDirectories(folder.resolve("photos")).toString();
    for (int i = 0; i < 3; i++) {
      draw("photos/" + i + ".png", 40 + i, 30);
    }
    Ended loose = verify("--precision", "int8", "--input", photos, "--tolerance", "1");
    assertThat(loose.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains("scores in int8, and in fp32", "images 3")
        .anyMatch(line -> line.matches("mean difference [1-9]\\.\\d\\de-\\d\\d"))
        .anyMatch(line -> line.matches("same best label \\d of 3"))
        .noneMatch(line -> line.contains("problem_type") || line.contains("stay fp32"));
    assertThat(loose.out() + loose.err())
        .containsPattern("int8 is (close enough to|too far from) fp32 for ");

    Ended strict = verify("--precision", "int8", "--input", photos, "--tolerance", "0");
    assertThat(strict.exitCode()).isEqualTo(2);
    assertThat(strict.problems())
        .singleElement()
        .asString()
        .matches(
            "int8 is too far from fp32 for .*: a score differs by [1-9]\\.\\d\\de-\\d\\d in the mean"
                + " \\(at most 0\\.00e\\+00\\), and \\d of 3 images keep their best label \\(at least"
                + " 99%\\)");

    assertThat(verify("--precision", "int8", "--golden", "g.safetensors").problems())
        .containsExactly(
            "--precision int8 is compared with fp32 on images of yours: leave --golden and"
                + " --published out");
    assertThat(verify("--precision", "int8", "--input", photos, "--device", "gpu:0").problems())
        .containsExactly("--precision int8 is for processors: leave --device out");
    assertThat(verify("--precision", "fp16", "--input", photos).problems())
        .containsExactly(
            "--precision fp16 is for GPUs: name one of this machine, such as --device gpu:0");
  }

  @Test
  void whatHoldsNoPictureIsRefused() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThat(verify("--input", empty.toString()).problems())
        .containsExactly("--input " + empty + " holds no file");
    Path text = Files.writeString(empty.resolve("a.txt"), "no picture");
    assertThat(verify("--input", text.toString()).problems())
        .containsExactly("none of the 1 files is an image");
    assertThat(verify("--input", folder.resolve("no").toString()).problems())
        .containsExactly("--input " + folder.resolve("no") + " does not exist on this machine");
  }

  @Test
  void anExportHasOneGraphOnly() {
    String exported = folder.resolve("exported").toString();
    CapturedTerminal.run("model", "export", model.toString(), "--output", exported);
    Ended ended = CapturedTerminal.run("model", "verify", exported, "--input", picture.toString());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            exported
                + " is an exported graph, of which no other can be built: verify the checkpoint that"
                + " it was made of");
  }

  @Test
  void oneComparisonAtATime() {
    Path golden = Reference.golden().resolve("models/a-beit-meanpool-relpos/golden.safetensors");
    assertThat(verify().problems())
        .containsExactly(
            "say what to compare with: --golden FILE, --published --input 000000039769.jpg, or"
                + " --input FOLDER");
    assertThat(verify("--published").problems())
        .containsExactly("--published needs the picture: --input 000000039769.jpg");
    assertThat(verify("--golden", golden.toString(), "--published").problems())
        .containsExactly("--golden has its own input: leave --published and --input out");
    assertThat(verify("--input", "x", "--limit", "0").problems())
        .containsExactly("--limit is 0: it must be 1 or more");
    assertThat(verify("--published").exitCode()).isEqualTo(1);
  }

  private Ended verify(String... options) {
    List<String> words = new ArrayList<>(List.of("model", "verify", model.toString()));
    words.addAll(List.of(options));
    return CapturedTerminal.run(words.toArray(String[]::new));
  }

  /** A run with these figures as the only ones that are published. */
  private Ended published(PublishedFigures figures, String... options) {
    ModelVerifyCommand command = new ModelVerifyCommand(List.of(figures));
    List<String> words = new ArrayList<>(List.of(model.toString(), "--published"));
    words.addAll(List.of(options));
    CapturedTerminal terminal = new CapturedTerminal();
    try {
      command.run(Arguments.read(command, words), terminal.terminal());
      return new Ended(0, terminal.out(), terminal.err());
    } catch (InputException e) {
      return new Ended(e.exitCode(), terminal.out(), String.join("\n", e.problems()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The figures that the model gives, as somebody might have published them: four digits. */
  private PublishedFigures known() {
    Ended ended = published(UNKNOWN, "--input", picture.toString(), "--tolerance", "1");
    Matcher logits = Pattern.compile("logit \\d +0\\.0000 +(-?[\\d.]+)").matcher(ended.out());
    List<Double> found = new ArrayList<>();
    while (logits.find()) {
      found.add(Double.valueOf(logits.group(1)));
    }
    assertThat(found).as(ended.out() + ended.err()).hasSize(3);
    Matcher label = Pattern.compile("best label +0 +(\\d)").matcher(ended.out());
    assertThat(label.find()).isTrue();
    return new PublishedFigures("org/" + NAME, 32, 32, 6, found, Integer.parseInt(label.group(1)));
  }

  @Test
  void notANumberIsAMismatch() {
    assertThat(UNKNOWN.mismatches(new float[] {Float.NaN, 0, 0, -1, -1, -1}, 1e-3))
        .anyMatch(mismatch -> mismatch.startsWith("logit 0 is NaN, published is 0.0000"));
    assertThatThrownBy(() -> UNKNOWN.mismatches(new float[0], 1))
        .isInstanceOf(ArrayIndexOutOfBoundsException.class);
  }

  private static void config(Path model, String key, String value) throws IOException {
    Path file = model.resolve("config.json");
    ObjectMapper json = new ObjectMapper();
    ObjectNode config = (ObjectNode) json.readTree(file.toFile());
    json.writeValue(file.toFile(), config.put(key, value));
  }

  private Path draw(String name, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(200, 120, 40));
    graphics.fillRect(0, 0, width / 3, height / 2);
    graphics.setColor(new Color(20, 90, 220));
    graphics.fillOval(width / 2, height / 4, width / 3, height / 2);
    graphics.dispose();
    Path file = folder.resolve(name);
    ImageIO.write(image, "png", file.toFile());
    return file;
  }
}
