package io.labelmill.sink;

import java.io.IOException;
import java.util.Map;
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
 * <p>No row is there twice by that. But S3A's committers delete the files that they made visible
 * when another file of the same commit fails: a run that is paused between two of them, and goes on
 * when another has taken the output over, takes these rows with it. It ends as one that is to be
 * started again, and finds them missing then.
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
        // They may be those of a run that took the output over; they go with the next lock.
        "fs.s3a.committer.abort.pending.uploads",
        "false");
  }

  @Override
  public void commitJob(JobContext context) throws IOException {
    Fence.assertHeld(context.getConfiguration());
    committer.commitJob(context);
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
