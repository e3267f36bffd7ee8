package io.labelmill.evaluate.read.truth;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists as Python prints them into a CSV file: {@code ['can', 'carton']}, {@code ("can",)}, {@code
 * {'can'}}, and NumPy's {@code ['can' 'carton']}, {@code [1. 0. 1.]}, {@code [np.str_('can')]}.
 */
final class PythonList {
  /** A text in quotes, a number, or a word of the language; then what stands before the next. */
  private static final Pattern ITEM =
      Pattern.compile(
          "\\G\\s*(?:np\\.\\w+\\(\\s*)?"
              + "(?:'((?:[^'\\\\]|\\\\.)*)'|\"((?:[^\"\\\\]|\\\\.)*)\""
              + "|([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?)|(True|False|None|nan))"
              + "(?:\\s*\\))?(?:\\s*,\\s*|\\s+|(?=$))");

  private PythonList() {}

  /**
   * The items: texts, numbers, truth values and nulls.
   *
   * @return empty where the text is no such list
   */
  static Optional<List<Object>> parse(String text) {
    if (text.length() < 2 || !isBracketed(text)) {
      return Optional.empty();
    }
    String inner = text.substring(1, text.length() - 1).strip();
    List<Object> items = new ArrayList<>();
    int end = 0;
    Matcher item = ITEM.matcher(inner);
    while (end < inner.length() && item.find()) {
      items.add(value(item));
      end = item.end();
    }
    boolean isCall = text.startsWith("(") && items.size() == 1 && !inner.endsWith(",");
    return end < inner.length() || isCall ? Optional.empty() : Optional.of(items);
  }

  private static boolean isBracketed(String text) {
    char last = text.charAt(text.length() - 1);
    return switch (text.charAt(0)) {
      case '[' -> last == ']';
      case '(' -> last == ')';
      case '{' -> last == '}';
      default -> false;
    };
  }

  private static Object value(Matcher item) {
    if (item.group(3) != null) {
      return new BigDecimal(item.group(3));
    }
    if (item.group(4) != null) {
      return switch (item.group(4)) {
        case "True" -> true;
        case "False" -> false;
        default -> null;
      };
    }
    String quoted = item.group(1) != null ? item.group(1) : item.group(2);
    return unescaped(quoted);
  }

  private static String unescaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        c = text.charAt(++i);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : 0;
        if (digits > 0 && text.substring(i + 1).matches("[0-9a-fA-F]{" + digits + "}(?s:.*)")) {
          c = (char) Integer.parseInt(text.substring(i + 1, i + 1 + digits), 16);
          i += digits;
        } else {
          c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
      }
      out.append(c);
    }
    return out.toString();
  }
}
