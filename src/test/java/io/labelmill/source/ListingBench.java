package io.labelmill.source;

import io.labelmill.SparkFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * How a folder of more subfolders than a page has is listed.
 *
 * <pre>ListingBench FOLDER [subfolders=12000] [files=20]   FOLDER: an empty one, or one from before
 * </pre>
 */
public final class ListingBench {
  private ListingBench() {}

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]).toAbsolutePath();
    int subfolders = args.length > 1 ? Integer.parseInt(args[1]) : 12_000;
    int files = args.length > 2 ? Integer.parseInt(args[2]) : 20;
    for (int i = 0; i < subfolders; i++) {
      Path subfolder = folder.resolve("in/%06d".formatted(i));
      if (Files.notExists(subfolder)) {
        Files.createDirectories(subfolder);
        for (int j = 0; j < files; j++) {
          Files.createFile(subfolder.resolve(j + ".jpg"));
        }
      }
    }
    for (int round = 0; round < 3; round++) {
      list(folder, 10_000);
    }
    System.exit(0);
  }

  private static void list(Path folder, int entries) {
    SparkSession spark = SparkFixture.spark();
    SourceSetup setup = new SourceSetup(spark, SourceOptions.of(folder.toString()));
    ListingParts.Cut cut =
        new ListingParts.Cut(entries, spark.sparkContext().collectionAccumulator());
    long start = System.nanoTime();
    List<Integer> tasks =
        Listing.rows(
                spark,
                setup.broadcast(),
                List.of(new Listing.Root("file:" + folder.resolve("in"), null)),
                cut)
            .javaRDD()
            .glom()
            .map(List<Row>::size)
            .collect();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%,d files by %d tasks, of which %d have some, the most %,d: %.2f s%n",
        tasks.stream().mapToInt(Integer::intValue).sum(),
        tasks.size(),
        tasks.stream().filter(size -> size > 0).count(),
        tasks.stream().mapToInt(Integer::intValue).max().orElse(0),
        seconds);
  }
}
