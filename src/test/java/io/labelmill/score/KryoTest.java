package io.labelmill.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.source.HadoopConfiguration;
import java.nio.ByteBuffer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.junit.jupiter.api.Test;
import scala.reflect.ClassTag$;

/** What stages broadcast in a session of a user, who may have chosen Kryo for it. */
class KryoTest {
  private final SerializerInstance kryo = new KryoSerializer(new SparkConf(false)).newInstance();

  @Test
  void settingsOfStoresTravelByKryo() {
    Configuration configuration = new Configuration(false);
    configuration.set("fs.s3a.endpoint", "http://127.0.0.1:9000");
    HadoopConfiguration there =
        travelled(new HadoopConfiguration(configuration), HadoopConfiguration.class);
    assertThat(there.value().get("fs.s3a.endpoint")).isEqualTo("http://127.0.0.1:9000");
  }

  @Test
  void whatTasksHaveInCommonTravelsByKryo() {
    var setup = new LabelImages.Setup(null, null, null, null, null, 8, null);
    assertThat(travelled(setup, LabelImages.Setup.class)).isEqualTo(setup);
  }

  private <T> T travelled(T one, Class<T> type) {
    ByteBuffer bytes = kryo.serialize(one, ClassTag$.MODULE$.apply(type));
    return kryo.deserialize(bytes, ClassTag$.MODULE$.apply(type));
  }
}
