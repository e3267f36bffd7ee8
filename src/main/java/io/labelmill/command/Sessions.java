package io.labelmill.command;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Spark sessions of commands. */
final class Sessions {
  private static final Logger log = LoggerFactory.getLogger(Sessions.class);

  private Sessions() {}

  /** Hadoop's settings as Spark would have them, without a session. */
  static Configuration hadoopConfiguration() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }

  /**
   * Starts Spark as spark-submit or system properties configured it; on this machine with all its
   * cores where they say nothing. The caller closes it.
   */
  static SparkSession start(String name) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", name);
    // Our own progress says more, and two on one line are illegible.
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    log.info("{}, master {}", Program.banner(), conf.get("spark.master"));
    return SparkSession.builder().config(conf).getOrCreate();
  }
}
