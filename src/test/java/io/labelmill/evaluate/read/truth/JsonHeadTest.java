package io.labelmill.evaluate.read.truth;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonToken;
import org.junit.jupiter.api.Test;

class JsonHeadTest {
  @Test
  void aValueALineOrOneValue() {
    assertThat(JsonHead.of("{\"a\": 1}\n{\"a\": 2}\n").isLines()).isTrue();
    assertThat(JsonHead.of("{\"a\": 1}\n").isLines()).isTrue();
    assertThat(JsonHead.of("{\"a\": 1}\n{\"a\": ").isLines()).isTrue();
    assertThat(JsonHead.of("{\"a\": 1}\nnothing").isLines()).isTrue();
    assertThat(JsonHead.of("{\"a\": \"cut within its first li").isLines()).isTrue();
    assertThat(JsonHead.of("{\n \"a\": 1\n}\n").isLines()).isFalse();
    assertThat(JsonHead.of("{\n \"a\": [1,\n 2").isLines()).isFalse();
    assertThat(JsonHead.of("[{\"a\": 1}, {\"a\": 2}]").isLines()).isFalse();
    assertThat(JsonHead.of("[{\"a\": 1}, {\"a\": 2}]").isArray()).isTrue();
    assertThat(JsonHead.of("no JSON").fields()).isEmpty();
  }

  @Test
  void theFieldsThatAreSeen() {
    JsonHead head = JsonHead.of("{\n \"a\": {\"x\": []},\n \"b\": [1, 2],\n \"c\": [3");
    assertThat(head.has("a", JsonToken.START_OBJECT)).isTrue();
    assertThat(head.has("b", JsonToken.START_ARRAY)).isTrue();
    assertThat(head.has("x", JsonToken.START_ARRAY)).isFalse();
    assertThat(JsonHead.of("[{\"data\": {}}, {\"b\": 1}]").fields()).containsOnlyKeys("data");
  }
}
