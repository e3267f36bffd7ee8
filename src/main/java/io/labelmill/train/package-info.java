/** Linear classifiers on embeddings: parts, regression, and the checkpoint that comes of it. */
package io.labelmill.train;
