/** Logits to predictions: activation, ranking, thresholds, and the rows of the score table. */
package io.labelmill.score;
