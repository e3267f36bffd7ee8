package io.labelmill.model;

import io.labelmill.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;

/**
 * What a JVM keeps open on one device for tasks to come. Sessions that tasks use right now stay
 * open whatever these say.
 *
 * @param sessions at most, 1 or more
 * @param bytes of all their graphs' files together, about what the sessions take; one session may
 *     have more
 */
record SessionLimits(int sessions, long bytes) {
  static final String SESSIONS = "spark.labelmill.sessions";
  static final String MEMORY = "spark.labelmill.sessions.memory";

  static final SessionLimits DEFAULT = new SessionLimits(4, 2L << 30);

  /**
   * As the settings of an application say.
   *
   * @param conf null where there is no Spark
   * @throws UsageException naming every setting that is wrong
   */
  static SessionLimits of(SparkConf conf) {
    if (conf == null) {
      return DEFAULT;
    }
    List<String> problems = new ArrayList<>();
    int sessions = DEFAULT.sessions;
    long bytes = DEFAULT.bytes;
    try {
      sessions = conf.getInt(SESSIONS, sessions);
    } catch (NumberFormatException e) {
      sessions = 0;
    }
    if (sessions < 1) {
      problems.add(
          "%s is %s: it is the number of models that an executor keeps open on a device, 1 or more"
              .formatted(SESSIONS, conf.get(SESSIONS)));
    }
    try {
      bytes = conf.getSizeAsBytes(MEMORY, bytes);
    } catch (NumberFormatException e) {
      problems.add(
          MEMORY + " is " + conf.get(MEMORY) + ": write a size with its unit, such as 512m or 4g");
    }
    UsageException.throwIfAny(problems);
    return new SessionLimits(sessions, bytes);
  }
}
