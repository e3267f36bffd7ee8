package io.labelmill.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.List;

/** Providers that look on: GPUs asked for are noted, and sessions run on the processor. */
final class TestProviders implements ExecutionProviders {
  private final boolean forGpus;
  private final String failure;
  private final Runnable whenAsked;
  private final List<Integer> asked = new ArrayList<>();

  private TestProviders(boolean forGpus, String failure, Runnable whenAsked) {
    this.forGpus = forGpus;
    this.failure = failure;
    this.whenAsked = whenAsked;
  }

  static TestProviders forGpus() {
    return forGpus(() -> {});
  }

  /**
   * @param whenAsked runs in the middle of opening a session
   */
  static TestProviders forGpus(Runnable whenAsked) {
    return new TestProviders(true, null, whenAsked);
  }

  static TestProviders forProcessors() {
    return new TestProviders(false, null, () -> {});
  }

  /** A build for GPUs on a machine where none can be used. */
  static TestProviders withoutDriver(String failure) {
    return new TestProviders(true, failure, () -> {});
  }

  @Override
  public boolean areForGpus() {
    return forGpus;
  }

  @Override
  public void addGpu(OrtSession.SessionOptions options, int ordinal) throws OrtException {
    asked.add(ordinal);
    whenAsked.run();
    if (failure != null) {
      throw new OrtException(failure);
    }
  }

  /** Numbers of the GPUs asked for so far. */
  List<Integer> asked() {
    return asked;
  }
}
