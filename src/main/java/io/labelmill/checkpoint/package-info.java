/** Hugging Face checkpoints: configuration, labels, weights. Plain Java, no Spark. */
package io.labelmill.checkpoint;
