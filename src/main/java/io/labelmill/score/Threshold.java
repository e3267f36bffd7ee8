package io.labelmill.score;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.labelmill.error.Suggestion;
import io.labelmill.error.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The threshold as a user gives it, not yet tied to a model's labels. Labels that it does not name
 * have {@link #DEFAULT_VALUE}.
 *
 * <p>Three forms: a number for all labels; {@code label=value} pairs with commas between them (a
 * label may hold commas and equals signs itself); or a JSON file, in one of these shapes:
 *
 * <pre>{@code
 * {"can": 0.4, "carton": 0.55}
 * {"thresholds": {"can": 0.4, "carton": 0.55}}
 * {"thresholds": [{"index": 0, "label": "can", "threshold": 0.4}, …]}
 * }</pre>
 *
 * The last is what an evaluation writes: names may repeat within a model, indices don't. Each entry
 * has {@code index}, {@code label} or both; with both, the label must be the model's name of that
 * index. Other keys beside {@code thresholds}, and beside those of an entry, are not read.
 *
 * @param otherwise threshold of labels that no entry names, 0 to 1
 * @param entries thresholds of single labels
 */
public record Threshold(double otherwise, List<Entry> entries) {
  /** The threshold where nobody gives one. */
  public static final double DEFAULT_VALUE = 0.5;

  private static final Pattern PAIR = Pattern.compile("(.+?)=([^,=]*)(?:,|$)");
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * One label's threshold.
   *
   * @param index the label's index in the checkpoint, empty when only its name is given
   * @param label the label's name, null when only its index is given
   * @param value 0 to 1
   */
  public record Entry(OptionalInt index, String label, double value) {
    static Entry named(String label, double value) {
      return new Entry(OptionalInt.empty(), label, value);
    }
  }

  public Threshold {
    entries = List.copyOf(entries);
  }

  public static Threshold of(double value) {
    return new Threshold(value, List.of());
  }

  /** Whether an argument names a JSON file rather than being a threshold itself. */
  public static boolean isFile(String argument) {
    return argument.endsWith(".json");
  }

  /**
   * Reads a number or {@code label=value} pairs.
   *
   * @throws UsageException on anything else, and on values outside 0 to 1, with all problems
   */
  public static Threshold parse(String argument) {
    String text = argument.strip();
    List<String> problems = new ArrayList<>();
    if (text.indexOf('=') < 0) {
      double value = number(text);
      if (Double.isNaN(value)) {
        throw new UsageException(
            "threshold %s is neither a number, nor label=value pairs, nor the name of a .json file"
                .formatted(text));
      }
      checkRange("threshold", value, problems);
      UsageException.throwIfAny(problems);
      return of(value);
    }
    Map<String, Double> values = new LinkedHashMap<>();
    Matcher pair = PAIR.matcher(text);
    int end = 0;
    while (pair.find() && pair.start() == end) {
      end = pair.end();
      String label = pair.group(1).strip();
      double value = number(pair.group(2));
      if (Double.isNaN(value)) {
        problems.add("threshold of label " + label + " is " + pair.group(2) + ", not a number");
      } else {
        checkRange("threshold of label " + label, value, problems);
        if (values.put(label, value) != null) {
          problems.add("threshold of label " + label + " is given twice");
        }
      }
    }
    if (end < text.length()) {
      problems.add(
          "threshold of label " + text.substring(end) + " has no value: write label=value");
    }
    UsageException.throwIfAny(problems);
    List<Entry> entries = new ArrayList<>();
    values.forEach((label, value) -> entries.add(Entry.named(label, value)));
    return new Threshold(DEFAULT_VALUE, entries);
  }

  /**
   * Reads the content of a JSON file.
   *
   * @param source the file's name, for messages
   * @throws UsageException with all problems
   */
  public static Threshold parseJson(String json, String source) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UsageException(
          "threshold file " + source + " is not valid JSON: " + e.getOriginalMessage());
    }
    if (root != null && root.path("thresholds").isContainerNode()) {
      root = root.get("thresholds");
    }
    List<String> problems = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    if (root != null && root.isObject()) {
      for (Map.Entry<String, JsonNode> field : root.properties()) {
        String what = "threshold of label " + field.getKey() + " in " + source;
        double value = jsonNumber(what, field.getValue(), problems);
        entries.add(Entry.named(field.getKey(), value));
      }
    } else if (root != null && root.isArray()) {
      for (int i = 0; i < root.size(); i++) {
        entries.add(listed(root.get(i), "entry " + i + " of thresholds in " + source, problems));
      }
    } else {
      problems.add(
          "threshold file "
              + source
              + " holds neither an object label: threshold, nor a list of index, label, threshold");
    }
    UsageException.throwIfAny(problems);
    return new Threshold(DEFAULT_VALUE, entries);
  }

  private static Entry listed(JsonNode node, String what, List<String> problems) {
    JsonNode index = node.path("index");
    JsonNode label = node.path("label");
    if (!index.canConvertToInt() && !label.isTextual()) {
      problems.add(what + " has neither an index nor a label");
    }
    double value = jsonNumber("threshold of " + what, node.path("threshold"), problems);
    return new Entry(
        index.canConvertToInt() ? OptionalInt.of(index.intValue()) : OptionalInt.empty(),
        label.isTextual() ? label.textValue() : null,
        value);
  }

  /**
   * One threshold per label of a model.
   *
   * @param labels the model's labels in index order; names may repeat
   * @throws UsageException with all problems: labels that the model lacks, names that it has
   *     several times, indices out of range or of another label, labels given twice
   */
  public Thresholds perLabel(List<String> labels) {
    List<String> problems = new ArrayList<>();
    float[] values = new float[labels.size()];
    Arrays.fill(values, (float) otherwise);
    boolean[] given = new boolean[labels.size()];
    for (Entry entry : entries) {
      OptionalInt index =
          entry.index().isPresent()
              ? checked(entry, labels, problems)
              : find(entry, labels, problems);
      if (index.isPresent()) {
        int at = index.getAsInt();
        if (given[at]) {
          problems.add(
              "threshold of label " + labels.get(at) + ", index " + at + ", is given twice");
        }
        given[at] = true;
        values[at] = (float) entry.value();
      }
    }
    UsageException.throwIfAny(problems);
    return Thresholds.of(values);
  }

  private static OptionalInt checked(Entry entry, List<String> labels, List<String> problems) {
    int index = entry.index().getAsInt();
    if (index < 0 || index >= labels.size()) {
      problems.add(
          "threshold of index " + index + ": the model's labels are 0 to " + (labels.size() - 1));
      return OptionalInt.empty();
    }
    if (entry.label() != null && !entry.label().equals(labels.get(index))) {
      problems.add(
          "threshold of index %s is given for label %s, but the model's label of that index is %s"
              .formatted(index, entry.label(), labels.get(index)));
      return OptionalInt.empty();
    }
    return entry.index();
  }

  private static OptionalInt find(Entry entry, List<String> labels, List<String> problems) {
    int first = labels.indexOf(entry.label());
    if (first < 0) {
      problems.add(
          "threshold of label %s: the model has no such label.%s"
              .formatted(entry.label(), Suggestion.didYouMean(entry.label(), labels)));
      return OptionalInt.empty();
    }
    if (first != labels.lastIndexOf(entry.label())) {
      List<String> indices = new ArrayList<>();
      for (int i = 0; i < labels.size(); i++) {
        if (labels.get(i).equals(entry.label())) {
          indices.add(Integer.toString(i));
        }
      }
      problems.add(
          ("threshold of label %s: the model has this label at the indices %s; name the index in a"
                  + " JSON file {\"thresholds\": [{\"index\": %s, \"threshold\": %s}]}")
              .formatted(entry.label(), String.join(", ", indices), indices.get(0), entry.value()));
      return OptionalInt.empty();
    }
    return OptionalInt.of(first);
  }

  private static double jsonNumber(String what, JsonNode node, List<String> problems) {
    if (!node.isNumber()) {
      problems.add(what + " is " + (node.isMissingNode() ? "missing" : node) + ", not a number");
      return Double.NaN;
    }
    checkRange(what, node.doubleValue(), problems);
    return node.doubleValue();
  }

  private static void checkRange(String what, double value, List<String> problems) {
    if (!(value >= 0 && value <= 1)) {
      problems.add(what + " is " + value + ", not between 0 and 1");
    }
  }

  /** Not-a-number for text that is no number. */
  private static double number(String text) {
    try {
      return Double.parseDouble(text.strip());
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
