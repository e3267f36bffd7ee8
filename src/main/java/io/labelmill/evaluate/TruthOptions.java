package io.labelmill.evaluate;

import java.io.Serializable;
import java.util.Optional;

/**
 * Where the truth is and how it is written.
 *
 * @param location a table, a folder of folders, or an MLTable folder
 * @param format how it is read
 * @param pathColumn the column of image paths; empty: {@code path}, {@code image_url}, {@code
 *     filename} or {@code image}, whichever is there
 * @param labelColumn the column of labels; empty: {@code label_index}, {@code label} or {@code
 *     labels}
 * @param labelSeparator what stands between several labels of a text; empty: a text is one label
 * @param labelMap a file that maps names of the truth to labels
 */
public record TruthOptions(
    String location,
    Format format,
    Optional<String> pathColumn,
    Optional<String> labelColumn,
    Optional<String> labelSeparator,
    Optional<String> labelMap) {

  /** The forms of truth. */
  public enum Format implements Serializable {
    /** By what lies there. */
    AUTO,
    /** Parquet, ORC, CSV or JSON with one row an image. */
    TABLE,
    /** A folder for each label, with its images. */
    FOLDERS,
    /** fridgeObjects: {@code filename,labels}, labels separated by white space. */
    FRIDGE,
    /** Azure ML: JSON lines with {@code image_url} and {@code label}. */
    AZUREML,
    /** An MLTable folder, whose file {@code MLTable} names JSON lines. */
    MLTABLE
  }

  public static TruthOptions of(String location) {
    return new TruthOptions(
        location,
        Format.AUTO,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
