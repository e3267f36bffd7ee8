package io.labelmill.command;

import java.util.regex.Pattern;

/** Credentials in texts that are shown or stored. */
final class Secrets {
  private static final Pattern USER = Pattern.compile("(\\w+://)[^/@\\s|]*@");
  private static final Pattern QUERY = Pattern.compile("(\\w+://[^?\\s|]*)\\?[^\\s|]*=[^\\s|]*");

  private Secrets() {}

  /** The text without what may be a secret in its URIs: user information and queries. */
  static String removedFrom(String text) {
    return QUERY.matcher(USER.matcher(text).replaceAll("$1")).replaceAll("$1");
  }
}
