package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.source.ListingParts.Cut;
import io.labelmill.source.ListingParts.Depth;
import io.labelmill.source.ListingParts.Part;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.functional.RemoteIterators;
import org.apache.spark.util.CollectionAccumulator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listings that end early, that meet folders which went, and those of stores that others made. */
@Timeout(60)
class ListingTest {
  @TempDir private Path folder;

  @BeforeEach
  void fill() throws IOException {
    for (String name : List.of("a/1.jpg", "b/2.jpg", "c/d/3.jpg", "4.jpg", "5.jpg")) {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.writeString(folder.resolve(name), "jpeg");
    }
  }

  @Test
  void aLookThatEndsAtSomeEntriesLeavesNothingOpen() throws IOException {
    for (int entries = 0; entries < 6; entries++) {
      ListingParts parts =
          ListingParts.of(
              List.of(root()),
              new Configuration(),
              32,
              new Cut(entries, new CollectionAccumulator<>()));
      assertThat(parts.listed()).isNotEmpty();
      assertThat(open()).isEmpty();
    }
  }

  @Test
  void theFirstOfAGlobLeavesNothingOpen() throws IOException {
    Configuration configuration = new Configuration();
    Files.writeString(folder.resolve("shard-0.tar"), "");
    Files.writeString(folder.resolve("shard-1.tar"), "");
    assertThat(SideFiles.firstOf(folder + "/shard-*.tar", configuration).getName())
        .startsWith("shard-");
    assertThat(open()).isEmpty();
  }

  @Test
  void aLookAtWhatAnInputIsLeavesNothingOpen() throws IOException {
    assertThat(Inputs.find(List.of(folder.toString()), "auto", new Configuration()))
        .singleElement()
        .isInstanceOf(Input.Images.class);
    assertThat(open()).isEmpty();
  }

  @Test
  void filesThatAreLeftAreClosed() throws IOException {
    try (ListedFiles files = Listing.files(root(), new Configuration())) {
      files.next();
      assertThat(open()).isNotEmpty();
    }
    assertThat(open()).isEmpty();
  }

  @Test
  void foldersThatAreLeftAreClosed() throws IOException {
    try (ListedFolders folders = folders("")) {
      folders.next();
      assertThat(open()).isNotEmpty();
    }
    assertThat(open()).isEmpty();
  }

  @Test
  void aWideFolderGivesItsSubfolders() {
    List<String> found = new ArrayList<>();
    folders("").forEachRemaining(part -> found.add(part.folder() + " " + part.depth()));
    assertThat(found)
        .containsExactlyInAnyOrder(
            "file:" + folder + "/a TREE",
            "file:" + folder + "/b TREE",
            "file:" + folder + "/c TREE");
  }

  @Test
  void aWideFolderThatWentHasNone() {
    assertThat(folders("/gone")).isExhausted();
  }

  @Test
  void aWideFolderThatIsFoundGoneLaterHasNone() {
    Configuration configuration = far();
    Part part = new Part(new Listing.Root("far:/x", null), "far:/x/late", Depth.TREE);
    assertThat(new ListedFolders(part, configuration, null)).isExhausted();
  }

  @Test
  void aWideFolderThatCannotBeListedIsToldByItsName() {
    Configuration configuration = far();
    Part part = new Part(new Listing.Root("far:/x", null), "far:/x/closed", Depth.TREE);
    assertThatThrownBy(() -> new ListedFolders(part, configuration, null))
        .hasMessage("The input far:/x/closed cannot be listed: java.io.IOException: closed");
  }

  /** {@link FileSystem#getScheme} is there for service files alone, and throws by default. */
  @Test
  void aConnectorWithoutAWordOfItsSchemeIsListed() {
    Configuration configuration = far();
    assertThatThrownBy(() -> new Far().getScheme())
        .isInstanceOf(UnsupportedOperationException.class);
    try (ListedFiles files = Listing.files(new Listing.Root("far:/x", null), configuration)) {
      assertThat(files)
          .toIterable()
          .extracting(file -> file.getPath().toString())
          .containsExactly("far:/x/a.jpg");
    }
  }

  /** Where {@code far:} is {@link Far}, and no other test's. */
  private static Configuration far() {
    Configuration configuration = new Configuration();
    configuration.setClass("fs.far.impl", Far.class, FileSystem.class);
    configuration.setBoolean("fs.far.impl.disable.cache", true);
    return configuration;
  }

  private Listing.Root root() {
    return new Listing.Root("file:" + folder, null);
  }

  private ListedFolders folders(String below) {
    return new ListedFolders(
        new Part(root(), "file:" + folder + below, Depth.TREE), new Configuration(), null);
  }

  /** What this process has open of the folder. */
  private List<Path> open() throws IOException {
    List<Path> open = new ArrayList<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.isSymbolicLink(descriptor)) {
          open.add(Files.readSymbolicLink(descriptor));
        }
      }
    }
    return open.stream().filter(path -> path.startsWith(folder)).toList();
  }

  /** A store whose folders have one image each. */
  public static final class Far extends FilterFileSystem {
    public Far() {
      super(new RawLocalFileSystem());
    }

    @Override
    public URI getUri() {
      return URI.create("far:///");
    }

    @Override
    public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) {
      return new FileStatus(0, true, 1, 1, 0, path);
    }

    @Override
    public RemoteIterator<FileStatus> listStatusIterator(org.apache.hadoop.fs.Path path)
        throws IOException {
      return switch (path.getName()) {
        case "closed" -> throw new IOException("closed");
        case "late" ->
            new RemoteIterator<>() {
              @Override
              public boolean hasNext() throws IOException {
                throw new FileNotFoundException("late");
              }

              @Override
              public FileStatus next() {
                throw new NoSuchElementException();
              }
            };
        default ->
            RemoteIterators.remoteIteratorFromSingleton(
                new FileStatus(1, false, 1, 1, 0, new org.apache.hadoop.fs.Path(path, "a.jpg")));
      };
    }
  }
}
