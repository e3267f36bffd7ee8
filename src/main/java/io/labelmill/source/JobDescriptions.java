package io.labelmill.source;

import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What Spark's pages say of the jobs that this thread starts: sentences, until this is closed, and
 * then again what they said before. Without it they name a method and a line of source.
 */
public final class JobDescriptions implements AutoCloseable {
  private static final String DESCRIPTION = "spark.job.description";

  /** Spark's name for a stage, and for the link to a job. */
  private static final String NAME = "callSite.short";

  private final SparkContext spark;
  private final String description;
  private final String name;

  private JobDescriptions(SparkContext spark) {
    this.spark = spark;
    description = spark.getLocalProperty(DESCRIPTION);
    name = spark.getLocalProperty(NAME);
  }

  /** Described as before, until something is said. */
  public static JobDescriptions of(SparkSession spark) {
    return new JobDescriptions(spark.sparkContext());
  }

  /**
   * Describes the jobs to come.
   *
   * @param sentence beginning with what they do, a verb, which becomes the name of their stages
   */
  public void say(String sentence) {
    say(spark, sentence);
  }

  /** As {@link #say(String)}, for code within whose caller closes. */
  public static void say(SparkSession spark, String sentence) {
    say(spark.sparkContext(), sentence);
  }

  private static void say(SparkContext spark, String sentence) {
    spark.setLocalProperty(DESCRIPTION, sentence);
    spark.setLocalProperty(NAME, sentence.split(" ", 2)[0]);
  }

  @Override
  public void close() {
    spark.setLocalProperty(DESCRIPTION, description);
    spark.setLocalProperty(NAME, name);
  }
}
