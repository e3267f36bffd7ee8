package io.labelmill.error;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why something could not be read, written or reached, and with that whose it is to mend: a
 * person's, or nobody's, so that another try may pass. Told by the exceptions of Java, Hadoop, its
 * connectors and Spark; these are known by name, since a class path need not have them.
 */
public enum Cause {
  /** Nothing is there. */
  NOT_THERE(2, "no such file, folder or bucket"),
  /** Rights, credentials or trust. */
  DENIED(2, "rights or credentials are missing, refused or expired; a certificate is not trusted"),
  /** Something that is not what it has to be. */
  MALFORMED(2, "broken JSON, Parquet, ORC or ZIP, text that is not UTF-8, a path that is none"),
  /** What is asked for can't be done, here or at all. */
  IMPOSSIBLE(
      2,
      "no connector for the scheme, a file in a folder's place, a file system that takes no writes,"
          + " a bucket of another region"),
  /** Nobody at the other end. */
  UNREACHABLE(3, "host unknown, connection refused or broken, blocks that no node has"),
  /** No answer, or none soon enough. */
  TIMED_OUT(3, "no answer in time; interrupted"),
  /** The store is there and does not work. */
  STORE_FAILED(3, "the store answers that it is busy or failed: 408, 429, 500 and above"),
  /** Nothing more fits. */
  DISK_FULL(3, "no space left, or the quota is used up"),
  /** The input moves. */
  CHANGED(3, "a file went, or became another one, while it was read"),
  /** None of these: executors that were lost, a bug. */
  OTHER(3, "everything else, such as lost executors, no memory, or a bug");

  /** By the names of classes; a subclass is its nearest superclass that is here. */
  private static final Map<String, Cause> TYPES = new HashMap<>();

  /** Likewise, where no other class among the causes says more. */
  private static final Map<String, Cause> VAGUE_TYPES = new HashMap<>();

  static {
    types(
        NOT_THERE,
        "java.io.FileNotFoundException",
        "java.nio.file.NoSuchFileException",
        "org.apache.hadoop.fs.PathNotFoundException",
        "org.apache.hadoop.fs.s3a.UnknownStoreException",
        "org.apache.hadoop.mapred.InvalidInputException",
        "org.apache.hadoop.mapreduce.lib.input.InvalidInputException");
    types(
        DENIED,
        "java.nio.file.AccessDeniedException",
        "java.security.GeneralSecurityException",
        "javax.security.sasl.SaslException",
        "org.apache.hadoop.fs.PathAccessDeniedException",
        "org.apache.hadoop.fs.PathPermissionException",
        "org.apache.hadoop.fs.s3a.CredentialInitializationException",
        "org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException",
        "org.apache.hadoop.fs.s3a.auth.NoAwsCredentialsException",
        "org.apache.hadoop.security.AccessControlException",
        "org.apache.hadoop.security.KerberosAuthException",
        "org.apache.hadoop.security.token.SecretManager$InvalidToken");
    types(
        MALFORMED,
        "com.fasterxml.jackson.core.JsonProcessingException",
        "java.io.EOFException",
        "java.io.StreamCorruptedException",
        "java.io.UTFDataFormatException",
        "java.net.MalformedURLException",
        "java.net.URISyntaxException",
        "java.nio.charset.CharacterCodingException",
        "java.nio.file.InvalidPathException",
        "java.util.zip.DataFormatException",
        "java.util.zip.ZipException",
        "org.apache.hadoop.fs.ChecksumException",
        "org.apache.hadoop.fs.InvalidPathException",
        "org.apache.orc.FileFormatException",
        "org.apache.parquet.ParquetRuntimeException",
        "org.apache.spark.sql.AnalysisException");
    types(
        IMPOSSIBLE,
        "java.lang.ClassNotFoundException",
        "java.lang.NoClassDefFoundError",
        "java.nio.file.DirectoryNotEmptyException",
        "java.nio.file.FileAlreadyExistsException",
        "java.nio.file.FileSystemLoopException",
        "java.nio.file.NotDirectoryException",
        "java.nio.file.ReadOnlyFileSystemException",
        "org.apache.hadoop.fs.FileAlreadyExistsException",
        "org.apache.hadoop.fs.ParentNotDirectoryException",
        "org.apache.hadoop.fs.PathExistsException",
        "org.apache.hadoop.fs.PathIsDirectoryException",
        "org.apache.hadoop.fs.PathIsNotDirectoryException",
        "org.apache.hadoop.fs.PathIsNotEmptyDirectoryException",
        "org.apache.hadoop.fs.UnsupportedFileSystemException",
        "org.apache.hadoop.fs.s3a.AWSRedirectException",
        "org.apache.hadoop.fs.s3a.AWSUnsupportedFeatureException");
    types(
        UNREACHABLE,
        "java.net.SocketException",
        "java.net.UnknownHostException",
        "java.nio.channels.ClosedChannelException",
        "java.nio.channels.UnresolvedAddressException",
        "org.apache.hadoop.fs.s3a.AWSNoResponseException",
        "org.apache.hadoop.fs.s3a.HttpChannelEOFException",
        "org.apache.hadoop.hdfs.BlockMissingException");
    types(
        TIMED_OUT,
        "java.io.InterruptedIOException",
        "java.lang.InterruptedException",
        "java.net.http.HttpTimeoutException",
        "java.nio.channels.ClosedByInterruptException",
        "java.util.concurrent.TimeoutException");
    types(
        STORE_FAILED,
        "org.apache.hadoop.fs.s3a.AWSServiceThrottledException",
        "org.apache.hadoop.fs.s3a.AWSStatus500Exception",
        "org.apache.hadoop.hdfs.server.namenode.SafeModeException",
        "org.apache.hadoop.ipc.RetriableException",
        "org.apache.hadoop.ipc.StandbyException");
    types(
        DISK_FULL,
        "org.apache.hadoop.hdfs.protocol.QuotaExceededException",
        "org.apache.hadoop.util.DiskChecker$DiskErrorException");
    types(
        CHANGED,
        "org.apache.hadoop.fs.s3a.RangeNotSatisfiableEOFException",
        "org.apache.hadoop.fs.s3a.RemoteFileChangedException",
        "org.apache.spark.SparkFileNotFoundException");
    types(
        OTHER,
        "java.lang.OutOfMemoryError",
        "java.lang.StackOverflowError",
        "org.apache.spark.shuffle.FetchFailedException");
    VAGUE_TYPES.put("java.lang.IllegalArgumentException", MALFORMED);
    VAGUE_TYPES.put("java.lang.UnsupportedOperationException", IMPOSSIBLE);
  }

  /**
   * What operating systems and connectors say in exceptions whose class says nothing. The first
   * that is found decides.
   */
  private static final List<Map.Entry<Pattern, Cause>> MESSAGES =
      List.of(
          message("no space left|not enough space|quota exceeded|disk is full", DISK_FULL),
          message("timed out|timeout", TIMED_OUT),
          message(
              "connection reset|connection refused|connection closed|broken pipe|premature e(nd|of)"
                  + "|end of file exception between local host|host is down|no route to host"
                  + "|stale file handle|endpoint is not connected|could not obtain block",
              UNREACHABLE),
          message("too many open files|cannot allocate memory|input/output error", OTHER),
          message("no filesystem for scheme|read-only file system|file name too long", IMPOSSIBLE),
          message("\\bis a directory|not a directory|mkdirs failed to create", IMPOSSIBLE),
          message("permission denied|operation not permitted|access is denied", DENIED),
          message("no such file or directory|does not exist", NOT_THERE),
          message("is not a parquet file|malformed|corrupt|not in gzip format", MALFORMED));

  /** How connectors of stores that speak HTTP tell the status of an answer. */
  private static final List<Pattern> HTTP_STATUSES =
      List.of(
          Pattern.compile("Status Code: (\\d{3})\\b"), // Amazon
          Pattern.compile("^Operation failed: .*, (\\d{3}), ", Pattern.DOTALL), // Azure
          Pattern.compile("^(\\d{3}) [A-Z]")); // Google

  /** A class that is told in a message alone, as Spark and Hadoop do of what another JVM threw. */
  private static final Pattern TYPE = Pattern.compile("\\b((?:[a-z]\\w*\\.)+[A-Z][\\w$]*)\\b");

  /** Spark's condition for a file that it could not read, of which the cause says nothing. */
  private static final String UNREAD = "FAILED_READ_FILE";

  private final int exitCode;
  private final String meaning;

  Cause(int exitCode, String meaning) {
    this.exitCode = exitCode;
    this.meaning = meaning;
  }

  private static void types(Cause cause, String... names) {
    for (String name : names) {
      TYPES.put(name, cause);
    }
  }

  private static Map.Entry<Pattern, Cause> message(String words, Cause cause) {
    return Map.entry(Pattern.compile(words, Pattern.CASE_INSENSITIVE), cause);
  }

  /** 2 for what a person has to change, 3 for what another try may pass. */
  public int exitCode() {
    return exitCode;
  }

  /** For documentation, in Markdown. */
  public String meaning() {
    return meaning;
  }

  /**
   * The exception with which a command ends because something could not be read, written or
   * reached.
   *
   * @param sentence what was tried, and why it failed
   * @return an {@link InputException} or an {@link OutageException}, with the failure as its cause
   */
  public static RuntimeException failure(String sentence, Throwable failure) {
    return failure(sentence, failure, InputException::new);
  }

  /** As {@link #failure(String, Throwable)}, of a file that an argument names: exit code 1 or 3. */
  public static RuntimeException ofArgument(String sentence, Throwable failure) {
    return failure(sentence, failure, (problem, cause) -> new UsageException(problem));
  }

  private static RuntimeException failure(
      String sentence,
      Throwable failure,
      BiFunction<String, Throwable, ? extends RuntimeException> mistake) {
    return of(failure).exitCode == OTHER.exitCode
        ? new OutageException(sentence, failure)
        : mistake.apply(sentence, failure);
  }

  /**
   * How a command ends that fails with this, whatever it is wrapped in: with the mistake or the
   * outage in it, or as Spark could not read a file; empty for bugs and lost executors, which are
   * exit code 3 too.
   */
  public static Optional<RuntimeException> told(Throwable failure) {
    Optional<UserException> mistake = UserException.in(failure);
    if (mistake.isPresent()) {
      return Optional.of(mistake.get());
    }
    List<Throwable> causes = all(failure);
    return first(causes, Cause::outage)
        .or(
            () ->
                first(causes, Cause::unread)
                    .map(sentence -> failure(sentence, failure))
                    .filter(InputException.class::isInstance));
  }

  private static Optional<RuntimeException> outage(Throwable cause) {
    return cause instanceof OutageException outage ? Optional.of(outage) : Optional.empty();
  }

  /** What Spark says of a file that it could not read, which names it. */
  private static Optional<String> unread(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    int start = message.indexOf("[" + UNREAD);
    return start < 0 ? Optional.empty() : message.substring(start).lines().findFirst();
  }

  /** The exit code of a command that ends with this, whatever it is wrapped in. */
  public static int exitCode(Throwable failure) {
    return told(failure)
        .map(end -> end instanceof UserException mistake ? mistake.exitCode() : OTHER.exitCode)
        .orElse(OTHER.exitCode);
  }

  /**
   * Why something failed: as the outermost of the exceptions says that says anything, since those
   * who wrap another know more of what was tried.
   */
  public static Cause of(Throwable failure) {
    List<Throwable> causes = all(failure);
    return first(causes, Cause::byTypeOrMessage)
        .or(() -> first(causes, cause -> byType(cause, VAGUE_TYPES)))
        .or(() -> first(causes, Cause::byTypeInMessage))
        .or(() -> first(causes, Cause::byCondition))
        .orElse(OTHER);
  }

  /** Names of all classes that are known. */
  static Set<String> knownTypes() {
    Set<String> names = new TreeSet<>(TYPES.keySet());
    names.addAll(VAGUE_TYPES.keySet());
    return names;
  }

  /** What an answer of a store means by its HTTP status. */
  public static Cause ofHttpStatus(int status) {
    return switch (status) {
      case 401, 403, 407 -> DENIED;
      case 404, 410 -> NOT_THERE;
      case 408, 409, 425, 429 -> STORE_FAILED;
      case 412, 416 -> CHANGED;
      default -> status >= 500 ? STORE_FAILED : status < 400 ? IMPOSSIBLE : MALFORMED;
    };
  }

  /** The status of an answer, as connectors of stores that speak HTTP tell it in a message. */
  public static OptionalInt httpStatus(String message) {
    return HTTP_STATUSES.stream()
        .map(pattern -> pattern.matcher(message))
        .filter(Matcher::find)
        .mapToInt(status -> Integer.parseInt(status.group(1)))
        .findFirst();
  }

  /** A failure and its causes, the outermost first; none of null. */
  public static List<Throwable> all(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = failure;
        cause != null && !causes.contains(cause);
        cause = cause.getCause()) {
      causes.add(cause);
    }
    return causes;
  }

  private static <T> Optional<T> first(
      List<Throwable> causes, Function<Throwable, Optional<T>> told) {
    return causes.stream().flatMap(cause -> told.apply(cause).stream()).findFirst();
  }

  private static Optional<Cause> byTypeOrMessage(Throwable failure) {
    // Of these two the class is one for all that can happen to a file.
    if (failure.getClass() == FileNotFoundException.class
        || failure.getClass() == EOFException.class) {
      return said(words(failure)).or(() -> byType(failure, TYPES));
    }
    return byType(failure, TYPES).or(() -> byMessage(failure));
  }

  private static Optional<Cause> byType(Throwable failure, Map<String, Cause> types) {
    for (Class<?> type = failure.getClass(); type != null; type = type.getSuperclass()) {
      Cause cause = types.get(type.getName());
      if (cause != null) {
        return Optional.of(cause);
      }
    }
    return Optional.empty();
  }

  private static Optional<Cause> byMessage(Throwable failure) {
    String message = words(failure);
    OptionalInt status = httpStatus(message);
    if (status.isPresent()) {
      // Amazon's 400 is for anything; the code beside it says what.
      if (message.contains("RequestTimeout")) {
        return Optional.of(TIMED_OUT);
      }
      return Optional.of(
          message.contains("ExpiredToken") || message.contains("InvalidToken")
              ? DENIED
              : ofHttpStatus(status.getAsInt()));
    }
    // Who wraps another repeats its message, and names of files with it.
    return failure.getCause() == null ? said(message) : Optional.empty();
  }

  /** What an exception says beside the name of a file, which may hold anything. */
  private static String words(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof FileSystemException named) {
      return String.valueOf(named.getReason());
    }
    if (failure instanceof FileNotFoundException) {
      // The JDK's: NAME (Too many open files)
      return message.endsWith(")") ? message.substring(message.lastIndexOf('(')) : "";
    }
    return message;
  }

  private static Optional<Cause> said(String message) {
    return MESSAGES.stream()
        .filter(known -> known.getKey().matcher(message).find())
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static Optional<Cause> byTypeInMessage(Throwable failure) {
    // Not the message alone: what came over the wire names its class before it.
    Matcher type = TYPE.matcher(failure.toString());
    while (type.find()) {
      Cause cause = TYPES.get(type.group(1));
      if (cause != null) {
        return Optional.of(cause);
      }
    }
    return Optional.empty();
  }

  private static Optional<Cause> byCondition(Throwable failure) {
    return unread(failure).map(message -> MALFORMED);
  }
}
