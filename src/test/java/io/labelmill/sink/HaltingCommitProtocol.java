package io.labelmill.sink;

import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.spark.internal.io.FileCommitProtocol.TaskCommitMessage;
import org.apache.spark.internal.io.cloud.PathOutputCommitProtocol;
import scala.collection.immutable.Seq;

/**
 * Spark's way of committing to any store, which halts the process where {@code
 * -Dlabelmill.test.commit} says: {@code TASK:N} after the Nth task of a job is committed, {@code
 * JOB:N} before the Nth job is. Only commits to a folder named {@code out} count.
 */
public final class HaltingCommitProtocol extends PathOutputCommitProtocol {
  private static final String[] HALT =
      System.getProperty("labelmill.test.commit", ":0").split(":", -1);
  private static int reached;

  private final boolean counts;

  public HaltingCommitProtocol(String jobId, String output, boolean dynamicPartitionOverwrite) {
    super(jobId, output, dynamicPartitionOverwrite);
    counts = new Path(output).getName().equals("out");
  }

  @Override
  public TaskCommitMessage commitTask(TaskAttemptContext context) {
    TaskCommitMessage message = super.commitTask(context);
    haltAt("TASK");
    return message;
  }

  @Override
  public void commitJob(JobContext context, Seq<TaskCommitMessage> messages) {
    haltAt("JOB");
    super.commitJob(context, messages);
  }

  private void haltAt(String moment) {
    synchronized (HaltingCommitProtocol.class) {
      if (counts && HALT[0].equals(moment) && ++reached == Integer.parseInt(HALT[1])) {
        Runtime.getRuntime().halt(TestSeams.HALTED);
      }
    }
  }
}
