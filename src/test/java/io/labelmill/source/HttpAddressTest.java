package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "http://image_server:8080/a.jpg,          http://image_server:8080/a.jpg",
    "http://b\u00fccher.example/a.jpg,        http://xn--bcher-kva.example/a.jpg",
    "http://xn--bcher-kva.example/a.jpg,      http://xn--bcher-kva.example/a.jpg",
    "http://h/a[1].jpg?x=[2],                 http://h/a%5B1%5D.jpg?x=%5B2%5D",
    "http://h/100%.jpg,                       http://h/100%25.jpg",
    "http://h/50%off%2.jpg,                   http://h/50%25off%252.jpg",
    "http://h/a%20b.jpg,                      http://h/a%20b.jpg",
    "'  https://h/a b.jpg \t',                https://h/a%20b.jpg",
    "HTTP://H:80/A,                           http://h/A",
    "https://h:80/A,                          https://h:80/A",
    "http://h,                                http://h/",
    "http://h?x=1#y,                          http://h/?x=1",
    "http://[::1]:8080/a,                     http://[::1]:8080/a",
    "http://u:p@h/a,                          http://h/a",
  })
  void whatPeopleWriteBecomesAnAddress(String given, String address) {
    assertThat(HttpAddress.of(given)).hasToString(address);
  }

  @ParameterizedTest
  @CsvSource({
    "'http://a\\b/', ''",
    "'http://a b/', ''",
    "http://-a/, ''",
    "http://h:x/, ''",
    "http:///a, ''",
    "http://good.example@evil.example/, evil.example",
  })
  void aHostIsANameOrNothing(String given, String host) {
    assertThat(HttpAddress.of(given).host()).isEqualTo(host);
  }

  @ParameterizedTest
  @CsvSource({
    "b.jpg,            http://h:1/x/b.jpg",
    "/b c.jpg?k=1,     http://h:1/b%20c.jpg?k=1",
    "../b.jpg,         http://h:1/b.jpg",
    "?k=2,             http://h:1/x/?k=2",
    "//other/b.jpg,    http://other/b.jpg",
    "https://other/b,  https://other/b",
    "HTTPS://other/b,  https://other/b",
  })
  void redirectsAreResolved(String location, String address) {
    assertThat(HttpAddress.of("http://h:1/x/a.jpg").redirected(location)).hasToString(address);
  }

  @Test
  void hostsAreAllowedAsPeopleWriteThem() {
    AllowedHosts hosts = AllowedHosts.of(List.of("image_server:8080", "B\u00fccher.example"));
    assertThat(hosts.names())
        .containsExactlyInAnyOrder("image_server:8080", "xn--bcher-kva.example");
    assertThat(hosts.problem(HttpAddress.of("http://image_server:8080/a"))).isEmpty();
    assertThat(hosts.problem(HttpAddress.of("https://b\u00fccher.EXAMPLE/a"))).isEmpty();
    assertThatThrownBy(() -> AllowedHosts.of(List.of("http://h/", "a b")))
        .isInstanceOf(UsageException.class)
        .satisfies(e -> assertThat(((UsageException) e).problems()).hasSize(2));
  }
}
