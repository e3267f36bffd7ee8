package io.labelmill.source;

import io.labelmill.error.UsageException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What is to be labelled, as the user said it. Nothing is looked up here; {@link ImageSource#open}
 * does.
 *
 * @param inputs image files, folders, globs, table files or {@code table:NAME}; at least one
 * @param format {@code azure} (see {@link AzureBodies}), {@code auto}, {@code images}, {@code
 *     parquet}, {@code csv}, {@code json}, or the name of any Spark data source
 * @param pathColumn the column of image URIs; absent: {@code path}, else {@code image_url}
 * @param contentColumn the column of image bytes, base64 text or {@code data:} URIs
 * @param keep columns to copy through; the single name {@code *} stands for all
 * @param include globs of which one must match; none: everything
 * @param exclude globs of which none may match
 * @param limit the first so many images, by path in a listing, in the order of a table
 * @param sample fraction of images to take, above 0 and at most 1, chosen by a hash of path and
 *     {@code seed}
 * @param seed chooses another sample
 * @param modifiedAfter only listed files changed after this moment
 * @param versionColumn the column that changes when an image's content does
 * @param changed whether a run that resumes compares content versions; absent: {@code CHECK}, but
 *     {@code IGNORE} for a table of paths without a version column
 * @param retryFailed which failed images a run that resumes tries again
 * @param allowHosts hosts of which images are fetched by {@code http} and {@code https}
 * @param allowSchemes schemes that a path of a table may have
 * @param userAgent as which images are fetched by {@code http} and {@code https}; absent: name and
 *     version of this program
 * @param readsPerHost reads that an executor has in flight at one host or store; absent: as many as
 *     its tasks read ahead, of a web host at most 32
 * @param csvSeparator the one character between the columns of CSV; absent: the format's own
 */
public record SourceOptions(
    List<String> inputs,
    String format,
    Optional<String> pathColumn,
    Optional<String> contentColumn,
    List<String> keep,
    List<String> include,
    List<String> exclude,
    OptionalLong limit,
    OptionalDouble sample,
    long seed,
    Optional<Instant> modifiedAfter,
    Optional<String> versionColumn,
    Optional<Changed> changed,
    RetryFailed retryFailed,
    AllowedHosts allowHosts,
    AllowedSchemes allowSchemes,
    Optional<String> userAgent,
    OptionalInt readsPerHost,
    Optional<String> csvSeparator) {

  /**
   * @throws UsageException naming every option that is out of range or at odds with another
   */
  public SourceOptions {
    inputs = List.copyOf(inputs);
    keep = List.copyOf(keep);
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
    List<String> problems = new ArrayList<>();
    if (format.equals(AzureBodies.FORMAT)) {
      if (pathColumn.isPresent()
          || contentColumn.isPresent()
          || versionColumn.isPresent()
          || !keep.isEmpty()) {
        problems.add(
            "--input-format azure has one column of images: leave --path-column, --content-column,"
                + " --version-column and --keep out.");
      }
      contentColumn = Optional.of(AzureBodies.IMAGE);
      keep = List.of(AzureBodies.REQUEST, AzureBodies.BODY, AzureBodies.POSITION);
    }
    if (inputs.isEmpty()) {
      problems.add("No input is given: name an image, a folder, a glob or a table with --input.");
    }
    if (inputs.stream().anyMatch(String::isBlank)) {
      problems.add("An --input is empty: name an image, a folder, a glob or a table.");
    }
    if (limit.isPresent() && limit.getAsLong() < 1) {
      problems.add("--limit is " + limit.getAsLong() + ": it must be 1 or more.");
    }
    if (userAgent.isPresent() && !userAgent.get().matches("[!-~]([ -~]*[!-~])?")) {
      problems.add(
          "--user-agent is '"
              + userAgent.get()
              + "': it must be printable ASCII, without blanks around it.");
    }
    if (readsPerHost.isPresent() && readsPerHost.getAsInt() < 1) {
      problems.add("--reads-per-host is " + readsPerHost.getAsInt() + ": it must be 1 or more.");
    }
    if (csvSeparator.isPresent() && csvSeparator.get().length() != 1) {
      problems.add(
          "--csv-separator is "
              + csvSeparator.get()
              + ": it must be one character, such as ';', or tab.");
    }
    if (sample.isPresent() && !(sample.getAsDouble() > 0 && sample.getAsDouble() <= 1)) {
      problems.add("--sample is " + sample.getAsDouble() + ": it must be above 0 and at most 1.");
    }
    if (keep.contains("*") && keep.size() > 1) {
      problems.add(
          "--keep is " + String.join(",", keep) + ": it is either * or a list of columns.");
    }
    for (List<String> globs : List.of(include, exclude)) {
      for (String glob : globs) {
        Glob.problem(glob).ifPresent(problems::add);
      }
    }
    if (!problems.isEmpty()) {
      throw new UsageException(problems);
    }
  }

  /** Where the paths of a table may lead. */
  AllowedPlaces allowed() {
    return new AllowedPlaces(allowHosts, allowSchemes);
  }

  /**
   * What is wrong where the input is no table: options that name columns.
   *
   * @param kind what the input is read as instead
   */
  List<String> needingTable(String kind) {
    Map<String, Boolean> given =
        new TreeMap<>(
            Map.of(
                "--path-column", pathColumn.isPresent(),
                "--content-column", contentColumn.isPresent(),
                "--version-column", versionColumn.isPresent(),
                "--allow-hosts", !allowHosts.names().isEmpty(),
                "--allow-schemes", !allowSchemes.equals(AllowedSchemes.OF_STORES),
                "--user-agent", userAgent.isPresent()));
    return given.keySet().stream().filter(given::get).map(o -> needsTable(o, kind)).toList();
  }

  /** That an option needs a table. */
  String needsTable(String option, String kind) {
    return option
        + " needs a table, but "
        + inputs.get(0)
        + " is read as "
        + kind
        + ": name a table, or its kind with --input-format.";
  }

  /** Whether the options leave images out by their names, their times or by chance. */
  boolean isNarrowed() {
    return !include.isEmpty()
        || !exclude.isEmpty()
        || sample.isPresent()
        || modifiedAfter.isPresent();
  }

  /** Everything at its default but the inputs. */
  public static SourceOptions of(String... inputs) {
    return builder(List.of(inputs)).build();
  }

  public static Builder builder(List<String> inputs) {
    return new Builder(inputs);
  }

  /** Collects options one by one; not safe for use by several threads. */
  public static final class Builder {
    private final List<String> inputs;
    private String format = "auto";
    private Optional<String> pathColumn = Optional.empty();
    private Optional<String> contentColumn = Optional.empty();
    private List<String> keep = List.of();
    private List<String> include = List.of();
    private List<String> exclude = List.of();
    private OptionalLong limit = OptionalLong.empty();
    private OptionalDouble sample = OptionalDouble.empty();
    private long seed;
    private Optional<Instant> modifiedAfter = Optional.empty();
    private Optional<String> versionColumn = Optional.empty();
    private Optional<Changed> changed = Optional.empty();
    private RetryFailed retryFailed = RetryFailed.TRANSIENT;
    private AllowedHosts allowHosts = AllowedHosts.NONE;
    private AllowedSchemes allowSchemes = AllowedSchemes.OF_STORES;
    private Optional<String> userAgent = Optional.empty();
    private OptionalInt readsPerHost = OptionalInt.empty();
    private Optional<String> csvSeparator = Optional.empty();

    private Builder(List<String> inputs) {
      this.inputs = inputs;
    }

    public Builder format(String name) {
      format = name;
      return this;
    }

    public Builder pathColumn(String name) {
      pathColumn = Optional.ofNullable(name);
      return this;
    }

    public Builder contentColumn(String name) {
      contentColumn = Optional.ofNullable(name);
      return this;
    }

    public Builder keep(List<String> columns) {
      keep = columns;
      return this;
    }

    public Builder include(List<String> globs) {
      include = globs;
      return this;
    }

    public Builder exclude(List<String> globs) {
      exclude = globs;
      return this;
    }

    public Builder limit(long images) {
      limit = OptionalLong.of(images);
      return this;
    }

    public Builder sample(double fraction) {
      sample = OptionalDouble.of(fraction);
      return this;
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public Builder modifiedAfter(Instant moment) {
      modifiedAfter = Optional.ofNullable(moment);
      return this;
    }

    public Builder versionColumn(String name) {
      versionColumn = Optional.ofNullable(name);
      return this;
    }

    public Builder changed(Changed value) {
      changed = Optional.ofNullable(value);
      return this;
    }

    public Builder retryFailed(RetryFailed value) {
      retryFailed = value;
      return this;
    }

    public Builder allowHosts(AllowedHosts hosts) {
      allowHosts = hosts;
      return this;
    }

    public Builder allowSchemes(AllowedSchemes schemes) {
      allowSchemes = schemes;
      return this;
    }

    public Builder userAgent(String text) {
      userAgent = Optional.ofNullable(text);
      return this;
    }

    public Builder readsPerHost(int reads) {
      readsPerHost = OptionalInt.of(reads);
      return this;
    }

    /**
     * @param separator one character, or {@code tab}
     */
    public Builder csvSeparator(String separator) {
      csvSeparator = Optional.ofNullable(separator).map(text -> text.equals("tab") ? "\t" : text);
      return this;
    }

    /**
     * @throws UsageException naming every option that is wrong
     */
    public SourceOptions build() {
      return new SourceOptions(
          inputs,
          format,
          pathColumn,
          contentColumn,
          keep,
          include,
          exclude,
          limit,
          sample,
          seed,
          modifiedAfter,
          versionColumn,
          changed,
          retryFailed,
          allowHosts,
          allowSchemes,
          userAgent,
          readsPerHost,
          csvSeparator);
    }
  }
}
