package io.labelmill.evaluate.read.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.evaluate.read.truth.LabelValue.Kind;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LabelValueTest {
  record Case(Object given, Kind kind, List<String> items) {}

  static Stream<Case> cases() {
    return Stream.of(
        new Case(null, Kind.NONE, List.of()),
        new Case("  ", Kind.NONE, List.of()),
        new Case(" milk bottle ", Kind.TEXT, List.of("milk bottle")),
        new Case("[]", Kind.NONE, List.of()),
        new Case("[\"can\", \"ca\\u0301\"]", Kind.TEXTS, List.of("can", "ca\u0301")),
        new Case("['can', 'carton']", Kind.TEXTS, List.of("can", "carton")),
        new Case("['it\\'s', \"a \\\"b\\\"\"]", Kind.TEXTS, List.of("it's", "a \"b\"")),
        new Case("['caf\\xe9', '\\u00e9']", Kind.TEXTS, List.of("café", "é")),
        new Case("('can',)", Kind.TEXTS, List.of("can")),
        new Case("('can', 'carton')", Kind.TEXTS, List.of("can", "carton")),
        new Case("{'can'}", Kind.TEXTS, List.of("can")),
        new Case("['can' 'carton'\n 'milk']", Kind.TEXTS, List.of("can", "carton", "milk")),
        new Case("[np.str_('can'), np.str_('x')]", Kind.TEXTS, List.of("can", "x")),
        new Case("[np.int64(1), np.int64(0)]", Kind.NUMBERS, List.of("1", "0")),
        new Case("[1. 0. 0.]", Kind.NUMBERS, List.of("1", "0", "0")),
        new Case("[0, 3]", Kind.NUMBERS, List.of("0", "3")),
        new Case("[0.25, 1]", Kind.NUMBERS, List.of("0.25", "1")),
        new Case("[True, False]", Kind.FLAGS, List.of("1", "0")),
        new Case("[true, false]", Kind.FLAGS, List.of("1", "0")),
        new Case("['can', None]", Kind.TEXTS, List.of("can")),
        new Case("{\"choices\": [\"can\", \"x\"]}", Kind.TEXTS, List.of("can", "x")),
        // Labels that have brackets.
        new Case("[other]", Kind.TEXT, List.of("[other]")),
        new Case("(2)", Kind.TEXT, List.of("(2)")),
        new Case("[can, carton]", Kind.TEXT, List.of("[can, carton]")),
        new Case("['can", Kind.TEXT, List.of("['can")),
        new Case("['can' and]", Kind.TEXT, List.of("['can' and]")),
        new Case("[{\"name\": \"can\"}]", Kind.TEXT, List.of("[{\"name\": \"can\"}]")),
        new Case(3, Kind.NUMBER, List.of("3")),
        new Case(3.0, Kind.NUMBER, List.of("3")),
        new Case(new BigDecimal("0.5"), Kind.NUMBER, List.of("0.5")),
        new Case(Arrays.asList("can", null, " "), Kind.TEXTS, List.of("can")),
        new Case(List.of(1L, 0L), Kind.NUMBERS, List.of("1", "0")),
        new Case(List.of(1.0, 0.0), Kind.NUMBERS, List.of("1", "0")),
        new Case(List.of(true, false), Kind.FLAGS, List.of("1", "0")),
        new Case(new String[] {"can", "x"}, Kind.TEXTS, List.of("can", "x")),
        new Case(List.of(), Kind.NONE, List.of()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatACellHolds(Case one) {
    assertThat(LabelValue.of(one.given())).isEqualTo(new LabelValue(one.kind(), one.items()));
  }
}
