package io.labelmill.model;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;

/**
 * How many forward passes run on a device at a time. Tasks beyond that wait, first come first
 * served, while others decode. Thread-safe.
 */
final class RunLimit {
  /**
   * On a GPU: one pass computes while the input of the next is copied. Each more would cost its own
   * working memory on the GPU and gain nothing.
   */
  static final int GPU = 2;

  /** On a processor: every thread runs at any time. */
  static final RunLimit NONE = new RunLimit(null);

  /** Null where there is no limit. */
  private final Semaphore free;

  RunLimit(int runs) {
    this(new Semaphore(runs, true));
  }

  private RunLimit(Semaphore free) {
    this.free = free;
  }

  /**
   * A predictor that waits for its turn with each pass.
   *
   * @param begins told of each pass, in its thread when its turn has come, how many images it has
   */
  <I, O> Predictor<I, O> predictor(Model model, Translator<I, O> translator, IntConsumer begins) {
    return new Limited<>(model, translator, begins);
  }

  /**
   * Waits for its turn, if there is a limit, and runs.
   *
   * @throws TranslateException if interrupted while it waits; the thread stays interrupted
   */
  <T> T run(Pass<T> pass) throws TranslateException {
    if (free == null) {
      return pass.run();
    }
    try {
      free.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TranslateException("interrupted while it waited for the device", e);
    }
    try {
      return pass.run();
    } finally {
      free.release();
    }
  }

  /** One forward pass. */
  interface Pass<T> {
    T run() throws TranslateException;
  }

  private final class Limited<I, O> extends Predictor<I, O> {
    private final IntConsumer begins;

    Limited(Model model, Translator<I, O> translator, IntConsumer begins) {
      super(model, translator, model.getNDManager().getDevice(), false);
      this.begins = begins;
    }

    @Override
    protected NDList predictInternal(TranslatorContext context, NDList input)
        throws TranslateException {
      return run(
          () -> {
            begins.accept(Math.toIntExact(input.head().getShape().get(0)));
            return super.predictInternal(context, input);
          });
    }
  }
}
