package io.labelmill.source;

import java.net.IDN;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of an image as people write it: with blanks around it or in it, letters beyond ASCII
 * in its host and path, a percent sign that escapes nothing, or a host with an underscore, which
 * {@link URI} does not know.
 *
 * @param scheme in lower case, of any kind
 * @param host in lower case and ASCII, an address of version 6 in brackets; empty where there is
 *     none
 * @param port -1 for the scheme's own
 * @param target path and query, escaped; begins with a slash
 * @param holdsUser whether a user name or password was given
 */
record HttpAddress(String scheme, String host, int port, String target, boolean holdsUser) {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(?:#.*)?", Pattern.DOTALL);
  private static final Pattern AUTHORITY =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^:\\[\\]]*)(?::([0-9]{0,5}))?");
  private static final Pattern NAME = Pattern.compile("[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?");
  private static final Pattern SCHEME =
      Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.*", Pattern.DOTALL);
  private static final int LONGEST_HOST = 253;

  /** What browsers escape in a path. */
  private static final String ESCAPED = "\"<>\\^`{|}[]";

  /**
   * @throws IllegalArgumentException where it is none
   */
  static HttpAddress of(String given) {
    Matcher form = FORM.matcher(given.strip());
    if (!form.matches()) {
      throw new IllegalArgumentException("no address");
    }
    String authority = form.group(2);
    int at = authority.lastIndexOf('@');
    Matcher parts = AUTHORITY.matcher(authority.substring(at + 1));
    boolean hasHost = parts.matches();
    String digits = hasHost ? parts.group(2) : null;
    String target = escaped(form.group(3));
    return new HttpAddress(
        form.group(1).toLowerCase(Locale.ROOT),
        hasHost ? host(parts.group(1)) : "",
        digits == null || digits.isEmpty() ? -1 : Integer.parseInt(digits),
        target.startsWith("/") ? target : "/" + target,
        at >= 0);
  }

  /**
   * A host as servers know it.
   *
   * @return in lower case and ASCII; empty where it is none
   */
  static String host(String given) {
    if (given.startsWith("[")) {
      return given.toLowerCase(Locale.ROOT);
    }
    try {
      String host = IDN.toASCII(given, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
      return host.length() <= LONGEST_HOST && NAME.matcher(host).matches() ? host : "";
    } catch (IllegalArgumentException e) {
      return ""; // A label is too long, or empty.
    }
  }

  private static String escaped(String target) {
    StringBuilder escaped = new StringBuilder();
    byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      char c = (char) (bytes[i] & 0xff);
      boolean isBare = c == '%' && !(isHex(bytes, i + 1) && isHex(bytes, i + 2));
      if (isBare || c <= ' ' || c >= 0x7f || ESCAPED.indexOf(c) >= 0) {
        escaped.append('%').append(hex(c >> 4)).append(hex(c & 15));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private static boolean isHex(byte[] bytes, int i) {
    return i < bytes.length && Character.digit(bytes[i], 16) >= 0;
  }

  private static char hex(int digit) {
    return Character.toUpperCase(Character.forDigit(digit, 16));
  }

  /**
   * Where a redirect from here leads.
   *
   * @param location as a server gives it
   * @throws IllegalArgumentException where it is no address
   */
  HttpAddress redirected(String location) {
    String to = location.strip();
    if (SCHEME.matcher(to).matches()) {
      return to.contains("://") ? of(to) : new HttpAddress(to.split(":", 2)[0], "", -1, "/", false);
    }
    if (to.startsWith("//")) {
      return of(scheme + ":" + to);
    }
    if (to.isEmpty()) {
      throw new IllegalArgumentException("no address");
    }
    URI resolved =
        URI.create("http://h" + target).resolve(URI.create(escaped(to.replaceFirst("#.*", ""))));
    String query = resolved.getRawQuery() == null ? "" : "?" + resolved.getRawQuery();
    return new HttpAddress(scheme, host, port, resolved.getRawPath() + query, false);
  }

  /** Host and port, as {@code --allow-hosts} names them. */
  String authority() {
    return port < 0 || port == ownPort() ? host : host + ":" + port;
  }

  int ownPort() {
    return scheme.equals("http") ? 80 : 443;
  }

  /** The whole of it, in ASCII. */
  @Override
  public String toString() {
    return scheme + "://" + authority() + target;
  }
}
