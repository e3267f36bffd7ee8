package io.labelmill.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.labelmill.SparkFixture;
import io.labelmill.TestCheckpoints;
import io.labelmill.command.CapturedTerminal.Ended;
import io.labelmill.demo.FridgePictures;
import io.labelmill.source.LoopbackWeb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images at http addresses, from the command line to the table. */
class HttpImagesIT {
  @TempDir Path folder;
  private final LoopbackWeb web = new LoopbackWeb();
  private Path paths;

  HttpImagesIT() throws IOException {}

  @BeforeAll
  static void startSpark() {
    SparkFixture.spark();
  }

  @BeforeEach
  void serve() throws IOException {
    TestCheckpoints.tiny().write(folder.resolve("tiny"));
    FridgePictures pictures = new FridgePictures(2, 5);
    Path drawn = pictures.write(folder.resolve("drawn"));
    byte[] picture;
    try (Stream<Path> files = Files.walk(drawn)) {
      picture =
          Files.readAllBytes(
              files.filter(file -> file.toString().endsWith(".jpg")).findFirst().orElseThrow());
    }
    web.on(
        "/a%20b.jpg",
        LoopbackWeb.content(picture, "Last-Modified", "Thu, 01 Jan 2026 00:00:01 GMT"));
    paths =
        Files.writeString(
            folder.resolve("paths.csv"),
            String.join(
                "\n",
                "path",
                web.uri("/a b.jpg"),
                web.uri("/none.jpg"),
                "https://other.example/c.jpg",
                "https://user:pass4word@%s/d.jpg".formatted(web.host()),
                ""));
  }

  @AfterEach
  void close() {
    web.close();
  }

  @Test
  void nothingIsFetchedUnlessItsHostIsNamed() {
    Ended ended = score();
    assertThat(ended.problems()).isEmpty();
    assertThat(statuses().values()).hasSize(4).containsOnly("INVALID_INPUT");
    assertThat(ended.out()).as("these could be opened").doesNotContain("nothing can open");
    assertThat(web.requests()).isEmpty();
  }

  @Test
  void imagesOfNamedHostsAreRowsLikeOthers() {
    Ended ended = score("--allow-hosts", web.host());

    assertThat(ended.problems()).isEmpty();
    assertThat(statuses())
        .containsEntry(web.uri("/a b.jpg"), "OK")
        .containsEntry(web.uri("/none.jpg"), "NOT_FOUND")
        .containsEntry("https://other.example/c.jpg", "INVALID_INPUT");
    assertThat(web.requests()).containsExactlyInAnyOrder("GET /a%20b.jpg", "GET /none.jpg");
    List<String> errors = new ArrayList<>();
    for (Row row : rows()) {
      errors.add(row.<String>getAs("error"));
    }
    assertThat(errors)
        .contains(
            null,
            "There is no file " + web.uri("/none.jpg") + " (status 404)",
            "The path https://other.example/c.jpg is on a host that --allow-hosts does not name:"
                + " other.example",
            "The path https://%s/d.jpg holds a user name or password, which is not sent"
                .formatted(web.host()));

    web.forget();
    score("--allow-hosts", web.host(), "--if-exists", "resume", "--retry-failed", "none");
    assertThat(web.requests()).as("known paths cost nothing").isEmpty();
    Ended checked =
        score(
            "--allow-hosts",
            web.host(),
            "--if-exists",
            "resume",
            "--retry-failed",
            "none",
            "--changed",
            "check");
    assertThat(checked.out()).startsWith("nothing to score");
    assertThat(web.requests()).as("or one question each").containsExactly("HEAD /a%20b.jpg");
  }

  @Test
  void anAddressIsNoInputOfItsOwn() {
    Ended ended =
        CapturedTerminal.run(
            "score",
            "--model",
            folder.resolve("tiny").toString(),
            "--input",
            web.uri("/a.jpg"),
            "--output",
            folder.resolve("labels").toString(),
            "--allow-hosts",
            web.host());
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.problems())
        .containsExactly(
            "The input cannot be read: "
                + web.uri("/a.jpg")
                + " is an address: put addresses into a table, a line each of a CSV file for"
                + " example, and name the table.");
  }

  private Ended score(String... more) {
    return CapturedTerminal.run(
        Stream.concat(
                Stream.of(
                    "score",
                    "--model",
                    folder.resolve("tiny").toString(),
                    "--input",
                    paths.toString(),
                    "--output",
                    folder.resolve("labels").toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private List<Row> rows() {
    return SparkFixture.spark().read().parquet(folder.resolve("labels").toString()).collectAsList();
  }

  private Map<String, String> statuses() {
    Map<String, String> statuses = new TreeMap<>();
    rows().forEach(row -> statuses.put(row.getAs("path"), row.getAs("status")));
    return statuses;
  }
}
