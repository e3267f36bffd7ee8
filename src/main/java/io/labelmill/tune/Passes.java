package io.labelmill.tune;

import ai.onnxruntime.OrtException;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.EndGraph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.DoubleStream;

/**
 * Passes through a network in training, forward and back. Up to four go beside each other, each
 * with some of a batch's images: threads that share one pass would wait for each other behind every
 * operator. Used by one thread at a time; whoever opened it closes it, before the weights.
 */
public final class Passes implements AutoCloseable {
  /** Passes at once. Each takes memory, 0.3 GB for BEiT-base at 224; further threads share them. */
  private static final int AT_ONCE = 4;

  private final TunableNetwork network;
  private final int longest;
  private final Sessions sessions;
  private final List<TrainingPass> passes = new ArrayList<>();
  private final ExecutorService pool;

  private Passes(
      TunableNetwork network,
      Weights weights,
      Extent extent,
      EndGraph.Loss loss,
      int threads,
      int longest)
      throws OrtException {
    this.network = network;
    this.longest = longest;
    int count = Math.min(threads, AT_ONCE);
    sessions = Sessions.open(network, extent, loss, threads - count + 1);
    for (int i = 0; i < count; i++) {
      passes.add(new TrainingPass(network, weights, sessions, extent));
    }
    pool = Executors.newFixedThreadPool(count, Passes::thread);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "labelmill-tune");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Opens the sessions.
   *
   * @param weights of that network, with gradients from where {@code extent} begins
   * @param threads that work together
   * @param longest images of one pass; a batch of more goes in several. How gradients are rounded
   *     depends on it, and not on up to four threads
   */
  public static Passes open(
      TunableNetwork network,
      Weights weights,
      Extent extent,
      EndGraph.Loss loss,
      int threads,
      int longest) {
    try {
      return new Passes(network, weights, extent, loss, threads, longest);
    } catch (OrtException e) {
      throw new IllegalStateException("the graphs of a training can't be opened", e);
    }
  }

  /**
   * Computes the loss of a batch, and the gradients of all that is trained.
   *
   * @return the loss
   */
  public double gradients(Batch batch) {
    int count = (batch.images() + longest - 1) / longest;
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // One more for what parts share.
      turns.add(i == 0 ? Turn.first(network.parts().size() + 1) : turns.get(i - 1).next());
    }
    double[] losses = new double[count];
    each(
        count,
        (pass, i) -> {
          int from = i * longest;
          Batch part = batch.part(from, Math.min(from + longest, batch.images()));
          try {
            losses[i] = pass.gradients(part, turns.get(i));
          } catch (OrtException | RuntimeException | Error e) {
            turns.get(i).fail(e);
            throw e;
          }
        });
    return DoubleStream.of(losses).sum();
  }

  /**
   * The logits of images, each of which goes alone, so that its numbers do not depend on others.
   *
   * @param begin see {@link Batch}
   * @param input outside of the heap, from index 0 to its limit
   * @return by image
   */
  public List<float[]> logits(int images, int begin, FloatBuffer input) {
    float[][] logits = new float[images][];
    int length = input.limit() / images;
    each(images, (pass, i) -> logits[i] = pass.logits(1, begin, input.slice(i * length, length)));
    return List.of(logits);
  }

  private interface Work {
    void at(TrainingPass pass, int index) throws OrtException;
  }

  /** They take turns in the order of the work, so that what one waits for has begun. */
  private void each(int count, Work work) {
    List<CompletableFuture<Void>> running = new ArrayList<>();
    for (int i = 0; i < Math.min(count, passes.size()); i++) {
      int first = i;
      running.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int at = first; at < count; at += passes.size()) {
                    work.at(passes.get(first), at);
                  }
                } catch (OrtException e) {
                  throw new IllegalStateException("a pass of the training failed", e);
                }
              },
              pool));
    }
    try {
      CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      while (cause instanceof CompletionException && cause.getCause() != null) {
        // One who waited for the pass that failed.
        cause = cause.getCause();
      }
      if (cause instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("a step of the training failed", cause);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
    sessions.close();
  }
}
