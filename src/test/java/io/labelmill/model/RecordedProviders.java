package io.labelmill.model;

import ai.onnxruntime.OrtSession;
import java.util.Arrays;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * Providers on machines without GPUs, for executors of a test: each GPU that a session is asked for
 * is printed, with the addresses that Spark gave the task, and the session runs on the processor.
 */
public final class RecordedProviders implements ExecutionProviders {
  @Override
  public boolean areForGpus() {
    return true;
  }

  @Override
  public void addGpu(OrtSession.SessionOptions options, int ordinal) {
    ResourceInformation given = TaskContext.get().resourcesJMap().get("gpu");
    System.err.println(
        "asked for GPU " + ordinal + " by a task with " + Arrays.toString(given.addresses()));
  }
}
