package io.labelmill.source;

import java.io.Serializable;

/** Where the paths of a table may lead. */
public record AllowedPlaces(AllowedHosts hosts, AllowedSchemes schemes) implements Serializable {
  /** The stores, and no host of the web. */
  public static final AllowedPlaces STORES =
      new AllowedPlaces(AllowedHosts.NONE, AllowedSchemes.OF_STORES);
}
