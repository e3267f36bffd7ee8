package io.labelmill.sink;

import io.labelmill.error.OutageException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.JobStatus;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitter;
import org.apache.hadoop.mapreduce.lib.output.PathOutputCommitterFactory;
import org.apache.hadoop.util.ReflectionUtils;

/**
 * A committer of a store, such as S3's that completes uploads, which looks at the lock of the
 * output before it commits a job. All uploads of the job are known by then; a run that takes the
 * output over gives them up before it reads the table.
 *
 * <p>S3A's magic committer deletes the files that it made visible when another file of the same
 * commit fails. Hence that run deletes them before, too: as {@link PendingUploads} tells.
 */
public final class FencedCommitter extends PathOutputCommitter {
  private static final String DELEGATE = "labelmill.fence.factory";

  private final PathOutputCommitter committer;

  /** Makes them; by name, on the driver and on executors. */
  public static final class Factory extends PathOutputCommitterFactory {
    @Override
    public PathOutputCommitter createOutputCommitter(Path output, TaskAttemptContext context)
        throws IOException {
      Configuration configuration = context.getConfiguration();
      PathOutputCommitterFactory delegate =
          ReflectionUtils.newInstance(
              configuration.getClass(DELEGATE, null, PathOutputCommitterFactory.class),
              configuration);
      return new FencedCommitter(output, context, delegate.createOutputCommitter(output, context));
    }
  }

  private FencedCommitter(Path output, TaskAttemptContext context, PathOutputCommitter committer)
      throws IOException {
    super(output, context);
    this.committer = committer;
  }

  /**
   * Settings of a job under which its committer is one of these.
   *
   * @param output whose scheme decides which committer there would be
   */
  static Map<String, String> settings(String run, Path output, Configuration configuration) {
    return Map.of(
        Fence.RUN,
        run,
        DELEGATE,
        PathOutputCommitterFactory.getCommitterFactory(output, configuration).getClass().getName(),
        PathOutputCommitterFactory.COMMITTER_FACTORY_CLASS,
        Factory.class.getName(),
        // By this, a run that takes over knows whose lists of uploads there are.
        "fs.s3a.committer.uuid",
        jobPrefix(run) + UUID.randomUUID(),
        // A list that stays tells of a commit that is not over.
        "fs.s3a.committer.magic.cleanup.enabled",
        "true",
        // They may be those of a run that took the output over; they go with the next lock.
        "fs.s3a.committer.abort.pending.uploads",
        "false");
  }

  /** What the ids of a run's jobs begin with, in the names of folders where uploads are listed. */
  static String jobPrefix(String run) {
    return run + "_";
  }

  @Override
  public void commitJob(JobContext context) throws IOException {
    Fence.assertHeld(context.getConfiguration());
    try {
      committer.commitJob(context);
    } catch (FileNotFoundException e) {
      // By a run that took the output over; or by one that lost it as it did so, and was late.
      throw new OutageException(
          ("An upload of the wave was ended by somebody else, and what of the wave was visible is"
                  + " taken back: start the run again to go on. (%s)")
              .formatted(e),
          e);
    }
  }

  @Override
  public Path getOutputPath() {
    return committer.getOutputPath();
  }

  @Override
  public Path getWorkPath() throws IOException {
    return committer.getWorkPath();
  }

  @Override
  public void setupJob(JobContext context) throws IOException {
    committer.setupJob(context);
  }

  @Override
  public void abortJob(JobContext context, JobStatus.State state) throws IOException {
    committer.abortJob(context, state);
  }

  @Override
  public void setupTask(TaskAttemptContext context) throws IOException {
    committer.setupTask(context);
  }

  @Override
  public boolean needsTaskCommit(TaskAttemptContext context) throws IOException {
    return committer.needsTaskCommit(context);
  }

  @Override
  public void commitTask(TaskAttemptContext context) throws IOException {
    committer.commitTask(context);
  }

  @Override
  public void abortTask(TaskAttemptContext context) throws IOException {
    committer.abortTask(context);
  }
}
