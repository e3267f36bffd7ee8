package io.labelmill.sink;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.MRJobConfig;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The committer of file systems, which renames, with a look at the lock of the output before it
 * commits a job. The files of the job are complete by then, and lie in a folder of the run alone; a
 * run that takes the output over deletes that one before it reads the table.
 */
public final class FencedFileCommitter extends FileOutputCommitter {
  private static final Logger LOG = LoggerFactory.getLogger(FencedFileCommitter.class);

  /** Made by Spark, by name, on the driver and on executors. */
  public FencedFileCommitter(Path output, TaskAttemptContext context) throws IOException {
    super(output, context);
  }

  /** Settings of a session under which all of Spark's own formats commit by this class. */
  static Map<String, String> settings(String run) {
    return Map.of(
        Fence.RUN,
        run,
        "spark.sql.sources.commitProtocolClass",
        MagicCommitter.RENAMING,
        "spark.sql.sources.outputCommitterClass",
        FencedFileCommitter.class.getName(),
        "spark.sql.parquet.output.committer.class",
        FencedFileCommitter.class.getName(),
        // Task output becomes visible when the job is committed, not before.
        FILEOUTPUTCOMMITTER_ALGORITHM_VERSION,
        "1",
        // The folder's name, and it is not deleted with those of others.
        MRJobConfig.APPLICATION_ATTEMPT_ID,
        Integer.toString(attempt(run)),
        FILEOUTPUTCOMMITTER_CLEANUP_SKIPPED,
        "true");
  }

  /** Deletes what a run did not commit to a table. */
  static void delete(String run, Path table, FileSystem fileSystem) throws IOException {
    Path pending = new Path(table, PENDING_DIR_NAME);
    fileSystem.delete(new Path(pending, Integer.toString(attempt(run))), true);
    try {
      fileSystem.delete(pending, false);
    } catch (IOException e) {
      if (isEmpty(pending, fileSystem)) {
        // What was in it went meanwhile, or the store refuses and does so again.
        fileSystem.delete(pending, false);
      } else {
        LOG.info("{} stays: another job has what it did not commit there", pending);
      }
    }
  }

  /** File systems have no common exception for a folder that is not empty. */
  private static boolean isEmpty(Path folder, FileSystem fileSystem) throws IOException {
    try {
      return !fileSystem.listStatusIterator(folder).hasNext();
    } catch (FileNotFoundException e) {
      return true;
    }
  }

  private static int attempt(String run) {
    return run.hashCode() & Integer.MAX_VALUE;
  }

  @Override
  public void commitJob(JobContext context) throws IOException {
    Fence.assertHeld(context.getConfiguration());
    super.commitJob(context);
  }
}
