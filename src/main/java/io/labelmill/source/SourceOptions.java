package io.labelmill.source;

import io.labelmill.error.UsageException;
import io.labelmill.option.Option;
import io.labelmill.option.Reader;
import io.labelmill.option.Settings;
import io.labelmill.option.Values;
import io.labelmill.table.TableFormat;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
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
 * @param format {@code azure} (see {@link AzureBodies}), {@code auto}, {@code images}, a name of a
 *     {@link TableFormat}, or of any Spark data source
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

  public static final Option<List<String>> INPUT =
      Option.repeatable(
              "--input",
              "URI",
              "image, folder or glob (folders are searched to any depth); or a table of images: "
                  + TableFormat.FILES
                  + ", or table:NAME; or hf://datasets/ORG/NAME[@REVISION]/PATH from the hub; several"
                  + " times for several")
          .atLeastOnce();
  public static final Option<String> INPUT_FORMAT =
      Option.withDefault(
          "--input-format",
          "FORMAT",
          ("auto, images, archives (tar and zip), %s, azure (JSON bodies or CSV, as Azure ML's"
                  + " endpoints are sent them), or any Spark data source")
              .formatted(TableFormat.NAMES),
          Reader.text(),
          "auto");
  public static final Option<Optional<String>> PATH_COLUMN =
      Option.optional(
              "--path-column", "NAME", "column of a table that holds image URIs", Reader.text())
          .orElse("path, else image_url");
  public static final Option<Optional<String>> CONTENT_COLUMN =
      Option.optional(
          "--content-column",
          "NAME",
          "column of a table that holds the images themselves: bytes, base64 text, data: URIs, a struct"
              + " of bytes and path, or Spark's images; a.b for a field",
          Reader.text());
  public static final Option<Optional<String>> CSV_SEPARATOR =
      Option.optional(
          "--csv-separator",
          "CHARACTER",
          "between the columns of CSV, such as ';', or tab",
          Reader.raw().map(SourceOptions::separator));
  public static final Option<Optional<String>> VERSION_COLUMN =
      Option.optional(
          "--version-column",
          "NAME",
          "column of a table whose value changes when an image's content does; it becomes"
              + " content_version",
          Reader.text());
  public static final Option<AllowedHosts> ALLOW_HOSTS =
      Option.optional(
          "--allow-hosts",
          "HOST[,HOST]",
          "hosts, or HOST:PORT, of which a table's http and https images are fetched; no others"
              + " are",
          Reader.commaSeparated().map(AllowedHosts::of),
          AllowedHosts.NONE);
  public static final Option<AllowedSchemes> ALLOW_SCHEMES =
      Option.optional(
          "--allow-schemes",
          "SCHEME[,SCHEME]",
          "further schemes that paths of a table may have, such as viewfs; without it file, s3, s3a,"
              + " s3n, hdfs, abfs, abfss, gs, wasb, wasbs and dbfs",
          Reader.commaSeparated().map(AllowedSchemes::of),
          AllowedSchemes.OF_STORES);
  public static final Option<Optional<String>> USER_AGENT =
      Option.optional(
              "--user-agent", "TEXT", "as which http and https images are fetched", Reader.text())
          .orElse("Labelmill/VERSION");
  public static final Option<OptionalInt> READS_PER_HOST =
      Option.optional(
              "--reads-per-host",
              "N",
              "images that an executor reads at once from one host, bucket or mount, in all of its"
                  + " tasks together",
              Reader.integer(1, Integer.MAX_VALUE).map(OptionalInt::of),
              OptionalInt.empty())
          .orElse(HostReads.DEFAULT_OF_WEB_HOST + " of a web host; any number of a store");
  public static final Option<List<String>> KEEP =
      Option.optional(
          "--keep",
          "COLUMNS",
          "columns of a table to copy through, commas between them, or * for all but those of path"
              + " and content",
          Reader.commaSeparated(),
          List.of());
  public static final Option<List<String>> INCLUDE =
      Option.repeatable(
          "--include",
          "GLOB",
          "only images whose path or name fits; several times: one of them fits");
  public static final Option<List<String>> EXCLUDE =
      Option.repeatable("--exclude", "GLOB", "no images whose path or name fits");
  public static final Option<OptionalLong> LIMIT =
      Option.optional(
          "--limit",
          "N",
          "at most so many images",
          Reader.wholeNumber(1, Long.MAX_VALUE).map(OptionalLong::of),
          OptionalLong.empty());
  public static final Option<OptionalDouble> SAMPLE =
      Option.optional(
          "--sample",
          "FRACTION",
          "only this share of the images, above 0 and at most 1; the same ones every time",
          Reader.fraction().map(OptionalDouble::of),
          OptionalDouble.empty());
  public static final Option<Long> SEED =
      Option.withDefault(
          "--seed",
          "N",
          "another number, another sample",
          Reader.wholeNumber(Long.MIN_VALUE, Long.MAX_VALUE),
          "0");
  public static final Option<Optional<Instant>> MODIFIED_AFTER =
      Option.optional(
          "--modified-after",
          "TIME",
          "only listed files changed after this: 2026-01-31, or 2026-01-31T12:00:00Z; a date begins"
              + " at midnight UTC",
          Reader.text().map(SourceOptions::moment));
  public static final Option<Optional<Changed>> CHANGED =
      Option.choice(
          "--changed",
          "whether resume scores images again of which the content changed; check for folders,"
              + " ignore for tables of paths unless given",
          Changed.class);
  public static final Option<RetryFailed> RETRY_FAILED =
      Option.choice(
          "--retry-failed",
          "failed images that resume tries again; transient: not found, denied, read failed, timed"
              + " out",
          RetryFailed.TRANSIENT);

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
          "--user-agent is '%s': it must be printable ASCII, without blanks around it."
              .formatted(userAgent.get()));
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
    UsageException.throwIfAny(problems);
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

  String needsTable(String option, String kind) {
    return "%s needs a table, but %s is read as %s: name a table, or its kind with --input-format."
        .formatted(option, inputs.get(0), kind);
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
    return new Settings().with(INPUT, List.of(inputs)).as(SourceOptions::read);
  }

  /**
   * @throws UsageException with what is at odds
   */
  public static SourceOptions read(Values values) {
    return read(values, values.get(INPUT), values.get(KEEP));
  }

  /** The same for images, and columns to copy through, that other options say. */
  public static SourceOptions read(Values values, List<String> inputs, List<String> keep) {
    if (!values.isGiven(SAMPLE)) {
      values.refuse(List.of(SEED), "without --sample: add --sample or leave it out");
    }
    return new SourceOptions(
        inputs,
        values.get(INPUT_FORMAT),
        values.get(PATH_COLUMN),
        values.get(CONTENT_COLUMN),
        keep,
        values.get(INCLUDE),
        values.get(EXCLUDE),
        values.get(LIMIT),
        values.get(SAMPLE),
        values.get(SEED),
        values.get(MODIFIED_AFTER),
        values.get(VERSION_COLUMN),
        values.get(CHANGED),
        values.get(RETRY_FAILED),
        values.get(ALLOW_HOSTS),
        values.get(ALLOW_SCHEMES),
        values.get(USER_AGENT),
        values.get(READS_PER_HOST),
        values.get(CSV_SEPARATOR));
  }

  private static String separator(String given) {
    String separator = given.equals("tab") ? "\t" : given;
    if (separator.length() != 1) {
      throw new UsageException(
          "--csv-separator is " + given + ": it must be one character, such as ';', or tab.");
    }
    return separator;
  }

  private static Instant moment(String text) {
    try {
      return text.contains("T")
          ? OffsetDateTime.parse(text).toInstant()
          : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw new UsageException(
          "--modified-after is "
              + text
              + ", not a time: write 2026-01-31, or with a time and zone 2026-01-31T12:00:00Z");
    }
  }
}
