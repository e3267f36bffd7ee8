/** Scoring and embedding as stages of Spark ML, for notebooks and pipelines. */
package io.labelmill.ml;
