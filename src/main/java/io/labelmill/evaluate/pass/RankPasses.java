package io.labelmill.evaluate.pass;

import io.labelmill.evaluate.metric.LabelCounts;
import io.labelmill.evaluate.metric.RankEntries;
import io.labelmill.evaluate.metric.RankLayout;
import io.labelmill.evaluate.metric.RankMetrics;
import io.labelmill.evaluate.metric.RankOffsets;
import io.labelmill.evaluate.metric.RankPart;
import io.labelmill.evaluate.read.Example;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import scala.Tuple2;

/**
 * Exact ranks of all scores in two Spark jobs over one shuffle: scores are cut into ranges, one a
 * partition, and sorted; the first job counts what lies in each range, the second ranks every range
 * knowing what lies above it.
 */
public final class RankPasses {
  /** Entries that a partition holds, about. */
  static final long ENTRIES_A_RANGE = 2_000_000;

  private static final int MAX_RANGES = 4096;

  /** Counts of all ranges and columns that the driver holds. */
  private static final long MAX_CELLS = 1L << 23;

  /** Labels of which points of curves are kept: the most frequent. */
  public static final int CURVES = 24;

  private RankPasses() {}

  static int ranges(long entries, int columns) {
    long wanted = Math.max(1, (entries + ENTRIES_A_RANGE - 1) / ENTRIES_A_RANGE);
    return (int) Math.max(1, Math.min(wanted, Math.min(MAX_RANGES, MAX_CELLS / columns)));
  }

  /**
   * @param part which images are ranked
   */
  static RankMetrics run(
      JavaRDD<Row> examples, Judgement judgement, EvaluationState state, Part part) {
    int labels = judgement.labels();
    boolean several = judgement.multiLabel();
    RankLayout layout =
        new RankLayout(
            labels,
            !several && labels <= RankLayout.PAIRS_UP_TO,
            several,
            judgement.floats(),
            judgement.rule());
    double[] bounds = state.sample.bounds(ranges(state.sample.total(), layout.resultColumns()));
    JavaSparkContext context = JavaSparkContext.fromSparkContext(examples.context());
    int ranges = bounds.length + 1;
    // Of a small whole number the hash is the number: a range is a partition.
    JavaPairRDD<Integer, byte[]> blocks =
        examples
            .mapPartitionsToPair(new Cut(layout, judgement, part, bounds))
            .partitionBy(new HashPartitioner(ranges));
    List<RankOffsets.RangeCounts> counts =
        blocks.map(Tuple2::_2).mapPartitionsWithIndex(new Count(layout), true).collect();
    Broadcast<RankOffsets> offsets = context.broadcast(new RankOffsets(layout, ranges, counts));
    try {
      RankPart sum =
          blocks
              .map(Tuple2::_2)
              .mapPartitionsWithIndex(new Rank(offsets, curves(state, labels)), true)
              .treeReduce(RankPart::sum, 2);
      return new RankMetrics(offsets.value(), sum);
    } finally {
      offsets.unpersist();
    }
  }

  /** The labels with most support, and all together. */
  private static BitSet curves(EvaluationState state, int labels) {
    LabelCounts counts = state.counts.labelCounts();
    BitSet curves = new BitSet();
    IntStream.range(0, labels)
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> counts.support(i)).reversed())
        .limit(CURVES)
        .forEach(curves::set);
    curves.set(labels);
    return curves;
  }

  /** Sorted blocks of the scores of a partition, by range. */
  private static final class Cut
      implements PairFlatMapFunction<Iterator<Row>, Integer, byte[]>, Serializable {
    private final RankLayout layout;
    private final Judgement judgement;
    private final Part part;
    private final double[] bounds;

    Cut(RankLayout layout, Judgement judgement, Part part, double[] bounds) {
      this.layout = layout;
      this.judgement = judgement;
      this.part = part;
      this.bounds = bounds;
    }

    @Override
    public Iterator<Tuple2<Integer, byte[]>> call(Iterator<Row> rows) {
      RankEntries entries = new RankEntries(layout, 0);
      return new Iterator<>() {
        private Iterator<Tuple2<Integer, byte[]>> ready =
            List.<Tuple2<Integer, byte[]>>of().iterator();

        @Override
        public boolean hasNext() {
          while (!ready.hasNext() && (rows.hasNext() || entries.size() > 0)) {
            fill();
          }
          return ready.hasNext();
        }

        @Override
        public Tuple2<Integer, byte[]> next() {
          return ready.next();
        }

        private void fill() {
          while (rows.hasNext() && entries.size() < ENTRIES_A_RANGE) {
            add(new Example(rows.next()), entries);
          }
          byte[][] cut = entries.blocks(bounds);
          List<Tuple2<Integer, byte[]>> blocks = new ArrayList<>();
          for (int i = 0; i < cut.length; i++) {
            if (cut[i] != null) {
              blocks.add(new Tuple2<>(i, cut[i]));
            }
          }
          ready = blocks.iterator();
        }
      };
    }

    private void add(Example example, RankEntries entries) {
      boolean ranked = example.scores != null && judgement.part(example) == part;
      if (ranked && judgement.multiLabel()) {
        entries.addMultiLabel(example.truth, example.scores);
      } else if (ranked) {
        entries.addSingleLabel(example.truth[0], example.scores);
      }
    }
  }

  private record Count(RankLayout layout)
      implements Function2<Integer, Iterator<byte[]>, Iterator<RankOffsets.RangeCounts>>,
          Serializable {
    @Override
    public Iterator<RankOffsets.RangeCounts> call(Integer range, Iterator<byte[]> blocks) {
      return List.of(RankOffsets.count(layout, range, () -> blocks)).iterator();
    }
  }

  private record Rank(Broadcast<RankOffsets> offsets, BitSet curves)
      implements Function2<Integer, Iterator<byte[]>, Iterator<RankPart>>, Serializable {
    @Override
    public Iterator<RankPart> call(Integer range, Iterator<byte[]> blocks) {
      return List.of(RankPart.sweep(offsets.value(), range, () -> blocks, curves)).iterator();
    }
  }
}
