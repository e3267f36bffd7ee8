package io.labelmill.sink;

import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.spark.internal.io.FileCommitProtocol.TaskCommitMessage;
import org.apache.spark.internal.io.cloud.PathOutputCommitProtocol;
import scala.collection.immutable.Seq;

/**
 * Spark's way of committing to any store, which kills the process where {@code
 * -Dlabelmill.test.commit} says: {@code TASK:N} after the Nth task of a job is committed, {@code
 * JOB:N} before the Nth job is. Only commits to a folder named {@code out} count.
 */
public final class KillingCommitProtocol extends PathOutputCommitProtocol {
  private static final String[] KILL =
      System.getProperty("labelmill.test.commit", ":0").split(":", -1);
  private static int reached;

  private final boolean counts;

  public KillingCommitProtocol(String jobId, String output, boolean dynamicPartitionOverwrite) {
    super(jobId, output, dynamicPartitionOverwrite);
    counts = new Path(output).getName().equals("out");
  }

  @Override
  public TaskCommitMessage commitTask(TaskAttemptContext context) {
    TaskCommitMessage message = super.commitTask(context);
    killAt("TASK");
    return message;
  }

  @Override
  public void commitJob(JobContext context, Seq<TaskCommitMessage> messages) {
    killAt("JOB");
    super.commitJob(context, messages);
  }

  private void killAt(String moment) {
    synchronized (KillingCommitProtocol.class) {
      if (counts && KILL[0].equals(moment) && ++reached == Integer.parseInt(KILL[1])) {
        TestSeams.kill();
      }
    }
  }
}
