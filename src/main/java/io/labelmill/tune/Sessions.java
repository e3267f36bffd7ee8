package io.labelmill.tune;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.labelmill.graph.TunableNetwork;
import io.labelmill.graph.backward.BlockGraph;
import io.labelmill.graph.backward.EndGraph;
import io.labelmill.graph.backward.StartGraph;
import java.util.ArrayList;
import java.util.List;

/**
 * The graphs of a network in training, ready to run. Safe for several threads; whoever opened them
 * closes them.
 *
 * @param startBack null where what is in front of the blocks is not trained
 * @param blockKeeping null where no block is trained
 * @param blockBack likewise
 * @param all of them
 */
record Sessions(
    OrtSession start,
    OrtSession startBack,
    OrtSession block,
    OrtSession blockKeeping,
    OrtSession blockBack,
    OrtSession end,
    OrtSession endBack,
    List<OrtSession> all)
    implements AutoCloseable {

  /**
   * @param threads that one pass takes at most, its own among them
   */
  static Sessions open(TunableNetwork network, Extent extent, EndGraph.Loss loss, int threads)
      throws OrtException {
    int blocks = network.blocks().size();
    int firstTrained = extent.firstPart(blocks);
    List<OrtSession> opened = new ArrayList<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // The graphs stand as they are to run: joining transpositions and products would slow them.
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(threads);
      // Each session has its threads: waiting ones must not take turns from those at work.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      boolean trainsBlocks = firstTrained <= blocks;
      return new Sessions(
          open(StartGraph.forward(network), options, opened),
          firstTrained == 0 ? open(StartGraph.backward(network), options, opened) : null,
          open(BlockGraph.forward(network), options, opened),
          trainsBlocks ? open(BlockGraph.keeping(network), options, opened) : null,
          trainsBlocks ? open(BlockGraph.backward(network), options, opened) : null,
          open(EndGraph.forward(network), options, opened),
          open(EndGraph.backward(network, loss), options, opened),
          opened);
    } catch (OrtException e) {
      close(opened);
      throw e;
    }
  }

  private static OrtSession open(
      byte[] graph, OrtSession.SessionOptions options, List<OrtSession> opened)
      throws OrtException {
    OrtSession session = Engine.environment().createSession(graph, options);
    opened.add(session);
    return session;
  }

  private static void close(List<OrtSession> sessions) {
    for (OrtSession session : sessions) {
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() {
    close(all);
  }
}
