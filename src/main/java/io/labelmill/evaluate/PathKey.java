package io.labelmill.evaluate;

import io.labelmill.source.ImageUri;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Under which key an image of the truth meets its prediction.
 *
 * @param by whole URIs, or file names
 * @param rewrites prefixes of the truth's paths and what stands in their place; the first that fits
 */
public record PathKey(By by, Map<String, String> rewrites) implements Serializable {
  /** What is compared. */
  public enum By {
    URI,
    NAME
  }

  public PathKey {
    rewrites = new LinkedHashMap<>(rewrites);
  }

  /** The path of the truth, its prefix rewritten. */
  String rewritten(String path) {
    for (Map.Entry<String, String> rewrite : rewrites.entrySet()) {
      if (path.startsWith(rewrite.getKey())) {
        return rewrite.getValue() + path.substring(rewrite.getKey().length());
      }
    }
    return path;
  }

  /** The key of a path; the empty key for none. */
  public String key(String path) {
    if (path == null) {
      return "";
    }
    String comparable = ImageUri.comparable(path);
    return by == By.URI ? comparable : comparable.substring(comparable.lastIndexOf('/') + 1);
  }
}
