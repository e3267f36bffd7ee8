package io.labelmill.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.Cause;
import io.labelmill.error.UsageException;
import io.labelmill.error.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * A command within a program that has Spark already, whose session it uses. The Python package
 * calls it, and gets all of what became of the command as one text.
 */
public final class Call {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Call() {}

  /**
   * Runs a command. What goes wrong is told by the answer, and nothing is thrown.
   *
   * @param words the command's name and its options
   * @return a JSON object. {@code exitCode} is what a process would end with; {@code printed} what
   *     it would print; {@code document} the JSON document that it left, a run record or metrics,
   *     and {@code documentPath} its place, both null where there is none. Where it failed, {@code
   *     problems} has the sentences, {@code kind} is {@code usage}, {@code input}, {@code outage}
   *     or {@code bug}, and {@code trace} the stack trace of the last two
   */
  public static String run(List<String> words) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new PrintStream(printed, true, StandardCharsets.UTF_8),
            Terminal.ofProcess().err(),
            false);
    ObjectNode answer = JSON.createObjectNode();
    try {
      new Program(terminal).dispatch(words);
      answer.put("exitCode", 0);
      Optional<String> document = terminal.document();
      if (document.isPresent()) {
        answer.put("documentPath", document.get());
        answer.set("document", JSON.readTree(read(document.get())));
      }
    } catch (Exception e) {
      failed(answer, e);
    }
    answer.put("printed", printed.toString(StandardCharsets.UTF_8));
    return text(answer);
  }

  /** What {@link #run} would answer for an exception, as a stage throws it. */
  public static String told(Throwable failure) {
    ObjectNode answer = JSON.createObjectNode();
    failed(answer, failure);
    return text(answer);
  }

  private static void failed(ObjectNode answer, Throwable failure) {
    Optional<RuntimeException> told = Cause.told(failure);
    answer.put("exitCode", told.map(Cause::exitCode).orElse(Program.BUG));
    answer.put("kind", told.map(Call::kind).orElse("bug"));
    List<String> problems =
        told.isEmpty()
            ? List.of(failure.toString())
            : told.get() instanceof UserException mistake
                ? mistake.problems()
                : List.of(String.valueOf(told.get().getMessage()));
    problems.forEach(answer.putArray("problems")::add);
    if (told.isEmpty() || !(told.get() instanceof UserException)) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace, true));
      answer.put("trace", trace.toString());
    }
  }

  private static String kind(RuntimeException told) {
    if (told instanceof UserException) {
      return told instanceof UsageException ? "usage" : "input";
    }
    return "outage";
  }

  private static String read(String file) throws IOException {
    Path path = new Path(file);
    try (InputStream in = path.getFileSystem(configuration()).open(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Configuration configuration() {
    return SparkSession.active().sparkContext().hadoopConfiguration();
  }

  private static String text(ObjectNode answer) {
    try {
      return JSON.writeValueAsString(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an object of texts and numbers is JSON", e);
    }
  }
}
