package io.labelmill.source;

import io.labelmill.error.Cause;
import io.labelmill.table.Location;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.OptionalInt;
import javax.net.ssl.SSLException;

/**
 * Why a read failed, in a clause that holds nothing of what a server answered: whoever writes a
 * table of paths chooses whom an executor asks, and reads the rows.
 */
final class FailureReason {
  /** Beginnings of the names of exceptions whose messages repeat what a server said. */
  private static final List<String> SERVERS_WORDS =
      List.of(
          "software.amazon.awssdk.",
          "com.amazonaws.",
          "com.azure.",
          "com.google.",
          "com.microsoft.",
          "org.apache.hadoop.fs.azure",
          "org.apache.hadoop.ipc.",
          "org.apache.http");

  private FailureReason() {}

  /** Of a file of a store that Hadoop knows. */
  static String ofStore(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String type = cause.getClass().getName();
      if (SERVERS_WORDS.stream().anyMatch(type::startsWith)) {
        return status(failure);
      }
    }
    return Location.redacted(String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
  }

  private static String status(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      OptionalInt status = Cause.httpStatus(String.valueOf(cause.getMessage()));
      if (status.isPresent()) {
        return "status " + status.getAsInt();
      }
    }
    return failure.getClass().getSimpleName();
  }

  /** Of an address of the web. */
  static String ofAddress(Throwable failure) {
    if (failure instanceof ReadFailure) {
      return failure.getMessage();
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return "the host is not known";
      }
      if (cause instanceof HttpConnectTimeoutException) {
        return "no connection in time";
      }
      if (cause instanceof HttpTimeoutException || cause instanceof SocketTimeoutException) {
        return "no answer in time";
      }
      if (cause instanceof ConnectException) {
        return "the connection is refused";
      }
      if (cause instanceof SSLException) {
        return "no TLS connection that can be trusted";
      }
    }
    return "the connection broke, or the answer is no HTTP";
  }
}
