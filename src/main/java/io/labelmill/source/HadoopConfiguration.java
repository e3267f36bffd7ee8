package io.labelmill.source;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/** A Hadoop configuration that travels in broadcasts, since Hadoop's own cannot be serialised. */
// Sessions of users may have Kryo, which would leave out what is transient.
@DefaultSerializer(JavaSerializer.class)
public final class HadoopConfiguration implements Serializable {
  private transient Configuration configuration;

  public HadoopConfiguration(Configuration configuration) {
    this.configuration = configuration;
  }

  /** The configuration itself, shared: not to be changed. */
  public Configuration value() {
    return configuration;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    configuration.write(out);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    configuration = new Configuration(false);
    configuration.readFields(in);
  }
}
