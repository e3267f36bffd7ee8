package io.labelmill.evaluate.read.truth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.SparkFixture;
import io.labelmill.error.InputException;
import io.labelmill.option.Settings;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One truth in the forms of many programs: all say the same, and what is understood is told. */
class TruthFormsIT {
  private static final SparkSession SPARK = SparkFixture.spark();
  private static final Path FORMS = Path.of("src/test/resources/truth");
  private static final List<String> LABELS =
      List.of("can", "carton", "milk_bottle", "water_bottle");
  private static final PathKey BY_NAME = new PathKey(PathKey.By.NAME, Map.of());

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '`',
      value = {
        "base.csv               ! fridgeObjects labels.csv, labels separated by white space",
        "bars.csv               ! csv, labels separated by |",
        "commas.csv             ! csv, labels separated by ,",
        "windows.csv            ! csv, labels separated by ;",
        "semicolons.csv         ! csv, labels separated by |",
        "decomposed.csv         ! csv, labels separated by |",
        "python-lists.csv       ! csv",
        "python-tuples.csv      ! csv",
        "numpy-arrays.csv       ! csv",
        "numpy-texts.csv        ! csv",
        "json-lists.csv         ! csv",
        "numpy-bits.csv         ! csv, a 0 or 1 for each label (multi-hot)",
        "bits.csv               ! csv, a 0 or 1 for each label (multi-hot)",
        "flags.csv              ! csv, a 0 or 1 for each label (multi-hot)",
        "bits.jsonl             ! JSON lines, a 0 or 1 for each label (multi-hot)",
        "bits.parquet           ! parquet, a 0 or 1 for each label (multi-hot)",
        "floats.parquet         ! parquet, a 0 or 1 for each label (multi-hot)",
        "indices.csv            ! csv, label indices",
        "lists.parquet          ! parquet",
        "class-labels.parquet   ! parquet, the names of classes from its own features",
        "one-hot.csv            ! one-hot columns",
        "one-hot-stems.csv      ! one-hot columns",
        "one-hot-indexed.csv    ! one-hot columns",
        "one-hot.parquet        ! one-hot columns",
        "one-hot.json           ! one-hot columns",
        "records.json           ! a JSON array",
        "lines.jsonl            ! JSON lines",
        "map.json               ! a JSON object of images",
        "imagefolder            ! JSON lines",
        "imagefolder/metadata.jsonl ! JSON lines",
        "coco_instances/annotations/instances_train.json ! COCO annotations",
        "voc_detection          ! Pascal VOC annotations",
        "voc_detection/Annotations ! Pascal VOC annotations",
        "yolo                   ! YOLO labels",
        "cvat/train.xml         ! CVAT annotations",
        "shards                 ! the .json files in archives, labels",
        "shards/*.tar           ! the .json files in archives, labels",
        "indices.tar            ! the .cls files in archives, label indices",
        "texts.tar              ! the .txt files in archives, labels separated by white space",
        "one-hot.zip            ! one-hot columns",
      })
  void saysTheSame(String name, String form) throws IOException {
    Truth truth = open(FORMS.resolve(name));
    LabelCoding coding = truth.coding(Optional.of(known(LABELS)));
    assertThat(labels(truth, coding)).isEqualTo(base());
    assertThat(truth.understood(coding, BY_NAME).get(0))
        .isEqualTo("7 images, 4 labels, multi-label, from " + form);
  }

  /** By file name: the labels' indices, sorted. */
  private static Map<String, List<Integer>> labels(Truth truth, LabelCoding coding) {
    PathKey key = truth.key(BY_NAME);
    Map<String, List<Integer>> labels = new TreeMap<>();
    for (Row row : truth.rows().collectAsList()) {
      TreeSet<Integer> indices = new TreeSet<>();
      for (String label : coding.labels(row.get(1))) {
        indices.add(
            coding.hasIndices() ? Integer.valueOf(label) : Integer.valueOf(LABELS.indexOf(label)));
      }
      // As the name of a picture has it.
      labels.put(
          new PathKey(PathKey.By.STEM, Map.of()).key(key.key(key.rewritten(row.getString(0)))),
          List.copyOf(indices));
    }
    return labels;
  }

  private static Map<String, List<Integer>> base() throws IOException {
    Map<String, List<Integer>> labels = new TreeMap<>();
    for (String line : Files.readAllLines(FORMS.resolve("base.csv")).subList(1, 8)) {
      String[] parts = line.split(",", -1);
      labels.put(
          new PathKey(PathKey.By.STEM, Map.of()).key(parts[0]),
          List.of(parts[1].split(" ", -1)).stream().map(LABELS::indexOf).toList());
    }
    return labels;
  }

  @Test
  void labelsBesideImagesInArchivesAreThoseOfTheirPaths() throws IOException {
    Path shards = FORMS.resolve("shards").toAbsolutePath();
    Truth truth = open(shards);
    assertThat(truth.rows().orderBy("path").first().getString(0))
        .isEqualTo("file:" + shards + "/fridge-000000.tar!/set/img_00.jpg");
    // One file may say several things.
    Path indices = FORMS.resolve("indices.tar");
    Truth texts = Truth.open(SPARK, options(indices, null, "txt"));
    assertThat(texts.understood(texts.coding(Optional.empty()), BY_NAME).get(0))
        .startsWith("7 images, ")
        .endsWith(" from the .txt files in archives");
    assertThat(training(shards).images().get(0).names()).containsExactly("can", "carton");
    assertRefused(
        indices,
        " has no labels beside its 7 members: each image needs a file of its name that ends in .count (name"
            + " another ending, or a field of .json as json.FIELD, with --truth-label-column).",
        null,
        "count");
    assertRefused(shards, " has no column json.caption.no (name one", null, "json.caption.no");
    assertRefused(folder.resolve("none/*.tar"), "none/*.tar does not exist.");
    assertRefused(folder.resolve("*.tar"), "*.tar does not exist.");
  }

  @Test
  void whatCannotBeReadInAnArchiveIsLeftOutAndTold() throws IOException {
    Path cut = Files.createDirectory(folder.resolve("cut")).resolve("a.tar");
    byte[] whole = Files.readAllBytes(FORMS.resolve("texts.tar"));
    // Each image takes four blocks: headers and contents of two files. The third loses its label.
    Files.write(cut, Arrays.copyOf(whole, 2 * 4 * 512 + 2 * 512 + 100));
    Truth truth = open(cut);
    assertThat(truth.understood(truth.coding(Optional.of(known(LABELS))), BY_NAME))
        .hasSize(3)
        .satisfies(
            lines -> {
              assertThat(lines.get(0)).startsWith("2 images, ");
              assertThat(lines.get(1))
                  .isEqualTo("1 members have no .txt file beside them and are left out");
              assertThat(lines.get(2))
                  .startsWith("1 members of the archives cannot be read and are left out: file:")
                  .contains("a.tar!/", "cut");
            });
    Path broken = zip("broken.zip", "{\"label\": \"can\"}", "{\"label\": ", "");
    assertRefused(
        broken,
        " has 1 .json files that hold no JSON, beside file:"
            + broken
            + "!/1.jpg: write them anew, or name another ending with --truth-label-column.");
    // An archive in which none is whole.
    assertRefused(zip("torn.zip", "{"), " has 1 .json files that hold no JSON, beside file:");
  }

  /** An empty file says that there is no label; it changes nothing of the others. */
  @Test
  void jsonFilesInArchivesThatHoldNothingSayThatThereIsNoLabel() throws IOException {
    Path objects =
        zip(
            "objects.zip",
            "\uFEFF{\"label\": \"can\"}",
            "",
            " \n {\"label\":\n\"carton\"}\n",
            "\n",
            "null",
            "{\"label\": null}",
            "{}");
    Truth truth = open(objects);
    LabelCoding coding = truth.coding(Optional.of(known(LABELS)));
    assertThat(truth.understood(coding, BY_NAME))
        .containsExactly(
            "7 images, 2 labels, one label each, from the .json files in archives, label");
    assertThat(labels(truth, coding))
        .containsEntry("0", List.of(0))
        .containsEntry("2", List.of(1))
        .hasSize(7);
    for (String empty : List.of("1", "3", "4", "5", "6")) {
      assertThat(labels(truth, coding)).as(empty).containsEntry(empty, List.of());
    }
    Truth texts = open(zip("texts.zip", "[\"can\", \"carton\"]\n", "", "\"milk_bottle\""));
    assertThat(labels(texts, texts.coding(Optional.of(known(LABELS)))))
        .containsExactly(
            Map.entry("0", List.of(0, 1)), Map.entry("1", List.of()), Map.entry("2", List.of(2)));
  }

  @Test
  void jsonFilesInArchivesHoldObjectsAllOrNone() throws IOException {
    Path mixed = zip("mixed.zip", "{\"label\": \"can\"}", "3", "{\"label\": \"can\"}", "[\"can\"]");
    String path = "file:" + mixed + "!/";
    assertRefused(
        mixed,
        " has 2 .json files that hold no object, where 2 others do, beside "
            + "%s1.jpg, %s3.jpg: write them alike, or name another ending with --truth-label-column."
                .formatted(path, path));
  }

  @Test
  void jsonFilesInArchivesThatAreCutAreNoLabels() throws IOException {
    for (String cut : List.of("\"carton", "\"can\", \"carton\"", "[\"can\", \"carton\"")) {
      Path broken = zip("cut.zip", "\"can\"", cut);
      assertRefused(
          broken,
          " has 1 .json files that hold no JSON, beside file:%s!/1.jpg: write them anew, or name another ending with --truth-label-column."
              .formatted(broken));
    }
  }

  @Test
  void jsonFilesInArchivesHaveTheirLabelsInOneField() throws IOException {
    Path two = zip("two.zip", "{\"label\": \"can\"}", "{\"labels\": [\"carton\"]}", "{\"id\": 1}");
    assertRefused(
        two,
        " has labels in the field label of its .json files, but in 1 of them in labels, beside"
            + " file:%s!/1.jpg: write them alike, or name the field as json.FIELD with --truth-label-column."
                .formatted(two));
    assertRefused(
        zip("cases.zip", "{\"label\": \"can\"}", "{\"Label\": \"carton\"}"),
        " has .json files with the fields Label and label, which are one: spell them alike.");
  }

  /** Images 0.jpg, 1.jpg and so on, with a .json file of each beside it. */
  private Path zip(String name, String... contents) throws IOException {
    Path file = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < contents.length; i++) {
        zip.putNextEntry(new ZipEntry(i + ".jpg"));
        zip.putNextEntry(new ZipEntry(i + ".json"));
        zip.write(contents[i].getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }

  @Test
  void whatStandsBetweenColumnsIsSeenOrSaid() throws IOException {
    for (String separator : List.of(",", ";", "\t", "|")) {
      Path seen = write("seen.csv", "path,label\na.jpg,can\n".replace(",", separator));
      assertThat(open(seen).look().texts()).as(separator).containsExactly("can");
    }
    Path unclear = write("unclear.csv", "path;label;a,b\na.jpg;can;1\n");
    assertRefused(
        unclear,
        " has a column path;label;a with ';' in its name, which separates columns as it seems: say so"
            + " with --csv-separator ';'.");
    TruthOptions said =
        new Settings()
            .with(TruthOptions.TRUTH, unclear.toString())
            .with(TruthOptions.CSV_SEPARATOR, Optional.of(";"))
            .as(TruthOptions::read);
    assertThat(Truth.open(SPARK, said).look().texts()).containsExactly("can");
  }

  @Test
  void oneClassOfEach() {
    Truth truth = open(FORMS.resolve("class-label.parquet"));
    LabelCoding coding = truth.coding(Optional.of(known(LABELS)));
    assertThat(truth.isMultiLabel(coding)).isFalse();
    assertThat(truth.understood(coding, BY_NAME))
        .containsExactly(
            "7 images, 3 labels, one label each, from parquet, the names of classes from its own"
                + " features");
    assertThat(labels(truth, coding)).containsEntry("img_01", List.of(3));
    // A training takes the names, too.
    assertThat(training(FORMS.resolve("class-label.parquet")).images())
        .extracting(LabelledImages.Image::names)
        .contains(List.of("can"), List.of("carton"), List.of("water_bottle"));
  }

  @Test
  void whatIsPassedOverIsTold() throws IOException {
    Truth truth = open(FORMS.resolve("one-hot-stems.csv"));
    assertThat(truth.understood(truth.coding(Optional.empty()), BY_NAME))
        .containsExactly(
            "7 images, 4 labels, multi-label, from one-hot columns",
            "columns that hold something else than 0 and 1 are passed over: split",
            "paths of the truth have no extensions: names are compared without them");
    for (String file :
        List.of("can/a.jpg", "can/Thumbs.db", "carton/b.jpg", "Thumbs.db", "notes.txt")) {
      write("shelf/" + file, "x");
    }
    Truth folders = open(folder.resolve("shelf"));
    assertThat(folders.understood(folders.coding(Optional.empty()), BY_NAME))
        .containsExactly(
            "2 images, 2 labels, one label each, from a folder for each label",
            "2 files beside the folders of labels are passed over: Thumbs.db, notes.txt",
            "1 files that are no pictures are passed over: can/Thumbs.db");
  }

  @ParameterizedTest
  @EnumSource(TableFormat.class)
  void aTableAmongPicturesIsNoPicture(TableFormat format) throws IOException {
    String table = "can/table." + format.formatName();
    for (String file : List.of("can/a.jpg", "carton/b.jpg", table)) {
      write("shelf/" + file, "x");
    }
    Truth folders = open(folder.resolve("shelf"));
    assertThat(folders.understood(folders.coding(Optional.empty()), BY_NAME))
        .containsExactly(
            "2 images, 2 labels, one label each, from a folder for each label",
            "1 files that are no pictures are passed over: " + table);
  }

  @Test
  void nestedColumnsAndLists() throws IOException {
    Path file =
        write(
            "objects.jsonl",
            """
            {"file": {"name": "a.jpg"}, "objects": {"categories": ["can", "carton"]}}
            {"file": {"name": "b.jpg"}, "objects": {"categories": []}}
            """);
    Truth truth = Truth.open(SPARK, options(file, "file.name", "objects.categories"));
    assertThat(labels(truth, truth.coding(Optional.of(known(LABELS)))))
        .isEqualTo(Map.of("a", List.of(0, 1), "b", List.of()));
    Path structs =
        write(
            "structs.jsonl",
            """
            {"image": "a.jpg", "annotations": [{"label": "can"}, {"label": "carton"}]}
            """);
    Truth listed = Truth.open(SPARK, options(structs, null, "annotations.label"));
    assertThat(labels(listed, listed.coding(Optional.of(known(LABELS)))))
        .isEqualTo(Map.of("a", List.of(0, 1)));
    assertRefused(
        structs, "; it must hold strings, integers, or arrays of them.", null, "annotations");
    assertRefused(structs, " has no column annotations.no (name one", null, "annotations.no");
  }

  @Test
  void labelStudiosTasks() throws IOException {
    Path file =
        write(
            "tasks.json",
            """
            [
             {"id": 1, "data": {"image": "/data/upload/1/0a1b2c3d-img_00.jpg"},
              "annotations": [
               {"was_cancelled": false, "result": [
                {"type": "choices", "from_name": "kind", "value": {"choices": ["can", "carton"]}}]},
               {"was_cancelled": true, "result": []}]},
             {"id": 2, "data": {"image": "/data/local-files/?d=shelf/img_01.jpg"},
              "annotations": [
               {"was_cancelled": false, "result": [
                {"type": "rectanglelabels", "from_name": "kind",
                 "value": {"x": 1, "rectanglelabels": ["water_bottle"]}}]}]}
            ]
            """);
    Truth truth = open(file);
    assertThat(truth.form()).isEqualTo("Label Studio tasks");
    assertThat(labels(truth, truth.coding(Optional.of(known(LABELS)))))
        .isEqualTo(Map.of("img_00", List.of(0, 1), "img_01", List.of(3)));
    Path two =
        Files.writeString(
            folder.resolve("two.json"),
            Files.readString(file).replaceFirst("\"from_name\": \"kind\"", "\"from_name\": \"x\""));
    assertRefused(
        two, "has answers to several questions, kind, x: choose one with --truth-label-column.");
    assertThat(Truth.open(SPARK, options(two, null, "x")).look().rows()).isEqualTo(2);
    assertRefused(two, "has a task whose data holds no picture (name it", "picture", null);
  }

  @Test
  void yolosNames() {
    assertThat(YoloTruth.parse("nc: 2\nnames: [can, 'milk bottle']\n"))
        .hasValue(List.of("can", "milk bottle"));
    assertThat(YoloTruth.parse("names:\n  0: can\n  1: milk\n")).hasValue(List.of("can", "milk"));
    assertThat(YoloTruth.parse("names:\n- can\n- milk\n")).hasValue(List.of("can", "milk"));
    assertThat(YoloTruth.parse("names:\n  1: can\n  2: milk\n")).isEmpty();
    assertThat(YoloTruth.parse("train: images\n")).isEmpty();
    assertThat(YoloTruth.parse("names: [")).isEmpty();
  }

  // --- what is refused --------------------------------------------------------------------

  @Test
  void formsThatAreNotRead() throws IOException {
    assertRefused(
        FORMS.resolve("columns.json"),
        "is JSON with an object for each column, where one for each image is wanted: pandas writes"
            + " these by to_json(orient='records').");
    assertRefused(
        write("labelme.json", "{\n\"shapes\": [],\n\"imagePath\": \"a.jpg\"}"),
        "is a file of LabelMe, which is not read: write COCO or Pascal VOC from it.");
    assertRefused(
        write("captions.json", "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}]}"),
        "begins as COCO annotations do, but has no list annotations, categories: name a file with"
            + " images, annotations and categories.");
    assertRefused(
        write(
            "coco.json",
            """
            {"images": [{"id": 1}], "categories": [{"id": 1}],
             "annotations": [{"image_id": 1, "category_id": 1}, {"image_id": 2, "category_id": 3}]}
            """),
        "has annotations of images that it does not list: 2",
        "has annotations of categories without a name: 1, 3",
        "lists images without file_name.");
    assertRefused(
        write("map.json", "{\"a.jpg\": \"can\", \"b.jpg\": 3}"),
        "has for b.jpg 3, where the name of a label or a list of names is wanted.");
    assertRefused(
        write("broken.jsonl", "{\"path\": \"a.jpg\", \"label\": \"can\"}\n{\"path\": \"b.j\n"),
        "holds what is no JSON, such as {\"path\": \"b.j: correct or take out these lines.");
    assertRefused(write("none.json", "nothing"), "holds what is no JSON: correct or");
    Files.write(
        folder.resolve("latin.csv"),
        "path,label\ncaf\u00e9.jpg,can\n".getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(
        folder.resolve("latin.csv"),
        "1 rows of the truth ",
        " hold letters that are no UTF-8: caf\uFFFD.jpg can. Save it as UTF-8.");
    Files.write(
        folder.resolve("excel.csv"), "path\tlabel\na.jpg\tcan\n".getBytes(StandardCharsets.UTF_16));
    assertRefused(folder.resolve("excel.csv"), " is text in UTF-16: save it as UTF-8.");
    assertRefused(
        write("soft.csv", "path,can,carton\na.jpg,1,0\nb.jpg,0.5,-1\nc.jpg,0,1\n"),
        "has a column for each label as it seems, but some hold more than 0 and 1: can (0.5), carton"
            + " (-1). Decide which of them count as 1, or name the column of labels with"
            + " --truth-label-column.");
    assertRefused(
        write("sizes.csv", "path,width,height\na.jpg,640,480\n"),
        "has no column label_index or label or labels (name one with --truth-label-column); it has"
            + " path, width, height.");
  }

  @Test
  void foldersThatAreNotOfLabels() throws IOException {
    for (String file : List.of("parts/train/can/a.jpg", "parts/val/can/b.jpg", "flat/a.jpg")) {
      write(file, "x");
    }
    assertRefused(
        folder.resolve("parts"),
        "is parted into train, val, which are no labels: name one of them, such as "
            + folder.resolve("parts/train")
            + ".");
    assertRefused(
        folder.resolve("flat"),
        "has no folder for each label: 1 files lie in it, such as a.jpg. Name a table of paths and"
            + " labels, or put the images of a label into a folder of its name.");
    write("fridge/images/1.jpg", "x");
    write("fridge/labels.csv", "filename,labels\n1.jpg,can\n");
    assertRefused(
        folder.resolve("fridge"),
        "has one folder of pictures, images, and a table beside it: name the table itself, such as "
            + folder.resolve("fridge/labels.csv")
            + ".");
    write("hub/train/metadata.jsonl", "{\"file_name\": \"a.jpg\", \"label\": \"can\"}");
    write("hub/test/metadata.jsonl", "{\"file_name\": \"a.jpg\", \"label\": \"can\"}");
    assertRefused(
        folder.resolve("hub"),
        "has 2 parts with metadata of their own: name one of them, such as "
            + folder.resolve("hub/test")
            + ".");
    Truth part = open(folder.resolve("hub/train"));
    assertThat(part.key(new PathKey(PathKey.By.URI, Map.of())).rewritten("a.jpg"))
        .endsWith(folder.resolve("hub/train/a.jpg").toString());
  }

  @Test
  void filesOfImagesThatCannotBeRead() throws IOException {
    write("voc/a.xml", "<annotation><filename>a.jpg</filename></annotation>");
    write("voc/b.xml", "<annotation><filename>");
    write("voc/c.xml", "<note/>");
    assertRefused(
        folder.resolve("voc"),
        "2 files of the truth ",
        " cannot be read: b.xml (",
        "c.xml (its root is not annotation)");
    write("yolo/classes.txt", "can\n");
    write("yolo/labels/a.txt", "0 0.5 0.5 1 1\n");
    write("yolo/labels/b.txt", "1 0.5 0.5 1 1\n");
    write("yolo/labels/c.txt", "can\n");
    assertRefused(
        folder.resolve("yolo"),
        "2 files of the truth ",
        " cannot be read: b.txt (class 1 of 1), c.txt (no line of YOLO's: can)");
    assertRefused(
        write("cvat.xml", "<annotations><version>1.1</version></annotations>"),
        "names no image: export it as \"CVAT for images\".");
    assertRefused(write("cut.xml", "<annotations><image name=\"a.jpg\""), " is no XML: ");
    assertRefused(write("coco.json", "{\"images\": [], \"annotations\": [}"), " cannot be read: ");
  }

  /** A document type could name files of the machine that reads it. */
  @Test
  void xmlReadsNothingElse() throws IOException {
    Path secret = write("secret.txt", "can");
    write(
        "voc/a.xml",
        "<!DOCTYPE annotation [<!ENTITY x SYSTEM \"%s\">]><annotation><object><name>&x;</name></object></annotation>"
            .formatted(secret.toUri()));
    TruthOptions options =
        new Settings()
            .with(TruthOptions.TRUTH, folder.resolve("voc").toString())
            .with(TruthOptions.TRUTH_FORMAT, TruthOptions.Format.VOC)
            .as(TruthOptions::read);
    List<String> seen = new ArrayList<>();
    try {
      Truth truth = Truth.open(SPARK, options);
      seen.addAll(truth.look().items());
    } catch (InputException e) {
      seen.add(e.getMessage());
    }
    assertThat(seen).isNotEmpty().doesNotContain("can");
  }

  @Test
  void aTrainingNeedsNames() throws IOException {
    assertThatThrownBy(() -> training(FORMS.resolve("bits.parquet")))
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith(
            "has in its column labels a 0 or 1 for each label, but not the names of these, but a"
                + " training needs names: give names, or a column of its name for each label.");
    assertThatThrownBy(() -> training(FORMS.resolve("indices.csv")))
        .hasMessageEndingWith(
            "has in its column labels label indices, but a training needs names: name their column"
                + " with --truth-label-column.");
    LabelledImages oneHot = training(FORMS.resolve("one-hot-stems.csv"));
    assertThat(oneHot.images().get(2).names())
        .containsExactly("carton", "milk_bottle", "water_bottle");
    assertThat(oneHot.key().by()).isEqualTo(PathKey.By.STEM);
    assertThat(oneHot.severalLabels()).isTrue();
  }

  @Test
  void aTrainingsColumnOfPartsGoesAlong() throws IOException {
    LabelledImages images =
        LabelledImages.read(
            SPARK,
            TruthOptions.of(FORMS.resolve("one-hot-stems.csv").toString()),
            BY_NAME,
            Optional.of("split"));
    assertThat(images.images().get(0).column()).hasValue("train");
    assertThat(images.understood()).hasSize(2);
  }

  private static LabelledImages training(Path path) {
    return LabelledImages.read(SPARK, TruthOptions.of(path.toString()), BY_NAME, Optional.empty());
  }

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private static Truth open(Path path) {
    return Truth.open(SPARK, TruthOptions.of(path.toString()));
  }

  private static TruthOptions options(Path path, String pathColumn, String labelColumn) {
    return new Settings()
        .with(TruthOptions.TRUTH, path.toString())
        .with(TruthOptions.TRUTH_PATH_COLUMN, Optional.ofNullable(pathColumn))
        .with(TruthOptions.TRUTH_LABEL_COLUMN, Optional.ofNullable(labelColumn))
        .as(TruthOptions::read);
  }

  private static void assertRefused(Path path, String... parts) {
    assertThatThrownBy(() -> open(path))
        .isInstanceOfSatisfying(
            InputException.class,
            e -> assertThat(e.getMessage()).contains(parts).contains("truth"));
  }

  private static void assertRefused(
      Path path, String message, String pathColumn, String labelColumn) {
    assertThatThrownBy(() -> Truth.open(SPARK, options(path, pathColumn, labelColumn)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
  }

  private static KnownLabels known(List<String> labels) {
    return new KnownLabels(LabelUniverse.of(labels), TruthNames.none());
  }
}
