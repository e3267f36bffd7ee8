package io.labelmill.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Against the examples that come with the standard, FIPS 180-4, and {@code sha256sum}. */
class Sha256Test {
  private static final String OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void textBytesAndStreamsHaveOneHash() throws IOException {
    byte[] bytes = "abc".getBytes(StandardCharsets.US_ASCII);
    assertThat(Sha256.of("abc")).isEqualTo(OF_ABC);
    assertThat(Sha256.of(bytes)).isEqualTo(OF_ABC);
    assertThat(Sha256.of(new ByteArrayInputStream(bytes))).isEqualTo(OF_ABC);
  }

  @Test
  void textIsHashedInUtf8() {
    assertThat(Sha256.of("ä"))
        .isEqualTo(Sha256.of(new byte[] {(byte) 0xc3, (byte) 0xa4}))
        .isEqualTo("33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc");
  }

  @Test
  void aStreamLongerThanItsBufferIsReadToItsEnd() throws IOException {
    byte[] letters = "a".repeat(3_000_000).getBytes(StandardCharsets.US_ASCII);
    assertThat(Sha256.of(new ByteArrayInputStream(letters)))
        .isEqualTo(Sha256.of(letters))
        .isEqualTo("2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4");
  }
}
