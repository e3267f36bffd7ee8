package io.labelmill.evaluate.read;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.score.ScoreOptions;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.MaskPng;
import io.labelmill.table.Location;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Folders of label maps, and the names by which maps and pictures meet. */
public final class MapFiles {
  /** Above this a file is no label map of a picture that could be labelled. */
  private static final int MAX_BYTES = 256 << 20;

  /** The folder in which a run's record lies, and by default its masks. */
  private static final String RECORDS = "_labelmill";

  private static final String CITYSCAPES = "_labelTrainIds.png";

  /** What Cityscapes' pictures and maps have behind the name that they share. */
  private static final Pattern ENDING =
      Pattern.compile("_(leftImg8bit|gt(Fine|Coarse)_label(Train)?Ids)$");

  private MapFiles() {}

  /** What a picture's path and its maps' have in common: the name without folder and endings. */
  public static String key(String path) {
    String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    return ENDING.matcher(Normalizer.normalize(stem, Normalizer.Form.NFC)).replaceFirst("");
  }

  /**
   * The maps of a folder and those below it, by {@link #key}. Where maps of Cityscapes' training
   * ids are, the other files beside them are left out.
   *
   * @param what they are, for messages: {@code truth}
   * @throws InputException if there are none, or several of one key
   */
  public static Map<String, String> list(String folder, String what, Configuration configuration) {
    List<String> files;
    try {
      files = all(folder, configuration);
    } catch (FileNotFoundException e) {
      throw new InputException("The " + what + " " + folder + " does not exist.", e);
    } catch (IOException e) {
      throw Cause.failure("The " + what + " " + folder + " cannot be read: " + e, e);
    }
    if (files.stream().anyMatch(file -> file.endsWith(CITYSCAPES))) {
      files.removeIf(file -> !file.endsWith(CITYSCAPES));
    }
    if (files.isEmpty()) {
      throw new InputException(
          "The %s %s has no PNG files: name a folder of label maps, of which each pixel holds the index of a label."
              .formatted(what, folder));
    }
    Map<String, String> byKey = new TreeMap<>();
    for (String file : files) {
      String other = byKey.put(key(file), file);
      if (other != null) {
        throw new InputException(
            "The %s %s has two label maps for %s: %s and %s. Name a folder that has one."
                .formatted(what, folder, key(file), other, file));
      }
    }
    return byKey;
  }

  /**
   * All PNG files of a folder and those below it.
   *
   * @throws IOException if it cannot be read
   */
  static List<String> all(String folder, Configuration configuration) throws IOException {
    Location location = Location.of(folder);
    FileSystem system = location.fileSystem(configuration);
    Path root = system.makeQualified(location.hadoop());
    List<String> files = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = system.listFiles(location.hadoop(), true);
    while (all.hasNext()) {
      Path file = all.next().getPath();
      if (file.getName().toLowerCase(Locale.ROOT).endsWith(".png") && !isHidden(file, root)) {
        files.add(file.toString());
      }
    }
    return files;
  }

  /**
   * Whether a file is none of the user's maps, by the names below the folder: cameras begin names
   * with {@code _}, and run records lie in {@code _labelmill}.
   */
  private static boolean isHidden(Path file, Path folder) {
    for (Path at = file; at.depth() > folder.depth(); at = at.getParent()) {
      if (at.getName().startsWith(".") || (!at.equals(file) && at.getName().equals(RECORDS))) {
        return true;
      }
    }
    return false;
  }

  /**
   * The map that a file holds.
   *
   * @throws io.labelmill.error.OutageException if its store does not work
   */
  public static LabelMap read(String file, Configuration configuration) throws BadMap {
    return map(content(file, configuration));
  }

  public static LabelMap map(byte[] png) throws BadMap {
    try {
      return MaskPng.read(png, ScoreOptions.Scoring.DEFAULT_MAX_PIXELS);
    } catch (MaskPng.NotAMap e) {
      throw new BadMap(e);
    }
  }

  private static byte[] content(String file, Configuration configuration) throws BadMap {
    Path path = Location.of(file).hadoop();
    try (InputStream in = path.getFileSystem(configuration).open(path)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new BadMap("is longer than " + MAX_BYTES + " bytes");
      }
      return content;
    } catch (IOException e) {
      throw BadMap.unread(file, e);
    }
  }
}
