package io.labelmill.model;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.concurrent.Semaphore;

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

  private final Semaphore free;

  RunLimit(int runs) {
    free = new Semaphore(runs, true);
  }

  /** A predictor that waits for its turn with each pass. */
  <I, O> Predictor<I, O> predictor(Model model, Translator<I, O> translator) {
    return new Limited<>(model, translator);
  }

  /**
   * Waits for its turn and runs.
   *
   * @throws TranslateException if interrupted while it waits; the thread stays interrupted
   */
  <T> T run(Pass<T> pass) throws TranslateException {
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
    Limited(Model model, Translator<I, O> translator) {
      super(model, translator, model.getNDManager().getDevice(), false);
    }

    @Override
    protected NDList predictInternal(TranslatorContext context, NDList input)
        throws TranslateException {
      return run(() -> super.predictInternal(context, input));
    }
  }
}
