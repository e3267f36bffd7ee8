package io.labelmill.error;

import static io.labelmill.error.Cause.CHANGED;
import static io.labelmill.error.Cause.DENIED;
import static io.labelmill.error.Cause.DISK_FULL;
import static io.labelmill.error.Cause.IMPOSSIBLE;
import static io.labelmill.error.Cause.MALFORMED;
import static io.labelmill.error.Cause.NOT_THERE;
import static io.labelmill.error.Cause.OTHER;
import static io.labelmill.error.Cause.STORE_FAILED;
import static io.labelmill.error.Cause.TIMED_OUT;
import static io.labelmill.error.Cause.UNREACHABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;
import java.security.cert.CertificateException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.DataFormatException;
import java.util.zip.ZipException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.PathAccessDeniedException;
import org.apache.hadoop.fs.PathIsNotDirectoryException;
import org.apache.hadoop.fs.PathNotFoundException;
import org.apache.hadoop.fs.PathPermissionException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.fs.s3a.CredentialInitializationException;
import org.apache.hadoop.fs.s3a.RemoteFileChangedException;
import org.apache.hadoop.fs.s3a.UnknownStoreException;
import org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException;
import org.apache.hadoop.fs.s3a.auth.NoAwsCredentialsException;
import org.apache.hadoop.hdfs.BlockMissingException;
import org.apache.hadoop.hdfs.protocol.DSQuotaExceededException;
import org.apache.hadoop.hdfs.server.namenode.SafeModeException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.ipc.RetriableException;
import org.apache.hadoop.ipc.StandbyException;
import org.apache.hadoop.mapred.InvalidInputException;
import org.apache.hadoop.net.ConnectTimeoutException;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.security.token.SecretManager;
import org.apache.hadoop.util.DiskChecker;
import org.apache.hadoop.util.VersionInfo;
import org.apache.orc.FileFormatException;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of causes: what Java, Hadoop, its connectors and Spark throw, and whose it is. */
class CauseTest {
  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource
  void eachFailureHasItsCause(Throwable failure, Cause cause) {
    assertThat(Cause.of(failure)).isEqualTo(cause);
  }

  static Stream<Arguments> eachFailureHasItsCause() throws IOException {
    return Stream.of(
        // Java: a file's name may hold anything, and decides nothing.
        arguments(new FileNotFoundException("timed out.jpg"), NOT_THERE),
        arguments(new FileNotFoundException("/a (No such file or directory)"), NOT_THERE),
        arguments(new FileNotFoundException("/a (Permission denied)"), DENIED),
        arguments(new FileNotFoundException("/a (Too many open files)"), OTHER),
        arguments(new FileNotFoundException("/a (No space left on device)"), DISK_FULL),
        arguments(new FileNotFoundException("/a (Is a directory)"), IMPOSSIBLE),
        arguments(new NoSuchFileException("/a"), NOT_THERE),
        arguments(new AccessDeniedException("/a"), DENIED),
        arguments(new FileSystemException("/a", null, "No space left on device"), DISK_FULL),
        arguments(new FileSystemException("/timed out", null, "Read-only file system"), IMPOSSIBLE),
        arguments(new FileSystemException("/a", null, "Stale file handle"), UNREACHABLE),
        arguments(new FileSystemException("/a", null, "Input/output error"), OTHER),
        arguments(new NotDirectoryException("/a"), IMPOSSIBLE),
        arguments(new DirectoryNotEmptyException("/a"), IMPOSSIBLE),
        arguments(new ReadOnlyFileSystemException(), IMPOSSIBLE),
        arguments(new InvalidPathException("\0", "Nul character not allowed"), MALFORMED),
        arguments(new IOException("No space left on device"), DISK_FULL),
        arguments(new IOException("Disk quota exceeded"), DISK_FULL),
        arguments(new IOException("There is not enough space on the disk"), DISK_FULL),
        arguments(new IOException("Mkdirs failed to create file:/a/b"), IMPOSSIBLE),
        arguments(new IOException("Transport endpoint is not connected"), UNREACHABLE),
        arguments(new MalformedInputException(1), MALFORMED),
        arguments(new EOFException("the file ends at byte 12"), MALFORMED),
        arguments(new EOFException("Premature EOF: no length prefix available"), UNREACHABLE),
        arguments(new ZipException("invalid distance too far back"), MALFORMED),
        arguments(new DataFormatException(), MALFORMED),
        arguments(new URISyntaxException("a b", "Illegal character"), MALFORMED),
        arguments(json("{"), MALFORMED),
        arguments(json("{} {"), MALFORMED),
        arguments(new IllegalArgumentException("Pathname has a colon"), MALFORMED),
        arguments(new IllegalArgumentException(new UnknownHostException("namenode")), UNREACHABLE),
        arguments(new UnsupportedOperationException("append"), IMPOSSIBLE),
        arguments(new UnknownHostException("store.example"), UNREACHABLE),
        arguments(new ConnectException("Connection refused"), UNREACHABLE),
        arguments(new NoRouteToHostException(), UNREACHABLE),
        arguments(new SocketException("Connection reset"), UNREACHABLE),
        arguments(new ClosedChannelException(), UNREACHABLE),
        arguments(new IOException("Connection reset by peer"), UNREACHABLE),
        arguments(new IOException("Broken pipe"), UNREACHABLE),
        arguments(
            new IOException("Premature end of Content-Length delimited message body"), UNREACHABLE),
        arguments(new SocketTimeoutException("Read timed out"), TIMED_OUT),
        arguments(new HttpTimeoutException("request timed out"), TIMED_OUT),
        arguments(new InterruptedIOException(), TIMED_OUT),
        arguments(new ClosedByInterruptException(), TIMED_OUT),
        arguments(new TimeoutException(), TIMED_OUT),
        arguments(new InterruptedException(), TIMED_OUT),
        arguments(
            caused(
                new SSLHandshakeException("PKIX path building failed"),
                new CertificateException("unable to find valid certification path")),
            DENIED),
        arguments(new SSLHandshakeException("Remote host terminated the handshake"), OTHER),
        // Hadoop and HDFS.
        arguments(new PathNotFoundException("/a"), NOT_THERE),
        arguments(new InvalidInputException(List.of()), NOT_THERE),
        arguments(new AccessControlException("Permission denied: user=a"), DENIED),
        arguments(new PathAccessDeniedException("/a"), DENIED),
        arguments(new PathPermissionException("/a"), DENIED),
        arguments(new SecretManager.InvalidToken("token (a) is expired"), DENIED),
        arguments(remote(AccessControlException.class, "Permission denied"), DENIED),
        arguments(remote(StandbyException.class, "not supported in state standby"), STORE_FAILED),
        arguments(new ChecksumException("Checksum error", 0), MALFORMED),
        arguments(new UnsupportedFileSystemException("No FileSystem for scheme \"x\""), IMPOSSIBLE),
        arguments(new IOException("No FileSystem for scheme: x"), IMPOSSIBLE),
        arguments(
            new RuntimeException(new ClassNotFoundException("org.example.Store")), IMPOSSIBLE),
        arguments(new NoClassDefFoundError("org/example/Sdk"), IMPOSSIBLE),
        arguments(new FileAlreadyExistsException("/a"), IMPOSSIBLE),
        arguments(new ParentNotDirectoryException("/a"), IMPOSSIBLE),
        arguments(new PathIsNotDirectoryException("/a"), IMPOSSIBLE),
        arguments(new ConnectTimeoutException("20000 millis timeout"), TIMED_OUT),
        arguments(
            new EOFException("End of File Exception between local host is: \"a\""), UNREACHABLE),
        arguments(new BlockMissingException("/a", "Could not obtain block", 0), UNREACHABLE),
        arguments(new RetriableException("busy"), STORE_FAILED),
        arguments(new SafeModeException("Name node is in safe mode"), STORE_FAILED),
        arguments(new DSQuotaExceededException(1, 2), DISK_FULL),
        arguments(new DiskChecker.DiskErrorException("No space available"), DISK_FULL),
        // S3A and Amazon's SDK, in the connector's words.
        arguments(new UnknownStoreException("s3a://a", "NoSuchBucket"), NOT_THERE),
        arguments(
            caused(new FileNotFoundException("No such file: s3a://a/timed out"), s3(404)),
            NOT_THERE),
        arguments(caused(new AccessDeniedException("s3a://a"), s3(403)), DENIED),
        arguments(new NoAuthWithAWSException("no credentials"), DENIED),
        arguments(new NoAwsCredentialsException("Simple"), DENIED),
        arguments(new CredentialInitializationException("no class"), DENIED),
        arguments(new IOException("ExpiredToken: " + s3(400).getMessage()), DENIED),
        arguments(new IOException("RequestTimeout: " + s3(400).getMessage()), TIMED_OUT),
        arguments(s3(400), MALFORMED),
        arguments(s3(403), DENIED),
        arguments(s3(412), CHANGED),
        arguments(s3(500), STORE_FAILED),
        arguments(s3(503), STORE_FAILED),
        arguments(new RemoteFileChangedException("s3a://a", "open", "gone"), CHANGED),
        arguments(s3(301), IMPOSSIBLE),
        arguments(
            new IOException(
                "s3a://a: Unable to execute HTTP request: Read timed out",
                new SocketTimeoutException("Read timed out")),
            TIMED_OUT),
        // Azure and Google.
        arguments(
            new IOException(
                "Operation failed: \"The specified account is disabled.\", 403, HEAD, x"),
            DENIED),
        arguments(new IOException("Operation failed: \"Server busy.\", 503, GET, x"), STORE_FAILED),
        arguments(new IOException("404 Not Found"), NOT_THERE),
        arguments(new IOException("429 Too Many Requests"), STORE_FAILED),
        // Spark, which wraps what others throw.
        arguments(new SparkException("Job aborted.", new IOException("No space left")), DISK_FULL),
        arguments(
            new SparkException(
                "[FAILED_READ_FILE.NO_HINT] Encountered error while reading file file:/a.",
                new SocketTimeoutException("Read timed out")),
            TIMED_OUT),
        arguments(
            new SparkException(
                "[FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER] Could not read footer",
                new RuntimeException("file:/a is not a Parquet file. Expected magic number")),
            MALFORMED),
        arguments(new SparkException("[FAILED_READ_FILE.NO_HINT] file:/a", null), MALFORMED),
        arguments(new ParquetDecodingException("Can not read value"), MALFORMED),
        arguments(new FileFormatException("Malformed ORC file"), MALFORMED),
        arguments(
            new SparkException(
                "Job aborted due to stage failure: Lost task 0.3 (executor 1):"
                    + " java.net.SocketTimeoutException: Read timed out\n\tat a.b.C(D.java:1)",
                null),
            TIMED_OUT),
        arguments(
            new SparkException(
                "Job aborted due to stage failure: ExecutorLostFailure (executor 1 exited)", null),
            OTHER),
        arguments(
            new ExecutionException(new UncheckedIOException(new NoSuchFileException("/a"))),
            NOT_THERE),
        arguments(new OutOfMemoryError("Java heap space"), OTHER),
        arguments(new NullPointerException(), OTHER),
        arguments(new IOException("something else"), OTHER));
  }

  private static IOException json(String text) throws IOException {
    try {
      new ObjectMapper()
          .enable(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .readTree(text);
      throw new AssertionError(text + " is JSON");
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      return e;
    }
  }

  private static Throwable caused(Throwable outer, Throwable cause) {
    return outer.initCause(cause);
  }

  /** As the SDK of Amazon words it, without the SDK, which differs between lines of Spark. */
  private static RuntimeException s3(int status) {
    return new RuntimeException("null (Service: S3, Status Code: " + status + ", Request ID: 1)");
  }

  private static RemoteException remote(Class<?> type, String message) {
    return new RemoteException(type.getName(), message);
  }

  @Test
  void onlyWhatAPersonHasToChangeIsExitCode2() {
    Set<Cause> persons =
        Stream.of(Cause.values()).filter(c -> c.exitCode() == 2).collect(Collectors.toSet());
    assertThat(persons).isEqualTo(EnumSet.of(NOT_THERE, DENIED, MALFORMED, IMPOSSIBLE));
    assertThat(Cause.values()).allMatch(c -> c.exitCode() == 2 || c.exitCode() == 3);
  }

  /** A class that was renamed would be known no more, without a word. */
  @Test
  void theKnownClassesExist() {
    assumeThat(VersionInfo.getVersion()).as("a line that has them all").doesNotStartWith("3.3");
    assertThat(Cause.knownTypes())
        .filteredOn(name -> !isThere(name))
        .as("known classes that no library has")
        .isEmpty();
  }

  private static boolean isThere(String name) {
    try {
      Class.forName(name, false, CauseTest.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Test
  void aSentenceEndsAsItsCauseSays() {
    IOException gone = new NoSuchFileException("/a");
    IOException late = new SocketTimeoutException("Read timed out");
    assertThat(Cause.failure("The truth /a cannot be read.", gone))
        .isInstanceOf(InputException.class)
        .hasMessage("The truth /a cannot be read.")
        .hasCause(gone);
    assertThat(Cause.failure("The truth /a cannot be read.", late))
        .isInstanceOf(OutageException.class)
        .hasMessage("The truth /a cannot be read.")
        .hasCause(late);
    assertThat(Cause.ofArgument("--threshold /a", gone)).isInstanceOf(UsageException.class);
    assertThat(Cause.ofArgument("--threshold /a", late)).isInstanceOf(OutageException.class);
  }

  @Test
  void theExitCodeIsThatOfWhatIsInside() {
    assertThat(Cause.exitCode(new RuntimeException(new UsageException("x")))).isEqualTo(1);
    assertThat(Cause.exitCode(new RuntimeException(new InputException("x")))).isEqualTo(2);
    assertThat(Cause.exitCode(new RuntimeException(new OutageException("x")))).isEqualTo(3);
    assertThat(Cause.exitCode(new NoSuchFileException("/shuffle"))).isEqualTo(3);
    assertThat(Cause.told(new NullPointerException())).isEmpty();
  }

  @Test
  void aFileThatSparkCouldNotReadIsNamed() {
    SparkException broken =
        new SparkException(
            "[FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER] Encountered error while reading file"
                + " file:/truth.parquet. Could not read footer.\nmore",
            new RuntimeException("file:/truth.parquet is not a Parquet file"));
    assertThat(Cause.told(new RuntimeException(broken)))
        .hasValueSatisfying(
            told ->
                assertThat(told)
                    .isInstanceOf(InputException.class)
                    .hasMessage(
                        "[FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER] Encountered error while reading"
                            + " file file:/truth.parquet. Could not read footer."));
    SparkException late =
        new SparkException(
            "[FAILED_READ_FILE.NO_HINT] file:/truth.parquet", new SocketTimeoutException("x"));
    assertThat(Cause.told(late)).isEmpty();
    assertThat(Cause.exitCode(late)).isEqualTo(3);
  }

  @Test
  void causesInACircleEnd() {
    Exception outer = new Exception("outer");
    Exception inner = new Exception("inner", outer);
    outer.initCause(inner);
    assertThat(Cause.of(outer)).isEqualTo(OTHER);
    assertThatThrownBy(
            () -> {
              throw Cause.failure("x", outer);
            })
        .isInstanceOf(OutageException.class);
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.CsvSource({
    "301, IMPOSSIBLE", "400, MALFORMED", "401, DENIED", "403, DENIED", "404, NOT_THERE",
    "408, STORE_FAILED", "410, NOT_THERE", "412, CHANGED", "416, CHANGED", "429, STORE_FAILED",
    "500, STORE_FAILED", "503, STORE_FAILED", "599, STORE_FAILED"
  })
  void statusesOfHttpHaveCauses(int status, Cause cause) {
    assertThat(Cause.ofHttpStatus(status)).isEqualTo(cause);
  }
}
