package io.labelmill.evaluate.read.truth;

import java.io.IOException;
import java.util.Optional;

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

  /** The forms of truth, in the order in which it is asked whether one fits. */
  public enum Format {
    /** By what lies there. */
    AUTO(null),
    /** An MLTable folder, whose file {@code MLTable} names JSON lines. */
    MLTABLE(new MlTableTruth()),
    /**
     * Hugging Face's image folder, with {@code metadata.jsonl}, {@code .csv} or {@code .parquet}.
     */
    IMAGEFOLDER(new ImageFolderTruth()),
    /** COCO's JSON of images, annotations and categories. */
    COCO(new CocoTruth()),
    /** Pascal VOC: an XML file for each image. */
    VOC(new VocTruth()),
    /** CVAT's annotations.xml. */
    CVAT(new CvatTruth()),
    /** YOLO: a text file for each image, and the names of classes. */
    YOLO(new YoloTruth()),
    /** Label Studio's JSON export. */
    LABEL_STUDIO(new LabelStudioTruth()),
    /** Labels beside the images in tar and zip archives, as WebDataset keeps them. */
    WEBDATASET(new WebDatasetTruth()),
    /** One JSON object with a field for each image. */
    JSON_MAP(new JsonMapTruth()),
    /** Parquet, ORC, CSV or JSON with one row an image. */
    TABLE(new TableTruth(TableTruth.Labels.AS_FOUND)),
    /** fridgeObjects: {@code filename,labels}, labels separated by white space. */
    FRIDGE(new TableTruth(TableTruth.Labels.BY_WHITE_SPACE)),
    /** Azure ML: JSON lines with {@code image_url} and {@code label}. */
    AZUREML(new AzureTruth()),
    /** A folder for each label, with its images. */
    FOLDERS(new FolderTruth());

    /** Forms hold nothing that changes. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final TruthForm form;

    Format(TruthForm form) {
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

  /** Without a separator of columns. */
  public TruthOptions(
      String location,
      Format format,
      Optional<String> pathColumn,
      Optional<String> labelColumn,
      Optional<String> labelSeparator,
      Optional<String> labelMap) {
    this(location, format, pathColumn, labelColumn, labelSeparator, Optional.empty(), labelMap);
  }

  public static TruthOptions of(String location) {
    return new TruthOptions(
        location,
        Format.AUTO,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
