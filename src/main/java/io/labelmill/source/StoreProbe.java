package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.error.InputException;
import io.labelmill.error.OutageException;
import io.labelmill.table.Location;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every S3 bucket that a run names for something before the run does, with little patience: a
 * wrong bucket, wrong credentials and a store that nobody reaches are told within half a minute,
 * where the connector's own retries take minutes.
 *
 * <p>Only what is sure to stay so for minutes ends a run. A store that answers anything else, to be
 * asked more slowly for example, is left to the retries of the run itself.
 */
public final class StoreProbe {
  private static final Logger log = LoggerFactory.getLogger(StoreProbe.class);

  /** Of all buckets together: they are asked side by side. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Three retries find a store that stumbled once, and end within seconds. */
  private static final Map<String, String> PATIENCE =
      Map.of(
          "attempts.maximum", "2",
          "retry.limit", "3",
          "retry.interval", "250ms",
          "retry.throttle.limit", "3",
          "retry.throttle.interval", "200ms",
          // Without a unit: Hadoop 3.3 takes none here.
          "connection.establish.timeout", "15000");

  /** The connector's own exceptions, which a class path need not have. */
  private static final String NO_BUCKET = "UnknownStoreException";

  private static final List<String> NO_CREDENTIALS =
      List.of(
          "NoAuthWithAWSException",
          "NoAwsCredentialsException",
          "CredentialInitializationException");

  private final String bucket;
  private final List<Place> places;
  private final Configuration configuration;

  /**
   * Where an option points.
   *
   * @param option as the user writes it, {@code --input}
   * @param uri of any scheme; only S3's are asked for
   */
  public record Place(String option, String uri) {}

  /** What is wrong with a bucket, as a sentence that names the options. */
  private record Problem(Cause cause, String sentence) {}

  private StoreProbe(String bucket, List<Place> places, Configuration configuration) {
    this.bucket = bucket;
    this.places = places;
    this.configuration = new Configuration(configuration);
    // What is set for a bucket wins over what is set for all.
    PATIENCE.forEach((key, value) -> this.configuration.set(key(key), value));
  }

  /**
   * Asks for each bucket once, all at the same time.
   *
   * @throws io.labelmill.error.UsageException as {@link FileNames#check(List, Configuration)}
   * @throws InputException naming every bucket that can't be used, and why
   * @throws OutageException likewise, when nothing is wrong but that a store does not answer
   */
  public static void check(List<Place> places, Configuration configuration) {
    check(places, configuration, LIMIT);
  }

  static void check(List<Place> places, Configuration configuration, Duration limit) {
    FileNames.check(places, configuration);
    Map<String, List<Place>> buckets = new LinkedHashMap<>();
    for (Place place : places) {
      bucket(place.uri())
          .ifPresent(name -> buckets.computeIfAbsent(name, n -> new ArrayList<>()).add(place));
    }
    Map<StoreProbe, Future<Optional<Problem>>> answers = new LinkedHashMap<>();
    buckets.forEach(
        (name, named) -> {
          StoreProbe probe = new StoreProbe(name, named, configuration);
          answers.put(probe, ReadAhead.READERS.submit(probe::problem));
        });
    long until = System.nanoTime() + limit.toNanos();
    List<Problem> problems = new ArrayList<>();
    answers.forEach((probe, answer) -> probe.await(answer, until, limit).ifPresent(problems::add));
    if (problems.isEmpty()) {
      return;
    }
    List<String> sentences = problems.stream().map(Problem::sentence).toList();
    if (problems.stream().allMatch(problem -> problem.cause() == Cause.UNREACHABLE)) {
      throw new OutageException(String.join(System.lineSeparator(), sentences));
    }
    throw new InputException(sentences);
  }

  private static Optional<String> bucket(String uri) {
    Path path;
    try {
      path = Location.of(uri).hadoop();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // Whoever opens it says what is wrong with it.
    }
    URI found = path.toUri();
    return "s3a".equals(found.getScheme())
        ? Optional.ofNullable(found.getAuthority())
        : Optional.empty();
  }

  private Optional<Problem> await(Future<Optional<Problem>> answer, long until, Duration limit) {
    try {
      return answer.get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      return unreachable("nothing was answered for " + limit.toSeconds() + " s");
    } catch (ExecutionException e) {
      log.debug("Asking for {} failed", bucket, e.getCause());
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking for the bucket " + bucket, e);
    }
  }

  private Optional<Problem> problem() throws IOException {
    Path path = folder(Location.of(places.get(0).uri()).hadoop());
    try (FileSystem fileSystem = FileSystem.newInstance(path.toUri(), configuration)) {
      fileSystem.getFileStatus(path);
      return Optional.empty();
    } catch (FileNotFoundException e) {
      return Optional.empty(); // Of a bucket that is there.
    } catch (IOException e) {
      return told(e);
    }
  }

  /** The folder before the first glob, which need not be there itself. */
  private static Path folder(Path path) {
    Path folder = path;
    for (Path each = path; each != null; each = each.getParent()) {
      if (Glob.isGlob(each.getName())) {
        folder = each.getParent();
      }
    }
    return folder == null ? path : folder;
  }

  /** What an answer says; empty where it does not say what is wrong. */
  private Optional<Problem> told(IOException e) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      causes.add(cause);
    }
    List<String> names = causes.stream().map(cause -> cause.getClass().getSimpleName()).toList();
    if (names.contains(NO_BUCKET)) {
      return named(
          Cause.NOT_THERE,
          ("there is no bucket %s at %s. Look at its name; where that is right, %s to the store"
                  + " that has it.")
              .formatted(bucket, endpoint(), set("endpoint")));
    }
    if (names.stream().anyMatch(NO_CREDENTIALS::contains)) {
      return named(
          Cause.DENIED,
          ("no credentials for S3 were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,"
                  + " or %s to what gives them.")
              .formatted(set("aws.credentials.provider")));
    }
    // The connector puts its own words around the cause, in exceptions of the same classes.
    Optional<Throwable> network =
        causes.stream().filter(StoreProbe::isNetwork).reduce((outer, inner) -> inner);
    if (network.isPresent()) {
      return unreachable(
          String.valueOf(network.get().getMessage()).lines().findFirst().orElse("no reason"));
    }
    Optional<Throwable> denied =
        causes.stream().filter(AccessDeniedException.class::isInstance).findFirst();
    if (denied.isPresent()) {
      return named(
          Cause.DENIED,
          ("the store at %s refuses the credentials in use%s. Set AWS_ACCESS_KEY_ID and"
                  + " AWS_SECRET_ACCESS_KEY, or %s, to credentials that may list and read the"
                  + " bucket %s.")
              .formatted(
                  endpoint(), reason(denied.get()), set("aws.credentials.provider"), bucket));
    }
    log.debug("Asking for {} failed", bucket, e);
    return Optional.empty();
  }

  private static boolean isNetwork(Throwable cause) {
    return cause instanceof ConnectException
        || cause instanceof NoRouteToHostException
        || cause instanceof UnknownHostException
        || cause instanceof InterruptedIOException;
  }

  /** What S3 calls it, where it says so. */
  private static String reason(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    for (String code :
        List.of("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")) {
      if (message.contains(code)) {
        return " (" + code + ")";
      }
    }
    return " (status 403)";
  }

  private Optional<Problem> unreachable(String reason) {
    return named(
        Cause.UNREACHABLE,
        ("no store answers at %s (%s). See that it runs and can be reached from here, or %s to"
                + " where it is.")
            .formatted(endpoint(), Location.redacted(reason), set("endpoint")));
  }

  private Optional<Problem> named(Cause cause, String sentence) {
    List<String> names = places.stream().map(p -> p.option() + " " + p.uri()).distinct().toList();
    return Optional.of(new Problem(cause, String.join(", ", names) + ": " + sentence));
  }

  private String endpoint() {
    String set = configuration.getTrimmed(key("endpoint"), "");
    String found = set.isEmpty() ? configuration.getTrimmed("fs.s3a.endpoint", "") : set;
    return found.isEmpty() ? "Amazon's own endpoint" : Location.redacted(found);
  }

  private static String set(String key) {
    return "set fs.s3a." + key + " (behind --, as --conf spark.hadoop.fs.s3a." + key + "=VALUE)";
  }

  private String key(String key) {
    return "fs.s3a.bucket." + bucket + "." + key;
  }
}
