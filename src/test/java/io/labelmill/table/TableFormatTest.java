package io.labelmill.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableFormatTest {
  @ParameterizedTest
  @CsvSource({
    "a.parquet,           PARQUET",
    "part-0.snappy.parquet, PARQUET",
    "A.ORC,               ORC",
    "a.b.csv,             CSV",
    "a.csv.gz,            CSV",
    "a.csv.zstd,          CSV",
    "a.csv.zst,           CSV",
    "a.tsv.bz2,           TSV",
    "a.json,              JSON",
    "a.jsonl.lz4,         JSON",
    "a.ndjson.deflate,    JSON",
    "a.jpg,",
    "a.jpg.gz,",
    "csv,",
    "parquet.jpg,",
    "a.csv.gz.gz,",
  })
  void aFileIsOfTheFormatThatItsNameSays(String name, TableFormat format) {
    assertThat(TableFormat.ofFile(name).orElse(null)).isEqualTo(format);
  }

  @Test
  void optionsNameThem() {
    assertThat(TableFormat.named("jsonl")).hasValue(TableFormat.JSON);
    assertThat(TableFormat.named("tsv")).hasValue(TableFormat.TSV);
    assertThat(TableFormat.named("delta")).isEmpty();
    assertThat(TableFormat.written()).containsExactly("parquet", "orc", "csv", "json");
  }

  @Test
  void namesAreQuotedAndPathsAreNoGlobs() {
    assertThat(Columns.quoted("a`b.c")).isEqualTo("`a``b.c`");
    assertThat(TableFiles.literal("/a[1]{b}*?\\")).isEqualTo("/a\\[1\\]\\{b\\}\\*\\?\\\\");
  }
}
