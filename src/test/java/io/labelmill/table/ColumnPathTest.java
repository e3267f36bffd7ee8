package io.labelmill.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class ColumnPathTest {
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "image struct<bytes: binary, path: string>, `image.path` int, Meta struct<`a.b`:"
              + " struct<C: double>, x: array<struct<y: int>>>, meta2 string");

  private static List<String> parts(String name) {
    return ColumnPath.find(SCHEMA, name).map(ColumnPath::parts).orElse(List.of());
  }

  @Test
  void dotsLeadIntoColumns() {
    assertThat(parts("image")).containsExactly("image");
    assertThat(parts("image.bytes")).containsExactly("image", "bytes");
    assertThat(parts("image.path")).as("a whole name first").containsExactly("image.path");
    assertThat(parts("Meta.a.b.C")).containsExactly("Meta", "a.b", "C");
    assertThat(parts("META.A.B.c")).as("case aside").containsExactly("Meta", "a.b", "C");
    assertThat(parts("meta2")).containsExactly("meta2");
    for (String none : List.of("none", "image.none", "meta2.x", "Meta.x.y", ".", "image.", "")) {
      assertThat(parts(none)).as(none).isEmpty();
    }
  }

  @Test
  void aPathHasTypeNameAndColumn() {
    ColumnPath found = ColumnPath.find(SCHEMA, "Meta.a.b.C").orElseThrow();
    assertThat(found.type()).isEqualTo(DataTypes.DoubleType);
    assertThat(found.name()).isEqualTo("C");
    assertThat(found.isWhole()).isFalse();
    assertThat(found).hasToString("Meta.a.b.C");
    ColumnPath image = ColumnPath.find(SCHEMA, "image").orElseThrow();
    assertThat(image.isWhole()).isTrue();
    assertThat(image.field("path"))
        .isEqualTo(new ColumnPath(List.of("image", "path"), DataTypes.StringType));
  }
}
