/**
 * Spark as its users have it, for tests: a standalone master with workers, and a {@code
 * SPARK_HOME}, both made of the jars that the build resolved.
 */
package io.labelmill.cluster;
