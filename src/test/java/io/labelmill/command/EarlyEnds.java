package io.labelmill.command;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;

/** Sessions that end by a mistake in one task while others run, in a process of their own. */
public final class EarlyEnds {
  private static final CountDownLatch OTHERS = new CountDownLatch(1);

  private EarlyEnds() {}

  /**
   * Prints a line for each session that ended.
   *
   * @param arguments how many sessions
   */
  public static void main(String[] arguments) {
    for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
      // Some end before the session stops, some within, some behind.
      long millis = 20 + i * 30L;
      try (SparkRun run = SparkRun.local("early ends", 2)) {
        new JavaSparkContext(run.session().sparkContext())
            .parallelize(List.of(0, 1, 2, 3), 4)
            .foreach(number -> task(number, millis));
      } catch (Exception e) {
        System.out.println(e instanceof SparkException ? "ended" : e.toString());
      }
    }
  }

  private static void task(int number, long millis) throws InterruptedException {
    if (number == 0) {
      OTHERS.await();
      throw new IllegalStateException("a mistake");
    }
    OTHERS.countDown();
    TimeUnit.MILLISECONDS.sleep(millis);
  }
}
