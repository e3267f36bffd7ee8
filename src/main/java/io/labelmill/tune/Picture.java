package io.labelmill.tune;

import java.io.Serializable;

/**
 * A picture as a network in training takes it.
 *
 * @param samples 0 to 255, [3, height, width], as the network's input is before it is normalised;
 *     empty where there is a state
 * @param state what {@link Front} made of it, [tokens, hidden]; empty where there are samples
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Picture(byte[] samples, float[] state) implements Serializable {
  public static Picture ofSamples(byte[] samples) {
    return new Picture(samples, new float[0]);
  }

  public static Picture ofState(float[] state) {
    return new Picture(new byte[0], state);
  }

  boolean isState() {
    return state.length > 0;
  }
}
