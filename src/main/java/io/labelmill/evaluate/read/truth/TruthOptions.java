package io.labelmill.evaluate.read.truth;

import io.labelmill.error.UsageException;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Settings;
import io.labelmill.option.Values;
import io.labelmill.source.SourceOptions;
import io.labelmill.table.TableFormat;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the truth is and how it is written.
 *
 * @param location a table, a folder of folders, or a file or folder of another {@link Format}
 * @param format how it is read
 * @param pathColumn the column of image paths, or a field within one by {@code a.b}; empty: one of
 *     {@link TruthColumns#PATHS}, whichever is there
 * @param labelColumn the column of labels; empty: one of {@link TruthColumns#LABELS}, or columns of
 *     the labels' names with 0 and 1 in them
 * @param labelSeparator what stands between several labels of a text; empty: as its texts tell
 * @param csvSeparator what stands between the columns of CSV; empty: as its header tells
 * @param labelMap a file that maps names of the truth to labels
 */
public record TruthOptions(
    String location,
    Format format,
    Optional<String> pathColumn,
    Optional<String> labelColumn,
    Optional<String> labelSeparator,
    Optional<String> csvSeparator,
    Optional<String> labelMap) {

  /** What the truth of whole images may be. */
  public static final Option<String> TRUTH =
      Option.required("--truth", "URI", "table:NAME, " + Format.PLACES);

  public static final Option<Format> TRUTH_FORMAT =
      Option.choice(
              "--truth-format",
              "how the truth is read; fridge: labels separated by white space, json-map: an object of"
                  + " images",
              Format.AUTO)
          .orElse("auto: what it looks like");
  public static final Option<Optional<String>> TRUTH_PATH_COLUMN =
      Option.optional(
              "--truth-path-column",
              "NAME",
              "column of the truth that holds image paths, or a field within one by a.b",
              Reader.text())
          .orElse(
              "path, image_url, filename, image, file_name, image_path, image_name or image_id");
  public static final Option<Optional<String>> TRUTH_LABEL_COLUMN =
      Option.optional(
              "--truth-label-column",
              "NAME",
              "column of the truth that holds labels: names, numbers, which are indices, or lists of"
                  + " either; or a field within one by a.b; of archives the ending, or json.FIELD",
              Reader.text())
          .orElse("label_index, label or labels; else columns of 0 and 1");
  public static final Option<Optional<String>> LABEL_SEPARATOR =
      Option.optional(
              "--label-separator",
              "TEXT",
              "what stands between several labels of a text in the truth",
              Reader.raw().map(TruthOptions::separator))
          .orElse("as the labels tell");
  public static final Option<Optional<String>> CSV_SEPARATOR =
      SourceOptions.CSV_SEPARATOR
          .meaning("between the columns of CSV, such as ';', or tab, where a header has it")
          .orElse("truth: ',', ';', tab or '|', as its header tells; input: ','");
  public static final Option<Optional<String>> LABEL_MAP =
      Option.optional(
          "--label-map",
          "FILE",
          "what names of the truth stand for: a JSON object, lines NAME,LABEL, or a line for each"
              + " label in index order that begins with the name (ImageNet's wnids)",
          Reader.text());
  public static final Option<PathKey.By> MATCH_BY =
      Option.choice(
          "--match-by",
          "compare whole paths, file names alone, or these without their extensions",
          PathKey.By.URI);
  public static final Option<List<String>> REWRITE =
      Option.repeatable(
          "--rewrite",
          "FROM=TO",
          "change the beginning of the truth's paths, such as"
              + " azureml://datastores/x/paths/=s3://bucket/");

  /** The forms of truth, in the order in which it is asked whether one fits. */
  public enum Format {
    AUTO("", null),
    MLTABLE("MLTable folder", new MlTableTruth()),
    IMAGEFOLDER("Hugging Face's image folder", new ImageFolderTruth()),
    COCO("COCO", new CocoTruth()),
    VOC("Pascal VOC", new VocTruth()),
    CVAT("CVAT", new CvatTruth()),
    YOLO("YOLO", new YoloTruth()),
    LABEL_STUDIO("Label Studio", new LabelStudioTruth()),
    WEBDATASET(
        "archives with .cls, .json or .txt beside each image (WebDataset)", new WebDatasetTruth()),
    JSON_MAP("JSON object of images", new JsonMapTruth()),
    TABLE(
        "table with a row an image (" + TableFormat.NAMES + ")",
        new TableTruth(TableTruth.Labels.AS_FOUND)),
    FRIDGE("fridgeObjects labels.csv", new TableTruth(TableTruth.Labels.BY_WHITE_SPACE)),
    AZUREML("Azure ML JSON lines", new AzureTruth()),
    FOLDERS("folder of a folder for each label", new FolderTruth());

    /** What a truth may be, for documentation. */
    static final String PLACES =
        Arrays.stream(values())
            .map(format -> format.place)
            .filter(place -> !place.isEmpty())
            .collect(Collectors.joining(", "));

    private final String place;

    /** Forms hold nothing that changes. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final TruthForm form;

    /**
     * @param place what it reads, for documentation; empty for what lies there
     */
    Format(String place, TruthForm form) {
      this.place = place;
      this.form = form;
    }

    /** The form to read in; of {@link #AUTO} the first that fits. */
    TruthForm form(TruthPlace place) throws IOException {
      if (form != null) {
        return form;
      }
      for (Format format : values()) {
        if (format.form != null && format.form.fits(place)) {
          return format.form;
        }
      }
      throw new IllegalStateException("no form fits a folder");
    }
  }

  public static TruthOptions of(String location) {
    return new Settings().with(TRUTH, location).as(TruthOptions::read);
  }

  public static TruthOptions read(Values values) {
    return new TruthOptions(
        values.get(TRUTH),
        values.get(TRUTH_FORMAT),
        values.get(TRUTH_PATH_COLUMN),
        values.get(TRUTH_LABEL_COLUMN),
        values.get(LABEL_SEPARATOR),
        values.get(CSV_SEPARATOR),
        values.get(LABEL_MAP));
  }

  public static PathKey key(Values values) {
    return new PathKey(
        values.get(MATCH_BY), values.checked(() -> rewrites(values.get(REWRITE)), Map.of()));
  }

  /** In the order in which they were given. */
  private static Map<String, String> rewrites(List<String> given) {
    Map<String, String> rewrites = new LinkedHashMap<>();
    for (String one : given) {
      int equals = one.indexOf('=');
      if (equals < 0) {
        throw new UsageException(
            "--rewrite is " + one + ": write FROM=TO, two prefixes of paths with = between them");
      }
      rewrites.put(one.substring(0, equals), one.substring(equals + 1));
    }
    return rewrites;
  }

  /** A blank is a separator like any other, where other values may not be blank. */
  private static String separator(String given) {
    if (given.isEmpty()) {
      throw new UsageException("--label-separator is empty");
    }
    return given;
  }
}
