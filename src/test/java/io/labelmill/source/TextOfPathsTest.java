package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.error.InputException;
import io.labelmill.table.TableFormat;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TextOfPathsTest {
  static Stream<String> names() {
    return Stream.of(TableFormat.values()).flatMap(format -> format.names().stream());
  }

  @ParameterizedTest
  @MethodSource("names")
  void aTableInACompressionThatIsNotReadIsRefused(String name) {
    assertThatThrownBy(() -> refuse("a." + name.toUpperCase(Locale.ROOT) + ".Br"))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "The input given is a table that is compressed as .br, which is not read: decompress"
                + " it, or compress it by gzip or zstd instead.");
  }

  @Test
  void aPictureOfThatEndingIsAPicture() {
    assertThatCode(() -> refuse("a.jpg.br")).doesNotThrowAnyException();
  }

  private static void refuse(String name) {
    TextOfPaths.refuse(
        "given",
        new FileStatus(1, false, 1, 1, 1, new Path("/nowhere/" + name)),
        new Configuration());
  }
}
