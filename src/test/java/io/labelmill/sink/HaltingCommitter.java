package io.labelmill.sink;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.parquet.hadoop.ParquetOutputCommitter;

/**
 * Spark's committer, which halts the process where {@code -Dlabelmill.test.commit} says: {@code
 * TASK:N} after the Nth task of a job is committed, {@code JOB:N} before the Nth job is. Only
 * commits to a folder named {@code out} count.
 */
public final class HaltingCommitter extends ParquetOutputCommitter {
  private static final String[] HALT =
      System.getProperty("labelmill.test.commit", ":0").split(":", -1);
  private static int reached;

  private final boolean counts;

  public HaltingCommitter(Path output, TaskAttemptContext context) throws IOException {
    super(output, context);
    counts = output != null && output.getName().equals("out");
  }

  @Override
  public void commitTask(TaskAttemptContext context) throws IOException {
    super.commitTask(context);
    haltAt("TASK");
  }

  @Override
  public void commitJob(JobContext context) throws IOException {
    haltAt("JOB");
    super.commitJob(context);
  }

  private void haltAt(String moment) {
    synchronized (HaltingCommitter.class) {
      if (counts && HALT[0].equals(moment) && ++reached == Integer.parseInt(HALT[1])) {
        Runtime.getRuntime().halt(TestSeams.HALTED);
      }
    }
  }
}
