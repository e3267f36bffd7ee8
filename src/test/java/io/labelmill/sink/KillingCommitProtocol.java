package io.labelmill.sink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.BindingPathOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.spark.internal.io.FileCommitProtocol.TaskCommitMessage;
import org.apache.spark.internal.io.cloud.PathOutputCommitProtocol;

/**
 * Spark's way of committing to any store, which kills the process where {@code
 * -Dlabelmill.test.commit} says: {@code TASK:N} after the Nth task of a job is committed, {@code
 * JOB:N} before the Nth job is. Only commits of waves count: to a folder of that name, or to the
 * table's own, {@code out}, where a store completes uploads.
 */
public final class KillingCommitProtocol extends PathOutputCommitProtocol {
  private static final String[] KILL =
      System.getProperty("labelmill.test.commit", ":0").split(":", -1);
  private static int reached;

  private final String output;
  private final boolean counts;

  public KillingCommitProtocol(String jobId, String output, boolean dynamicPartitionOverwrite) {
    super(jobId, output, dynamicPartitionOverwrite);
    this.output = output;
    counts = Set.of("out", "wave").contains(new Path(output).getName());
  }

  @Override
  public TaskCommitMessage commitTask(TaskAttemptContext context) {
    TaskCommitMessage message = super.commitTask(context);
    killAt("TASK");
    return message;
  }

  /** Its own {@code commitJob} has another type of parameter in each line of Spark. */
  @Override
  public PathOutputCommitter setupCommitter(TaskAttemptContext context) {
    super.setupCommitter(context);
    try {
      return new BindingPathOutputCommitter(new Path(output), context) {
        @Override
        public void commitJob(JobContext job) throws IOException {
          killAt("JOB");
          super.commitJob(job);
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void killAt(String moment) {
    synchronized (KillingCommitProtocol.class) {
      if (counts && KILL[0].equals(moment) && ++reached == Integer.parseInt(KILL[1])) {
        TestSeams.kill();
      }
    }
  }
}
