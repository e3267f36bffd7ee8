/**
 * Evaluation metrics as mergeable states, in scikit-learn's definitions. Plain Java, no Spark.
 *
 * <p>A state is filled row by row, merged with {@code sum(other)}, and asked for its metrics at the
 * end. Sums are kept to twice double precision, so that how rows were spread over partitions does
 * not show in a metric.
 */
package io.labelmill.evaluate.metric;
