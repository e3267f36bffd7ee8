package io.labelmill.evaluate.read.truth;

import io.labelmill.source.ImageUri;
import java.io.Serializable;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Under which key an image of the truth meets its prediction.
 *
 * @param by whole URIs, or file names
 * @param rewrites prefixes of the truth's paths and what stands in their place; the first that fits
 * @param base folder that relative paths of the truth start from where no prefix fits; empty where
 *     they stay as they are
 */
public record PathKey(By by, Map<String, String> rewrites, String base) implements Serializable {
  private static final Pattern ABSOLUTE = Pattern.compile("^(?:/|[A-Za-z][A-Za-z0-9+.-]*:).*");

  public enum By {
    URI,
    /** The file's name, whatever separators stand before it and however its accents are encoded. */
    NAME,
    /** The file's name without its extension. */
    STEM
  }

  public PathKey {
    rewrites = new LinkedHashMap<>(rewrites);
  }

  public PathKey(By by, Map<String, String> rewrites) {
    this(by, rewrites, "");
  }

  /** The same for truth whose relative paths start from a folder. */
  PathKey below(String folder) {
    return new PathKey(by, rewrites, folder);
  }

  /** The path of the truth, its prefix rewritten. */
  public String rewritten(String path) {
    for (Map.Entry<String, String> rewrite : rewrites.entrySet()) {
      if (path.startsWith(rewrite.getKey())) {
        return rewrite.getValue() + path.substring(rewrite.getKey().length());
      }
    }
    return base.isEmpty() || by != By.URI || ABSOLUTE.matcher(path).matches()
        ? path
        : base + "/" + path;
  }

  /** The key of a path; the empty key for none. */
  public String key(String path) {
    if (path == null) {
      return "";
    }
    String comparable = ImageUri.comparable(path);
    if (by == By.URI) {
      return comparable;
    }
    int slash = Math.max(comparable.lastIndexOf('/'), comparable.lastIndexOf('\\'));
    String name = Normalizer.normalize(comparable.substring(slash + 1), Normalizer.Form.NFC);
    return by == By.STEM && TruthLook.isImageName(name)
        ? name.substring(0, name.lastIndexOf('.'))
        : name;
  }
}
