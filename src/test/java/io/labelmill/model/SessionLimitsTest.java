package io.labelmill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SessionLimitsTest {
  @Test
  void settingsSayHowManyStayOpen() {
    SparkConf conf = new SparkConf(false);
    assertThat(SessionLimits.of(null)).isEqualTo(SessionLimits.DEFAULT);
    assertThat(SessionLimits.of(conf)).isEqualTo(new SessionLimits(4, 2_147_483_648L));
    conf.set("spark.labelmill.sessions", "1").set("spark.labelmill.sessions.memory", "512m");
    assertThat(SessionLimits.of(conf)).isEqualTo(new SessionLimits(1, 536_870_912L));
  }

  @Test
  void wrongSettingsAreTold() {
    for (String wrong : new String[] {"0", "-3", "many"}) {
      assertThatThrownBy(
              () -> SessionLimits.of(new SparkConf(false).set("spark.labelmill.sessions", wrong)))
          .isInstanceOf(UsageException.class)
          .hasMessage(
              "spark.labelmill.sessions is "
                  + wrong
                  + ": it is the number of models that an executor keeps open on a device, 1 or"
                  + " more");
    }
    SparkConf both =
        new SparkConf(false)
            .set("spark.labelmill.sessions", "0")
            .set("spark.labelmill.sessions.memory", "much");
    assertThatThrownBy(() -> SessionLimits.of(both))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("spark.labelmill.sessions is 0")
        .hasMessageContaining(
            "spark.labelmill.sessions.memory is much: write a size with its unit, such as 512m or"
                + " 4g");
  }
}
