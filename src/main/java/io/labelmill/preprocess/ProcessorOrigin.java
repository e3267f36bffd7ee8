package io.labelmill.preprocess;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code config.json} tells of the image processor that was used with it.
 *
 * @param modelType {@code model_type}: decides the processor class where the processor's own
 *     configuration names none
 * @param transformersVersion that wrote it; empty where it does not say
 */
public record ProcessorOrigin(String modelType, Optional<String> transformersVersion) {
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  /**
   * Whether it was written by Transformers 5.4 or later, of which both backends write the same
   * configuration under the same name.
   */
  boolean namesNoBackend() {
    Matcher version = VERSION.matcher(transformersVersion.orElse(""));
    if (!version.matches()) {
      return false;
    }
    int major = Integer.parseInt(version.group(1));
    return major > 5 || (major == 5 && Integer.parseInt(version.group(2)) >= 4);
  }
}
