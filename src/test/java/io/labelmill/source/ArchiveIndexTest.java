package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.labelmill.checkpoint.Sha256;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveIndexTest {
  private static final int MANY = 1_000_000;

  private final Configuration configuration = new Configuration();
  private final ImageReader reader = new ImageReader(configuration);

  @TempDir private Path folder;

  /** A shard that the library WebDataset wrote, with the sums that it read: see references. */
  @Test
  void aShardOfWebDatasetIsReadAsItsLibraryReadsIt() throws Exception {
    Path shard = Path.of("src/test/resources/archives/webdataset.tar");
    List<ArchiveIndex.Image> images = images(shard, List.of("cls", "json", "txt"));
    assertThat(images)
        .extracting(ArchiveIndex.Image::name)
        .containsExactly(
            "train/shop.0/img_00.png",
            "train/shop.1/img_01.png",
            "train/shop.2/img_02.png",
            "train/shop.3/img_03.png",
            "train/shop.4/img_04.png",
            "train/shop.5/img_05.png");
    assertThat(images)
        .extracting(image -> image.kept().get(0))
        .containsExactly("0", "1", "2", "3", "0", "1");
    assertThat(images.get(1).kept().get(1)).contains("\"labels\": [\"can\", \"carton\"]");
    assertThat(images).extracting(image -> image.kept().get(2)).containsOnlyNulls();
    assertThat(Sha256.of(read(images.get(0))))
        .isEqualTo("912720323ab50e9cc10ed22bf38bc1ea4e19f2bad5ca4725f4fac4671af9755c");
    assertThat(Sha256.of(read(images.get(5))))
        .isEqualTo("19dc91181da01372384412040046aa0cb3af1165dc9c6ae2918a8755a7c867be");
  }

  @Test
  void membersOfAZipAreReadStoredAndDeflated() throws Exception {
    byte[] noise = noise(5_000);
    byte[] text = "word ".repeat(500).getBytes(StandardCharsets.UTF_8);
    Path zip = folder.resolve("a.ZIP");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      stored(out, "deep/ü.jpg", noise);
      deflated(out, "deep/ü.json", "{\"x\": 1}\n".getBytes(StandardCharsets.UTF_8));
      deflated(out, "b.bmp", text);
      out.putNextEntry(new ZipEntry("folder/"));
      deflated(out, "__MACOSX/deep/._ü.jpg", text);
      deflated(out, ".hidden.png", text);
    }
    List<ArchiveIndex.Image> images = images(zip, List.of("json"));
    assertThat(images).extracting(ArchiveIndex.Image::name).containsExactly("deep/ü.jpg", "b.bmp");
    assertThat(images.get(0).kept()).containsExactly("{\"x\": 1}");
    assertThat(read(images.get(0))).isEqualTo(noise);
    assertThat(read(images.get(1))).isEqualTo(text);
    assertThat(images.get(1).member().stored()).isLessThan(text.length);
  }

  @Test
  void sideFilesBelongToTheImagesOfTheirKeyAndAreRowsWithoutOne() throws Exception {
    Path tar = folder.resolve("a.tar");
    try (TarArchiveOutputStream out = tar(tar)) {
      member(out, "readme.txt", "read me");
      member(out, "a.left.jpg", "left");
      member(out, "a.right.jpg", "right");
      member(out, "a.cls", "7\n");
      member(out, "b.cls", "8");
      member(out, "c.png", "c");
    }
    List<ArchiveIndex.Image> images = images(tar, List.of("cls"));
    assertThat(images)
        .extracting(ArchiveIndex.Image::name)
        .containsExactly("readme.txt", "a.left.jpg", "a.right.jpg", "b.cls", "c.png");
    assertThat(images)
        .extracting(image -> image.kept().get(0))
        .containsExactly(null, "7", "7", null, null);
  }

  @Test
  void aCutTarCostsItsRest() throws Exception {
    Path whole = folder.resolve("whole.tar");
    try (TarArchiveOutputStream out = tar(whole)) {
      member(out, "a.jpg", "a".repeat(700));
      member(out, "b.jpg", "b".repeat(700));
      member(out, "c.jpg", "c".repeat(700));
    }
    byte[] bytes = Files.readAllBytes(whole);
    assertThat(images(whole, List.of())).hasSize(3);
    // Each member has a header of 512 bytes and contents of two blocks: within the second's.
    List<ArchiveIndex.Image> within = images(cut(bytes, 1536 + 512 + 100), List.of());
    assertThat(within).extracting(ArchiveIndex.Image::name).containsExactly("a.jpg", "b.jpg");
    assertThat(within.get(0).problem()).isNull();
    assertThat(within.get(1).problem())
        .isEqualTo("The archive ends after 2148 bytes, within this member: it was cut.");
    // Between two members, and within a header.
    for (int end : new int[] {2 * 1536, 2 * 1536 + 100}) {
      List<ArchiveIndex.Image> between = images(cut(bytes, end), List.of());
      assertThat(between)
          .extracting(ArchiveIndex.Image::name)
          .containsExactly("a.jpg", "b.jpg", "");
      assertThat(between.get(2).problem())
          .matches(
              "The archive (ends after "
                  + end
                  + " bytes without the mark that ends a tar: it may have been cut, and members"
                  + " behind that are not known"
                  + "|cannot be read on behind byte 3072 \\(.*\\): members behind it are not"
                  + " known)\\.");
    }
  }

  @Test
  void damageWithinATarCostsItsRest() throws Exception {
    Path whole = folder.resolve("whole.tar");
    try (TarArchiveOutputStream out = tar(whole)) {
      member(out, "a.jpg", "a");
      member(out, "b.jpg", "b");
    }
    byte[] bytes = Files.readAllBytes(whole);
    Arrays.fill(bytes, 1024, 1536, (byte) 'x');
    Path damaged = Files.write(folder.resolve("damaged.tar"), bytes);
    List<ArchiveIndex.Image> images = images(damaged, List.of());
    assertThat(images).extracting(ArchiveIndex.Image::name).containsExactly("a.jpg", "");
    assertThat(images.get(1).problem())
        .startsWith("The archive cannot be read on behind byte 1024 (")
        .endsWith("): members behind it are not known.");
  }

  @Test
  void aCutZipCostsItsRest() throws Exception {
    Path whole = folder.resolve("whole.zip");
    byte[] noise = noise(3_000);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(whole))) {
      stored(out, "a.jpg", noise);
      stored(out, "b.jpg", noise);
    }
    List<ArchiveIndex.Image> images =
        images(
            Files.write(folder.resolve("cut.zip"), Arrays.copyOf(Files.readAllBytes(whole), 4_000)),
            List.of());
    assertThat(images).extracting(ArchiveIndex.Image::name).containsExactly("a.jpg", "b.jpg");
    assertThat(read(images.get(0))).isEqualTo(noise);
    assertThat(images.get(1).problem())
        .isEqualTo("The archive ends after 4000 bytes, within this member: it was cut.");
    List<ArchiveIndex.Image> none =
        images(Files.write(folder.resolve("none.zip"), noise(100)), List.of());
    assertThat(none).hasSize(1);
    assertThat(none.get(0).problem())
        .startsWith("The archive has no directory at its end (")
        .endsWith("): it was cut, and members behind byte 0 are not known.");
  }

  @Test
  void aDirectoryThatIsWrongOfOneMemberKeepsTheOthers() throws Exception {
    Path zip = folder.resolve("a.zip");
    byte[] noise = noise(3_000);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      stored(out, "a.jpg", noise);
      stored(out, "b.jpg", noise);
    }
    byte[] bytes = Files.readAllBytes(zip);
    // The directory's first entry: its mark, and 20 bytes on both lengths.
    int entry = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\u0001\u0002");
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(entry + 20, 30_000)
        .putInt(entry + 24, 30_000);
    List<ArchiveIndex.Image> images = images(Files.write(zip, bytes), List.of());
    assertThat(images).extracting(ArchiveIndex.Image::name).containsExactly("a.jpg", "b.jpg");
    // By the library's version it is told by one that looks, or by us.
    assertThat(images.get(0).problem())
        .matches("The archive('s directory names it where it is not .*| ends after .* bytes, .*)");
    assertThat(read(images.get(1))).isEqualTo(noise);
  }

  @Test
  void linksLongNamesAndControlCharactersAreRowsThatSaySo() throws Exception {
    Path tar = folder.resolve("a.tar");
    try (TarArchiveOutputStream out = tar(tar)) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      TarArchiveEntry link = new TarArchiveEntry("link.jpg", TarConstants.LF_SYMLINK);
      link.setLinkName("/etc/hostname");
      out.putArchiveEntry(link);
      out.closeArchiveEntry();
      member(out, "x".repeat(1_100) + ".jpg", "x");
      member(out, "a\tb.jpg", "x");
      member(out, "../up.jpg", "up");
    }
    List<ArchiveIndex.Image> images = images(tar, List.of());
    assertThat(images)
        .extracting(ArchiveIndex.Image::problem)
        .containsExactly(
            "It is a link to another member, which is not followed.",
            "Its name has 1104 characters, more than the 1024 that are read.",
            "Its name has control characters.",
            null);
    assertThat(images.get(1).name()).hasSize(1_024);
    assertThat(images.get(2).name()).isEqualTo("a?b.jpg");
    assertThat(new String(read(images.get(3)), StandardCharsets.UTF_8)).isEqualTo("up");
  }

  @Test
  void aMemberThatShrankTooMuchIsNotInflated() throws Exception {
    Path zip = folder.resolve("a.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      deflated(out, "zeros.bmp", new byte[4 << 20]);
      deflated(out, "short.bmp", new byte[1 << 20]);
    }
    List<ArchiveIndex.Image> images = images(zip, List.of());
    assertThat(images.get(0).problem())
        .matches(
            "It declares 4194304 bytes in \\d+, more than 200 times as many: it is not inflated\\.");
    assertThat(read(images.get(1))).isEqualTo(new byte[1 << 20]);
  }

  @Test
  void aDeflatedMemberThatIsDamagedIsUndecodable() throws Exception {
    Path zip = folder.resolve("a.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      deflated(out, "a.bmp", "word ".repeat(500).getBytes(StandardCharsets.UTF_8));
    }
    ArchiveMember member = images(zip, List.of()).get(0).member();
    byte[] bytes = Files.readAllBytes(zip);
    Arrays.fill(bytes, (int) member.offset(), (int) member.offset() + 8, (byte) 0xff);
    FileTime time = Files.getLastModifiedTime(zip);
    Files.write(zip, bytes);
    Files.setLastModifiedTime(zip, time);
    assertThatThrownBy(() -> reader.read(row(member), byte[]::new))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.UNDECODABLE))
        .hasMessageStartingWith("It cannot be inflated: ");
  }

  @Test
  void anArchiveThatChangedSinceItWasIndexedIsNotRead() throws Exception {
    Path tar = folder.resolve("a.tar");
    try (TarArchiveOutputStream out = tar(tar)) {
      member(out, "a.jpg", "content");
    }
    ArchiveMember member = images(tar, List.of()).get(0).member();
    Files.setLastModifiedTime(tar, FileTime.fromMillis(1));
    assertThatThrownBy(() -> reader.read(row(member), byte[]::new))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.status()).isEqualTo(Status.READ_FAILED))
        .hasMessageContaining("its archive changed meanwhile");
  }

  @Test
  void membersBeyondTheLimitAreOneRowThatSaysSo() throws Exception {
    Path tar = folder.resolve("a.tar");
    try (TarArchiveOutputStream out = tar(tar)) {
      for (int i = 0; i < 5; i++) {
        member(out, i + ".jpg", "x");
      }
    }
    List<ArchiveIndex.Image> images = images(tar, List.of(), 3);
    assertThat(images)
        .extracting(ArchiveIndex.Image::name)
        .containsExactly("0.jpg", "1.jpg", "2.jpg", "");
    assertThat(images.get(3).problem())
        .isEqualTo(
            "The archive has more than 3 members: those behind are not read. Cut it into several.");
  }

  @Test
  void aSideFileThatIsTooLongIsToldInTheRowOfItsImage() throws Exception {
    Path tar = folder.resolve("a.tar");
    try (TarArchiveOutputStream out = tar(tar)) {
      member(out, "a.jpg", "x");
      member(out, "a.json", "y".repeat((1 << 20) + 1));
    }
    assertThat(images(tar, List.of("json")).get(0).problem())
        .isEqualTo("Its side file a.json has 1048577 bytes, more than the 1048576 that are kept.");
    assertThat(images(tar, List.of()).get(0).problem()).isNull();
  }

  @Test
  void aLocationNamesItsMember() {
    ArchiveMember member =
        new ArchiveMember(
            "s3a://bucket/a:b!/c.tar", 9, 8, ArchiveMember.Encoding.DEFLATED, 7, 6, 5);
    assertThat(ArchiveMember.at(member.location())).contains(member);
    assertThat(ArchiveMember.file(member.location())).isEqualTo("s3a://bucket/a:b!/c.tar");
    assertThat(ArchiveMember.at("file:/a.tar!/b.jpg")).isEmpty();
    assertThat(member.version()).isEqualTo("9-8");
  }

  private List<ArchiveIndex.Image> images(Path archive, List<String> keep) throws IOException {
    return images(archive, keep, MANY);
  }

  private List<ArchiveIndex.Image> images(Path archive, List<String> keep, int most)
      throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(archive.toUri());
    FileStatus status = FileSystem.getLocal(configuration).getRaw().getFileStatus(path);
    List<ArchiveIndex.Image> images = new ArrayList<>();
    try (ArchiveIndex index =
        new ArchiveIndex(
            status, ImageReader.opened(path, status, configuration, "random"), keep, most)) {
      for (ArchiveIndex.Image image = index.next(); image != null; image = index.next()) {
        images.add(image);
      }
    }
    return images;
  }

  private byte[] read(ArchiveIndex.Image image) throws ImageException {
    EncodedImage read = reader.read(row(image.member()), byte[]::new);
    return Arrays.copyOf(read.bytes(), read.length());
  }

  private static Row row(ArchiveMember member) {
    return RowFactory.create(
        member.archive() + "!/x", member.location(), null, member.length(), 1L, "v", null);
  }

  private Path cut(byte[] bytes, int length) throws IOException {
    return Files.write(folder.resolve("cut.tar"), Arrays.copyOf(bytes, length));
  }

  private static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(length).nextBytes(noise);
    return noise;
  }

  /** Without the padding to ten blocks. */
  private static TarArchiveOutputStream tar(Path file) throws IOException {
    OutputStream out = Files.newOutputStream(file);
    return new TarArchiveOutputStream(out, 512, "UTF-8");
  }

  private static void member(TarArchiveOutputStream out, String name, String content)
      throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setSize(bytes.length);
    out.putArchiveEntry(entry);
    out.write(bytes);
    out.closeArchiveEntry();
  }

  private static void stored(ZipOutputStream out, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 sum = new CRC32();
    sum.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(sum.getValue());
    out.putNextEntry(entry);
    out.write(content);
    out.closeEntry();
  }

  private static void deflated(ZipOutputStream out, String name, byte[] content)
      throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(content);
    out.closeEntry();
  }
}
