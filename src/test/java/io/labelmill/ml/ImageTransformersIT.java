package io.labelmill.ml;

import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.labelmill.LoggedLines;
import io.labelmill.Reference;
import io.labelmill.SparkFixture;
import io.labelmill.error.InputException;
import io.labelmill.error.UsageException;
import io.labelmill.model.ExecutorModels;
import io.labelmill.option.Settings;
import io.labelmill.score.Progress;
import io.labelmill.score.ScoreJob;
import io.labelmill.score.ScoreOptions;
import io.labelmill.score.ScoreOptions.Embedding;
import io.labelmill.score.ScoreOptions.Execution;
import io.labelmill.sink.IfExists;
import io.labelmill.sink.OutputOptions;
import io.labelmill.source.SourceOptions;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageTransformersIT {
  private static final SparkSession SPARK = SparkFixture.spark();
  private static final Path MODELS = Reference.golden().resolve("models");
  private static final String MODEL = MODELS.resolve("e-beit-multilabel-containers").toString();
  private static final String[] RESULT = {
    "path",
    "status",
    "error",
    "label",
    "label_index",
    "score",
    "labels",
    "predictions",
    "width",
    "height",
    "bytes",
    "content_version",
    "model",
    "model_sha256",
    "settings_sha256",
    "precision"
  };

  @TempDir Path folder;
  private Dataset<Row> paths;

  @BeforeEach
  void images() throws IOException {
    Path good = folder.resolve("a.png");
    Files.copy(MODELS.resolve("e-beit-multilabel-containers/example.png"), good);
    Path bad = Files.writeString(folder.resolve("b.png"), "no image");
    paths =
        SPARK.createDataFrame(
            List.of(
                RowFactory.create(good.toString(), 1),
                RowFactory.create(bad.toString(), 2),
                RowFactory.create(null, 3)),
            new StructType()
                .add("image_url", DataTypes.StringType)
                .add("shelf", DataTypes.IntegerType));
  }

  @Test
  void labellingIsThatOfTheJob() throws IOException {
    try (ImageLabeler labeler = new ImageLabeler().setModel(MODEL).setTopK(2)) {
      Dataset<Row> labelled = labeler.transform(paths);
      assertThat(labelled.columns()).startsWith("path", "shelf", "status");
      assertThat(labelled.schema()).isEqualTo(labeler.transformSchema(paths.schema()));
      assertThat(labelled.orderBy("shelf").selectExpr(RESULT).collectAsList())
          .isEqualTo(job(scoring(2)).orderBy("shelf").selectExpr(RESULT).collectAsList());
      assertThat(labelled.filter("status = 'OK'").count()).isEqualTo(1);
    }
  }

  @Test
  void embeddingIsThatOfTheJob() throws IOException {
    try (ImageEmbedder embedder = new ImageEmbedder().setModel(MODEL)) {
      Dataset<Row> embedded = embedder.transform(paths);
      assertThat(embedded.schema()).isEqualTo(embedder.transformSchema(paths.schema()));
      String[] columns = {"path", "status", "embedding", "settings_sha256"};
      assertThat(embedded.orderBy("shelf").selectExpr(columns).collectAsList())
          .isEqualTo(job(Embedding.PLAIN).orderBy("shelf").selectExpr(columns).collectAsList());
      embedder.setNormalize("l2").setPool("cls");
      Row other = embedder.transform(paths).filter("status = 'OK'").first();
      List<Float> vector = other.getList(other.fieldIndex("embedding"));
      assertThat(vector.stream().mapToDouble(x -> x * x).sum())
          .as("another value opens the model anew")
          .isBetween(1 - 1e-6, 1 + 1e-6);
    }
  }

  private static ScoreOptions.Scoring scoring(int topK) {
    return new ScoreOptions.Scoring(
        io.labelmill.score.Activation.AUTO,
        Optional.empty(),
        OptionalInt.of(topK),
        io.labelmill.score.KeptScores.TOP,
        io.labelmill.decode.Orientation.UPRIGHT,
        ScoreOptions.Scoring.DEFAULT_MAX_PIXELS);
  }

  private Dataset<Row> job(io.labelmill.score.RowOptions rows) throws IOException {
    String input = folder.resolve("paths.parquet").toString();
    String output = folder.resolve("table").toString();
    paths.coalesce(1).write().parquet(input);
    ScoreJob.run(
        SPARK,
        new ScoreOptions(
            new ScoreOptions.Model(MODEL, Optional.empty(), Optional.empty()),
            new Settings()
                .with(SourceOptions.INPUT, List.of(input))
                .with(SourceOptions.KEEP, List.of("shelf"))
                .as(SourceOptions::read),
            rows,
            OutputOptions.of(output, IfExists.FAIL),
            new Execution(OptionalInt.empty(), OptionalLong.empty(), 1),
            new TreeMap<>()),
        Progress.SILENT);
    return SPARK.read().parquet(output);
  }

  @Test
  void contentsAreReadFromAColumn() throws IOException {
    byte[] png = Files.readAllBytes(folder.resolve("a.png"));
    Dataset<Row> contents =
        SPARK.createDataFrame(
            Arrays.asList(RowFactory.create(png, "x"), RowFactory.create(null, "y")),
            new StructType().add("png", DataTypes.BinaryType).add("name", DataTypes.StringType));
    try (ImageLabeler labeler =
        new ImageLabeler().setModel(MODEL).setContentColumn("png").setScores("all")) {
      Dataset<Row> labelled = labeler.transform(contents).orderBy("name");
      assertThat(labelled.columns()).contains("name", "scores").doesNotContain("png");
      assertThat(labelled.selectExpr("name", "status").collectAsList())
          .containsExactly(RowFactory.create("x", "OK"), RowFactory.create("y", "INVALID_INPUT"));
    }
  }

  @Test
  void aPipelineIsSavedAndLoaded() throws IOException {
    ImageLabeler labeler = new ImageLabeler().setModel(MODEL).setThreshold("can=0.1").setTopK(1);
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  labeler,
                  new SQLTransformer()
                      .setStatement("SELECT shelf, label FROM __THIS__ WHERE status = 'OK'")
                });
    List<Row> expected = pipeline.fit(paths).transform(paths).collectAsList();
    assertThat(expected).hasSize(1);
    String saved = folder.resolve("pipeline").toString();
    pipeline.fit(paths).write().save(saved);
    PipelineModel loaded = PipelineModel.load(saved);
    assertThat(loaded.transform(paths).collectAsList()).isEqualTo(expected);
    ImageLabeler stage = (ImageLabeler) loaded.stages()[0];
    assertThat(stage.uid()).isEqualTo(labeler.uid());
    assertThat(stage.getOrDefault(stage.threshold())).isEqualTo("can=0.1");
    String alone = folder.resolve("embedder").toString();
    new ImageEmbedder("mine").setModel(MODEL).setPool("mean").write().save(alone);
    ImageEmbedder embedder = ImageEmbedder.load(alone);
    assertThat(embedder.uid()).isEqualTo("mine");
    assertThat(embedder.getOrDefault(embedder.pool())).isEqualTo("mean");
    String labelerAlone = folder.resolve("labeler").toString();
    labeler.write().save(labelerAlone);
    assertThat(ImageLabeler.load(labelerAlone).uid()).isEqualTo(labeler.uid());
    stage.close();
    embedder.close();
    labeler.close();
  }

  @Test
  void labelsAndVectorsComeOfOnePass() {
    try (ImageEmbedder both =
            new ImageEmbedder().setModel(MODEL).setWithScores(true).setTopK(1).setScores("all");
        ImageEmbedder vectors = new ImageEmbedder().setModel(MODEL);
        ImageLabeler labels = new ImageLabeler().setModel(MODEL).setTopK(1).setScores("all")) {
      Dataset<Row> rows = both.transform(paths).orderBy("shelf");
      assertThat(rows.schema()).isEqualTo(both.transformSchema(paths.schema()));
      assertThat(rows.select("embedding").collectAsList())
          .isEqualTo(vectors.transform(paths).orderBy("shelf").select("embedding").collectAsList());
      assertThat(rows.select("predictions", "scores").collectAsList())
          .isEqualTo(
              labels
                  .transform(paths)
                  .orderBy("shelf")
                  .select("predictions", "scores")
                  .collectAsList());
    }
  }

  @Test
  void theResizeBackendIsChosen() {
    String[] columns = {"predictions", "settings_sha256"};
    try (ImageLabeler auto = new ImageLabeler().setModel(MODEL);
        ImageLabeler pillow = new ImageLabeler().setModel(MODEL).setResizeBackend("pillow");
        ImageLabeler other = new ImageLabeler().setModel(MODEL).setResizeBackend("torchvision")) {
      Row own = auto.transform(paths).filter("status = 'OK'").selectExpr(columns).first();
      assertThat(pillow.transform(paths).filter("status = 'OK'").selectExpr(columns).first())
          .isEqualTo(own);
      Row different = other.transform(paths).filter("status = 'OK'").selectExpr(columns).first();
      assertThat(different.get(0)).isNotEqualTo(own.get(0));
      assertThat(different.get(1)).isNotEqualTo(own.get(1));
    }
    assertThatThrownBy(() -> new ImageLabeler().setResizeBackend("pil"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("resizeBackend");
  }

  @Test
  void theArithmeticIsChosen() {
    String model = MODELS.resolve("a-beit-meanpool-relpos").toString();
    try (ImageLabeler fp32 = new ImageLabeler().setModel(model);
        ImageLabeler int8 = new ImageLabeler().setModel(model).setPrecision("int8")) {
      Row exact = fp32.transform(paths).filter("status = 'OK'").first();
      Row close = int8.transform(paths).filter("status = 'OK'").first();
      assertThat(exact.<String>getAs("precision")).isEqualTo("fp32");
      assertThat(close.<String>getAs("precision")).isEqualTo("int8");
      assertThat(close.<Float>getAs("score"))
          .isNotEqualTo(exact.<Float>getAs("score"))
          .isCloseTo(exact.<Float>getAs("score"), Offset.offset(0.1f));
    }
    try (LoggedLines logged = new LoggedLines(ImageTransformer.class);
        ImageLabeler magnifies = new ImageLabeler().setModel(MODEL).setPrecision("int8")) {
      magnifies.transform(paths).collectAsList();
      assertThat(logged.lines()).anyMatch(line -> line.startsWith("In int8, "));
    }
    assertThatThrownBy(
            () ->
                new ImageLabeler()
                    .setModel(MODEL)
                    .setPrecision("int8")
                    .setBatchSize(4)
                    .transform(paths))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("--batch-size is 4: leave --batch-size out");
    assertThatThrownBy(
            () ->
                new ImageLabeler()
                    .setModel(MODEL)
                    .setPrecision("int8")
                    .setDevice("gpu:0")
                    .transform(paths))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--precision int8 is for processors, and --device is gpu:0");
  }

  @Test
  void imagesAreFetchedFromAllowedHostsOnly() throws IOException {
    byte[] png = Files.readAllBytes(folder.resolve("a.png"));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/a.png",
        exchange -> {
          exchange.sendResponseHeaders(200, png.length);
          try (var body = exchange.getResponseBody()) {
            body.write(png);
          }
        });
    server.start();
    String host = "127.0.0.1:" + server.getAddress().getPort();
    Dataset<Row> web =
        SPARK.createDataFrame(
            List.of(RowFactory.create("http://" + host + "/a.png")),
            new StructType().add("path", DataTypes.StringType));
    try (ImageLabeler closed = new ImageLabeler().setModel(MODEL);
        ImageLabeler open =
            new ImageLabeler().setModel(MODEL).setAllowHosts("images.example.com, " + host)) {
      assertThat(closed.transform(web).first().<String>getAs("status")).isEqualTo("INVALID_INPUT");
      assertThat(open.transform(web).first().<String>getAs("status")).isEqualTo("OK");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void mistakesAreTold() {
    assertThatThrownBy(() -> new ImageLabeler().transform(paths))
        .isInstanceOf(UsageException.class)
        .hasMessage("model is not set: call setModel");
    assertThatThrownBy(() -> new ImageLabeler().setModel("/none").transform(paths))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("/none does not exist");
    assertThatThrownBy(
            () -> new ImageLabeler().setModel(MODEL).setPathColumn("uri").transform(paths))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has no column uri, which --path-column names");
    assertThatThrownBy(() -> new ImageLabeler().setScores("some"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("scores given invalid value some");
    assertThatThrownBy(() -> new ImageEmbedder().setModel(MODEL).setTopK(2).transform(paths))
        .isInstanceOf(UsageException.class)
        .hasMessage("topK changes nothing without withScores: set it, or leave this out");
    assertThatThrownBy(() -> new ImageLabeler().setModel(MODEL).setTopK(9).transform(paths))
        .isInstanceOf(UsageException.class)
        .hasMessage("--top-k is 9, but the model has 4 labels");
    assertThatThrownBy(
            () ->
                new ImageLabeler()
                    .setModel(MODEL)
                    .transform(paths.withColumnRenamed("shelf", "label")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("label");
  }

  private static final StructType PATH = new StructType().add("path", DataTypes.StringType);

  /** So many rows of one picture. */
  private Dataset<Row> pictures(int rows, int partitions) {
    Row picture = RowFactory.create(folder.resolve("a.png").toString());
    return SPARK.createDataFrame(Collections.nCopies(rows, picture), PATH).repartition(partitions);
  }

  @Test
  void twoModelsInOneApplicationAreOpenedOnceEach() {
    int before = ExecutorModels.loads();
    try (ImageLabeler labeler = new ImageLabeler().setModel(MODEL);
        ImageEmbedder embedder = new ImageEmbedder().setModel(MODEL)) {
      Dataset<Row> images = pictures(12, 12);
      Dataset<Row> both =
          labeler
              .transform(images)
              .select("path", "status")
              .unionAll(embedder.transform(images).select("path", "status"));
      // Tasks of both in turn.
      for (int i = 0; i < 3; i++) {
        assertThat(both.where("status = 'OK'").count()).isEqualTo(24);
      }
      assertThat(ExecutorModels.loads() - before).isEqualTo(2);
      assertThat(ExecutorModels.open()).isEqualTo(2);
    }
    assertThat(ExecutorModels.open()).isZero();
  }

  @Test
  void copiesShareTheModelOfWhatTheyWereCopiedFrom() throws IOException {
    int before = ExecutorModels.loads();
    int folders = scratchFolders();
    ImageLabeler labeler = new ImageLabeler().setModel(MODEL);
    List<Dataset<Row>> given = new ArrayList<>();
    for (double threshold : new double[] {0.1, 0.5, 0.9}) {
      ParamMap params = new ParamMap().put(labeler.threshold(), "" + threshold);
      given.add(labeler.transform(paths, params));
    }
    Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {labeler});
    PipelineModel fitted = pipeline.copy(ParamMap.empty()).fit(paths);
    given.add(fitted.copy(ParamMap.empty()).transform(paths));
    assertThat(labeler.openGraphs()).isEqualTo(1);
    assertThat(scratchFolders()).isEqualTo(folders + 1);
    for (Dataset<Row> rows : given) {
      assertThat(rows.where("status = 'OK'").count()).isEqualTo(1);
    }
    assertThat(ExecutorModels.loads() - before).isEqualTo(1);
    assertThat(given.get(0).select("settings_sha256").first())
        .as("each with its own params")
        .isNotEqualTo(given.get(1).select("settings_sha256").first());
    labeler.transform(paths, new ParamMap().put(labeler.precision(), "int8"));
    assertThat(labeler.openGraphs()).as("other arithmetic is another graph").isEqualTo(2);
    assertThat(scratchFolders()).as("of the same checkpoint").isEqualTo(folders + 1);
    labeler.close();
    assertThat(given.get(3).where("status = 'OK'").count()).as("a copy's own").isEqualTo(1);
    ImageLabeler other = new ImageLabeler(labeler.uid()).setModel(MODEL);
    other.transform(paths);
    assertThat(scratchFolders())
        .as("no copy, which looks at the files anew")
        .isGreaterThan(folders + 1);
    other.close();
  }

  @Test
  void whatNobodyCanReachIsReleased() throws Exception {
    ImageLabeler labeler = new ImageLabeler().setModel(MODEL);
    collected(() -> true);
    int folders = scratchFolders();
    int broadcasts = broadcasts();
    for (int call = 0; call < 5; call++) {
      ParamMap params = new ParamMap().put(labeler.topK(), 1 + call % 3);
      assertThat(labeler.transform(paths, params).count()).isEqualTo(3);
    }
    collected(() -> labeler.openGraphs() == 0 && scratchFolders() <= folders);
    assertThat(labeler.openGraphs()).isZero();
    assertThat(scratchFolders()).isLessThanOrEqualTo(folders);
    collected(() -> broadcasts() <= broadcasts);
    assertThat(broadcasts()).isLessThanOrEqualTo(broadcasts);
    assertThat(ExecutorModels.open()).isZero();
  }

  @Test
  void rowsOfAClosedStageSaySo() {
    ImageLabeler labeler = new ImageLabeler().setModel(MODEL);
    Dataset<Row> rows = labeler.transform(paths);
    Dataset<Row> kept = labeler.transform(paths).cache();
    assertThat(kept.count()).isEqualTo(3);
    assertThat(rows.count()).isEqualTo(3);
    labeler.close();
    assertThatThrownBy(rows::count)
        .rootCause()
        .hasMessageContaining(
            "the stage that these rows come from was closed, and its model with it: read or write"
                + " what transform gives before close, or call transform again");
    assertThat(kept.where("status = 'OK'").count()).as("rows that were kept").isEqualTo(1);
    kept.unpersist();
    assertThat(labeler.transform(paths).where("status = 'OK'").count()).isEqualTo(1);
    labeler.close();
  }

  @Test
  void manyPathsOfOneSmallFileAreManyTasks() {
    String file = folder.resolve("many.parquet").toString();
    SPARK
        .range(100_000)
        .selectExpr("concat('/images/shelf/', id, '.jpg') AS path")
        .coalesce(1)
        .write()
        .parquet(file);
    Dataset<Row> many = SPARK.read().parquet(file);
    try (ImageLabeler labeler = new ImageLabeler().setModel(MODEL)) {
      assertThat(tasks(labeler.transform(many))).isBetween(50, 5_000);
      assertThat(tasks(labeler.setRepartition("none").transform(many))).isEqualTo(1);
      assertThat(tasks(labeler.setRepartition("48").transform(many))).isEqualTo(48);
      labeler.setRepartition("auto");
      assertThat(tasks(labeler.transform(paths))).as("a few rows").isEqualTo(2);
      assertThat(tasks(labeler.transform(many.repartition(7))))
          .as("as the caller laid them out")
          .isEqualTo(7);
      Dataset<Row> joined = many.join(many.withColumnRenamed("path", "other")).limit(5);
      assertThat(tasks(labeler.transform(joined))).as("nobody knows how many").isEqualTo(8);
      Dataset<Row> contents = many.selectExpr("cast(path AS binary) AS png");
      assertThat(tasks(labeler.setContentColumn("png").transform(contents)))
          .as("contents are not moved")
          .isEqualTo(1);
      assertThat(tasks(labeler.setRepartition("5").transform(contents))).isEqualTo(5);
    }
  }

  /** As a Dataset says what its numbers stand for, and Spark's own stages read it. */
  @Test
  void namesThatAColumnGivesItsNumbersStay() {
    NominalAttribute shelves =
        NominalAttribute.defaultAttr().withName("shelf").withValues("none", "cold", "dry", "top");
    Dataset<Row> named = paths.withMetadata("shelf", shelves.toMetadata());
    try (ImageLabeler labeler = new ImageLabeler().setModel(MODEL)) {
      Dataset<Row> labelled = labeler.transform(named);
      assertThat(labelled.schema()).isEqualTo(labeler.transformSchema(named.schema()));
      assertThat(
              new IndexToString()
                  .setInputCol("shelf")
                  .setOutputCol("shelf_name")
                  .transform(labelled)
                  .orderBy("shelf")
                  .select("shelf_name")
                  .as(Encoders.STRING())
                  .collectAsList())
          .containsExactly("cold", "dry", "top");
    }
  }

  /** Fields within a column may differ in case alone, and there are types that nothing casts to. */
  @Test
  void columnsOfUnusualTypesStay() {
    Dataset<Row> unusual =
        paths
            .withColumn("both", expr("named_struct('A', 1, 'a', 2)"))
            .withColumn("age", expr("INTERVAL '3 4' DAY TO HOUR"));
    try (ImageLabeler labeler = new ImageLabeler().setModel(MODEL)) {
      Dataset<Row> labelled = labeler.transform(unusual);
      assertThat(labelled.schema()).isEqualTo(labeler.transformSchema(unusual.schema()));
      Row row = labelled.where("status = 'OK'").first();
      assertThat(row.getStruct(row.fieldIndex("both"))).isEqualTo(RowFactory.create(1, 2));
      assertThat(row.get(row.fieldIndex("age"))).isEqualTo(Duration.ofHours(76));
    }
  }

  @Test
  void aDatasetWithLabelsKeepsThem() {
    Dataset<Row> labelled = paths.withColumnRenamed("shelf", "label");
    try (ImageLabeler labeler = new ImageLabeler().setModel(MODEL).setOutputPrefix("of_")) {
      Dataset<Row> prefixed = labeler.transform(labelled);
      assertThat(prefixed.schema()).isEqualTo(labeler.transformSchema(labelled.schema()));
      Row row = prefixed.where("of_status = 'OK'").select("label", "of_label").first();
      assertThat(row.getInt(0)).isEqualTo(1);
      labeler.clear(labeler.outputPrefix());
      Dataset<Row> nested = labeler.setOutputCol("result").transform(labelled);
      assertThat(nested.schema()).isEqualTo(labeler.transformSchema(labelled.schema()));
      assertThat(nested.where("result.status = 'OK'").select("label", "result.label").first())
          .isEqualTo(row);
    }
  }

  private static int tasks(Dataset<Row> rows) {
    return rows.javaRDD().getNumPartitions();
  }

  /** Folders of opened checkpoints. */
  private static int scratchFolders() {
    int folders = 0;
    for (File disk : SparkEnv.get().blockManager().diskBlockManager().localDirs()) {
      folders += disk.list((parent, name) -> name.startsWith("labelmill-")).length;
    }
    return folders;
  }

  private static int broadcasts() {
    return SparkEnv.get().blockManager().getMatchingBlockIds(id -> id.isBroadcast()).size();
  }

  /** Collects garbage until something is so, for at most half a minute. */
  private static void collected(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      System.gc();
      Thread.sleep(100);
      if (condition.getAsBoolean()) {
        return;
      }
    }
  }
}
