package io.labelmill.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files made to do harm: each ends with its status and sentence, quickly and without much memory.
 */
class HostileFilesTest {
  private static final Duration QUICK = Duration.ofSeconds(3);
  private static final long MEBIBYTE = 1 << 20;

  /**
   * @param status null: the picture is decoded
   * @param sentence a part of the error
   */
  private record Case(String name, Supplier<byte[]> file, Status status, String sentence) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case undecodable(String name, String sentence, Supplier<byte[]> file) {
    return new Case(name, file, Status.UNDECODABLE, sentence);
  }

  private static Case tooLarge(String name, Supplier<byte[]> file) {
    return new Case(name, file, Status.TOO_LARGE, "pixels; the limit is");
  }

  private static Case decoded(String name, Supplier<byte[]> file) {
    return new Case(name, file, null, "");
  }

  private static Case noImage(String name, String sentence, String start) {
    return new Case(
        name,
        () -> new Crafted().text(start).zeros(64).done(),
        Status.NOT_AN_IMAGE,
        "The content is " + sentence);
  }

  /** A scan of one component with the first predictor. */
  private static final byte[] SCAN = {(byte) 0xFF, (byte) 0xDA, 0, 8, 1, 1, 0, 1, 0, 0};

  /** One code, of one bit: no difference. */
  private static Crafted losslessTable(Crafted jpeg) {
    return jpeg.bytes(0xFF, 0xC4, 0, 20, 0, 1).zeros(15).bytes(0);
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    cases.addAll(pngs());
    cases.addAll(gifs());
    cases.addAll(bmps());
    cases.addAll(tiffs());
    cases.addAll(webps());
    cases.addAll(jpegs());
    cases.addAll(foreign());
    return cases.stream();
  }

  private static List<Case> pngs() {
    byte[] rows = new byte[4 * 13];
    return List.of(
        undecodable(
            "PNG, 100 megapixels in 4 kB",
            "bytes of packed data cannot hold the declared 10000x10000 pixels",
            () -> Crafted.png(10_000, 10_000, 8, 2).chunk("IDAT", new byte[3900]).done()),
        tooLarge("PNG, 2^31 - 1 wide", () -> Crafted.png(0x7FFF_FFFFL, 1, 8, 0).zeros(40).done()),
        tooLarge("PNG, sides of 2^32 - 1", () -> Crafted.png(-1, -1, 8, 0).zeros(40).done()),
        undecodable(
            "PNG, no height",
            "declares 7x0 pixels",
            () -> Crafted.png(7, 0, 8, 0).zeros(40).done()),
        undecodable(
            "PNG, chunk of 2 GB",
            "it ends after",
            () -> Crafted.png(4, 4, 8, 2).be32(0x7FFF_FFFFL).text("tEXt").zeros(40).done()),
        undecodable(
            "PNG, no chunk names",
            "there is no chunk at byte 33",
            () -> Crafted.png(4, 4, 8, 2).be32(4).bytes(1, 2, 3, 4).zeros(40).done()),
        decoded(
            "PNG, text that unpacks to 100 MB",
            () ->
                Crafted.png(4, 4, 8, 2)
                    .chunk("zTXt", zippedText())
                    .chunk("IDAT", Crafted.deflated(rows))
                    .done()),
        decoded(
            "PNG, XMP that unpacks to 100 MB",
            () ->
                Crafted.png(4, 4, 8, 2)
                    .chunk(
                        "iTXt",
                        new Crafted()
                            .text("XML:com.adobe.xmp\0\1\0\0\0")
                            .bytes(Crafted.deflated(new byte[100_000_000]))
                            .done())
                    .chunk("IDAT", Crafted.deflated(rows))
                    .done()),
        decoded(
            "PNG, 1,000 profiles of a megabyte",
            () -> {
              byte[] packed = Crafted.deflated(new byte[1 << 20]);
              byte[] text = new Crafted().text("Raw profile type exif\0\0").bytes(packed).done();
              Crafted png = Crafted.png(4, 4, 8, 2);
              for (int i = 0; i < 1000; i++) {
                png.chunk("zTXt", text);
              }
              return png.chunk("IDAT", Crafted.deflated(rows)).done();
            }),
        decoded(
            "JPEG, EXIF in 60,000 segments",
            () -> {
              byte[] jpeg = GoldenImages.bytes("preprocessing", "images/jpeg-420.jpg");
              Crafted with = new Crafted().bytes(0xFF, 0xD8);
              for (int i = 0; i < 60_000; i++) {
                with.bytes(0xFF, 0xE1).be16(10).text("Exif\0\0").bytes(i, i >> 8);
              }
              return with.bytes(Arrays.copyOfRange(jpeg, 2, jpeg.length)).done();
            }),
        decoded(
            "PNG, data that unpacks to 100 MB behind the last row",
            () ->
                Crafted.png(4, 4, 8, 2)
                    .chunk("IDAT", Crafted.deflated(new byte[100_000_000]))
                    .done()),
        undecodable(
            "PNG, row filter 9",
            "row filter 9 is unknown",
            () -> {
              byte[] filtered = rows.clone();
              filtered[13] = 9;
              return Crafted.png(4, 4, 8, 2).chunk("IDAT", Crafted.deflated(filtered)).done();
            }),
        undecodable(
            "PNG, whole stream that is too short",
            "ends before the last row",
            () -> Crafted.png(4, 4, 8, 2).chunk("IDAT", Crafted.deflated(new byte[26])).done()),
        undecodable(
            "PNG, colour that is not in the palette",
            "a pixel has colour 3 of a palette of 2 colours",
            () ->
                Crafted.png(2, 1, 8, 3)
                    .chunk("PLTE", new byte[6])
                    .chunk("IDAT", Crafted.deflated(new byte[] {0, 1, 3}))
                    .done()),
        undecodable(
            "PNG, stream that wants a dictionary",
            "ends before the last row",
            () ->
                Crafted.png(4, 4, 8, 2)
                    .chunk("IDAT", new Crafted().bytes(0x78, 0xBB, 1, 2, 3, 4).zeros(90).done())
                    .done()),
        decoded(
            "PNG, EXIF whose directory is its own header",
            () ->
                Crafted.png(4, 4, 8, 2)
                    .chunk("eXIf", new Crafted().text("MM").be16(42).be32(0).zeros(8).done())
                    .chunk("IDAT", Crafted.deflated(rows))
                    .done()));
  }

  private static byte[] zippedText() {
    return new Crafted()
        .text("Comment")
        .bytes(0, 0)
        .bytes(Crafted.deflated(new byte[100_000_000]))
        .done();
  }

  private static List<Case> gifs() {
    return List.of(
        undecodable(
            "GIF, 100 megapixels in 40 bytes",
            "bytes of packed data cannot hold the declared 10000x10000 pixels",
            () -> Crafted.gif(10_000, 10_000).gifFrame(0, 0, 10_000, 10_000, 2, 0x84).done()),
        tooLarge(
            "GIF, frame far outside the screen",
            () -> Crafted.gif(4, 4).gifFrame(65_535, 65_535, 65_535, 65_535, 2, 0x84).done()),
        undecodable(
            "GIF, frame without pixels",
            "its first frame is 0x4 pixels",
            () -> Crafted.gif(4, 4).gifFrame(0, 0, 0, 4, 2, 0x84).done()),
        undecodable(
            "GIF, screen without pixels",
            "declares 0x4 pixels",
            () -> Crafted.gif(0, 4).gifFrame(0, 0, 4, 4, 2, 0x84).done()),
        undecodable(
            "GIF, codes of 13 bits",
            "packed from 12 bits, not 1 to 8",
            () -> Crafted.gif(4, 4).gifFrame(0, 0, 4, 4, 12, 0x84).done()),
        undecodable(
            "GIF, code that is not in the table",
            "packed data is damaged (code 7 of 6)",
            // Codes of 3 bits: clear (4), 7.
            () -> Crafted.gif(4, 4).gifFrame(0, 0, 4, 4, 2, 0b00_111_100, 0).done()),
        undecodable(
            "GIF, end code at once",
            "ends before the last row",
            () -> Crafted.gif(4, 4).gifFrame(0, 0, 4, 4, 2, 0b00_101_100).done()),
        undecodable(
            "GIF, no colours",
            "it has no colour table",
            () ->
                new Crafted()
                    .text("GIF89a")
                    .le16(4)
                    .le16(4)
                    .bytes(0, 0, 0)
                    .gifFrame(0, 0, 4, 4, 2, 0x84)
                    .done()),
        decoded(
            "GIF, 100,000 frames",
            () -> {
              // Codes of 3 bits: clear, then colours 1, 2; the picture is 2x1.
              Crafted gif = Crafted.gif(2, 1);
              for (int i = 0; i < 100_000; i++) {
                gif.gifFrame(0, 0, 2, 1, 2, 0b10_001_100, 0b0000_0000);
              }
              return gif.text(";").done();
            }),
        undecodable(
            "GIF, a megabyte of comments and nothing else",
            "it ends after",
            () -> {
              Crafted gif = Crafted.gif(2, 1);
              for (int i = 0; i < 4000; i++) {
                gif.bytes('!', 0xFE, 255).zeros(255).bytes(0);
              }
              return gif.done();
            }));
  }

  private static List<Case> bmps() {
    return List.of(
        undecodable(
            "BMP, 100 megapixels in 54 bytes",
            "10000x10000 pixels end at byte 300000054",
            () -> Crafted.bmp(10_000, 10_000, 24, 0, 54).done()),
        tooLarge("BMP, height of -2^31", () -> Crafted.bmp(4, 1 << 31, 24, 0, 54).done()),
        undecodable(
            "BMP, no width", "declares 0x4 pixels", () -> Crafted.bmp(0, 4, 24, 0, 54).done()),
        undecodable(
            "BMP, 3 bits",
            "is of a kind that is not read: it has 3 bits a pixel",
            () -> Crafted.bmp(4, 4, 3, 0, 54).zeros(200).done()),
        undecodable(
            "BMP, JPEG inside",
            "is of a kind that is not read: its compression is 4",
            () -> Crafted.bmp(4, 4, 24, 4, 54).zeros(200).done()),
        undecodable(
            "BMP, data behind 4 GB",
            "it ends after",
            () -> Crafted.bmp(4, 4, 24, 0, -1).zeros(200).done()),
        undecodable(
            "BMP, run-length bomb",
            "cannot hold the declared 10000x10000 pixels",
            () -> Crafted.bmp(10_000, 10_000, 8, 1, 54 + 1024).zeros(1024).bytes(0, 2).done()),
        undecodable(
            "BMP, runs that stop",
            "it ends after",
            () -> Crafted.bmp(4, 4, 8, 1, 54 + 1024).zeros(1024).bytes(4, 1, 0, 0).done()),
        decoded(
            "BMP, jumps out of the picture",
            () ->
                Crafted.bmp(4, 4, 8, 1, 54 + 1024)
                    .zeros(1024)
                    .bytes(0, 2, 255, 1, 255, 1, 0, 2, 255, 255)
                    .done()),
        undecodable(
            "BMP, header of 41 bytes",
            "is of a kind that is not read: its header is 41 bytes long",
            () -> {
              byte[] bmp = Crafted.bmp(4, 4, 24, 0, 54).zeros(48).done();
              bmp[14] = 41;
              return bmp;
            }));
  }

  private static List<Case> tiffs() {
    int data = Crafted.tiffData(7);
    return List.of(
        undecodable(
            "TIFF, 100 megapixels of LZW in 200 bytes",
            "bytes of packed data cannot hold the declared 10000x10000 pixels",
            () -> gray(10_000, 10_000, 5, new byte[90])),
        tooLarge("TIFF, sides of 2^32 - 1", () -> gray(-1, -1, 1, new byte[90])),
        undecodable("TIFF, no width", "declares 0x4 pixels", () -> gray(0, 4, 1, new byte[90])),
        undecodable(
            "TIFF, LZW code that is not in the table",
            "packed data is damaged (code 511 of 258)",
            () -> gray(4, 4, 5, new Crafted().bytes(0x80, 0x7F, 0xFF, 0xFF, 0xFF).done())),
        undecodable(
            "TIFF, LZW end code at once",
            "ends before its last row",
            () -> gray(4, 4, 5, new Crafted().bytes(0x80, 0x40, 0x40, 0, 0).done())),
        undecodable(
            "TIFF, 2^31 strips",
            "it ends after",
            () ->
                Crafted.tiff(
                    new byte[90],
                    256,
                    4,
                    1,
                    4,
                    257,
                    4,
                    1,
                    4,
                    258,
                    3,
                    1,
                    8,
                    259,
                    3,
                    1,
                    1,
                    262,
                    3,
                    1,
                    1,
                    273,
                    4,
                    0x7FFF_FFFFL,
                    8,
                    279,
                    4,
                    0x7FFF_FFFFL,
                    8)),
        undecodable(
            "TIFF, strip outside the file",
            "it ends after",
            () ->
                Crafted.tiff(
                    new byte[90],
                    256,
                    4,
                    1,
                    4,
                    257,
                    4,
                    1,
                    4,
                    258,
                    3,
                    1,
                    8,
                    259,
                    3,
                    1,
                    1,
                    262,
                    3,
                    1,
                    1,
                    273,
                    4,
                    1,
                    0xFFFF_FF00L,
                    279,
                    4,
                    1,
                    16)),
        undecodable(
            "TIFF, directory at itself",
            "its first directory has 19789 entries",
            () -> new Crafted().text("MM").be16(42).be32(0).zeros(40).done()),
        undecodable(
            "TIFF, tiles of no size",
            "its tiles are 0 pixels long",
            () ->
                Crafted.tiff(
                    new byte[90],
                    256,
                    4,
                    1,
                    4,
                    257,
                    4,
                    1,
                    4,
                    258,
                    3,
                    1,
                    8,
                    259,
                    3,
                    1,
                    1,
                    262,
                    3,
                    1,
                    1,
                    322,
                    4,
                    1,
                    0,
                    323,
                    4,
                    1,
                    0,
                    324,
                    4,
                    1,
                    8,
                    325,
                    4,
                    1,
                    8)),
        undecodable(
            "TIFF, tiles of a million pixels on each side",
            "cannot hold",
            () ->
                Crafted.tiff(
                    new byte[90],
                    256,
                    4,
                    1,
                    4,
                    257,
                    4,
                    1,
                    4,
                    258,
                    3,
                    1,
                    8,
                    259,
                    3,
                    1,
                    1,
                    262,
                    3,
                    1,
                    1,
                    322,
                    4,
                    1,
                    1_000_000,
                    323,
                    4,
                    1,
                    1_000_000,
                    324,
                    4,
                    1,
                    8,
                    325,
                    4,
                    1,
                    8)),
        undecodable(
            "TIFF, 64 bits a sample",
            "is of a kind that is not read: its pixels have 1 sample of 64 bits",
            () ->
                Crafted.tiff(
                    new byte[90],
                    256,
                    4,
                    1,
                    4,
                    257,
                    4,
                    1,
                    4,
                    258,
                    3,
                    1,
                    64,
                    259,
                    3,
                    1,
                    1,
                    262,
                    3,
                    1,
                    1,
                    273,
                    4,
                    1,
                    data,
                    279,
                    4,
                    1,
                    90)),
        undecodable(
            "TIFF, unknown compression",
            "is of a kind that is not read: its compression is 34712, JPEG 2000",
            () -> gray(4, 4, 34_712, new byte[90])),
        // Fax has no check: damaged lines are not noticed, by libtiff neither.
        decoded(
            "TIFF, fax data of noise",
            () -> {
              byte[] noise = new byte[90];
              new Random(5).nextBytes(noise);
              return Crafted.tiff(
                  noise, 256, 4, 1, 2000, 257, 4, 1, 2000, 258, 3, 1, 1, 259, 3, 1, 4, 262, 3, 1, 1,
                  273, 4, 1, data, 279, 4, 1, 90);
            }),
        decoded(
            "TIFF, 65,000 pages in a ring",
            () -> {
              byte[] tiff = gray(4, 4, 1, new byte[90]);
              // The next directory is the first.
              tiff[data - 4] = 8;
              return tiff;
            }));
  }

  private static byte[] gray(long width, long height, int compression, byte[] data) {
    return Crafted.tiff(
        data,
        256,
        4,
        1,
        width,
        257,
        4,
        1,
        height,
        258,
        3,
        1,
        8,
        259,
        3,
        1,
        compression,
        262,
        3,
        1,
        1,
        273,
        4,
        1,
        Crafted.tiffData(7),
        279,
        4,
        1,
        data.length);
  }

  private static List<Case> webps() {
    return List.of(
        tooLarge(
            "WebP, canvas of 2^24 x 2^24",
            () ->
                Crafted.webp(
                    new Crafted()
                        .riffChunk("VP8X", new Crafted().zeros(4).be16(-1).be32(-1).done())
                        .done())),
        undecodable(
            "WebP, no picture",
            "it has no picture chunk",
            () -> Crafted.webp(new Crafted().riffChunk("ICCP", new byte[20]).done())),
        undecodable(
            "WebP, chunk of 4 GB",
            "its chunk VP8L is cut short",
            () -> Crafted.webp(new Crafted().text("VP8L").le32(-1).zeros(20).done())),
        undecodable(
            "WebP, lossless of 10000x10000 in 60 bytes",
            "The WEBP file is broken",
            () -> {
              byte[] noise = new byte[60];
              new Random(7).nextBytes(noise);
              byte[] head = new Crafted().bytes(0x2F).le32(9999 | (9999 << 14)).bytes(noise).done();
              return Crafted.webp(new Crafted().riffChunk("VP8L", head).done());
            }),
        undecodable(
            "WebP, lossy of 10000x10000 in 60 bytes",
            "its packed data ends before the last block",
            () -> Crafted.webp(new Crafted().riffChunk("VP8 ", vp8(0x10 | (16 << 5))).done())),
        undecodable(
            "WebP, frame of a film",
            "its VP8 frame is not a key frame",
            () -> Crafted.webp(new Crafted().riffChunk("VP8 ", vp8(0x11 | (16 << 5))).done())),
        undecodable(
            "WebP, partition longer than its chunk",
            "its first partition is longer than its chunk",
            () -> Crafted.webp(new Crafted().riffChunk("VP8 ", vp8(0x10 | (60_000 << 5))).done())),
        undecodable(
            "WebP, animation without frames",
            "it has no picture chunk",
            () ->
                Crafted.webp(
                    new Crafted()
                        .riffChunk("VP8X", new byte[10])
                        .riffChunk("ANIM", new byte[6])
                        .done())),
        undecodable(
            "WebP, frame outside the picture",
            "its first frame lies outside the picture",
            () ->
                Crafted.webp(
                    new Crafted()
                        .riffChunk("VP8X", new byte[10])
                        .riffChunk(
                            "ANMF",
                            new Crafted().zeros(16).riffChunk("VP8 ", vp8(0x10 | (16 << 5))).done())
                        .done())));
  }

  private static byte[] vp8(int tag) {
    return new Crafted()
        .bytes(tag, tag >> 8, tag >> 16, 0x9D, 0x01, 0x2A)
        .le16(10_000)
        .le16(10_000)
        .zeros(50)
        .done();
  }

  private static List<Case> jpegs() {
    return List.of(
        undecodable(
            "JPEG, 1,000 scans",
            "it has more than 100 scans",
            () -> {
              Crafted jpeg = Crafted.jpeg(0xC2, 5000, 5000, 1);
              for (int i = 0; i < 1000; i++) {
                jpeg.bytes(0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0).zeros(600);
              }
              return jpeg.bytes(0xFF, 0xD9).done();
            }),
        undecodable(
            "JPEG, lossless without a predictor",
            "its scan of 1 components has predictor 0, shift 0",
            () -> Crafted.jpeg(0xC3, 8, 8, 1).bytes(0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0).done()),
        undecodable(
            "JPEG, lossless without a table",
            "its scan has no Huffman table",
            () -> Crafted.jpeg(0xC3, 8, 8, 1).bytes(0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 0, 0).done()),
        undecodable(
            "JPEG, lossless, a table of too many codes",
            "its Huffman table 0 is none of differences",
            () ->
                Crafted.jpeg(0xC3, 8, 8, 1)
                    .bytes(0xFF, 0xC4, 0, 22, 0, 3)
                    .zeros(18)
                    .bytes(SCAN)
                    .done()),
        undecodable(
            "JPEG, lossless, restarts within rows",
            "its restart interval 3 is no number of whole rows",
            () -> Crafted.jpeg(0xC3, 8, 8, 1).bytes(0xFF, 0xDD, 0, 4, 0, 3).bytes(SCAN).done()),
        undecodable(
            "JPEG, lossless, a restart that is not there",
            "there is no restart marker at byte",
            () ->
                losslessTable(Crafted.jpeg(0xC3, 8, 8, 1).bytes(0xFF, 0xDD, 0, 4, 0, 8))
                    .bytes(SCAN)
                    .zeros(8)
                    .done()),
        undecodable(
            "JPEG, lossless, a scan of another component",
            "its scan has component 7, which the frame has not",
            () ->
                losslessTable(Crafted.jpeg(0xC3, 8, 8, 1))
                    .bytes(0xFF, 0xDA, 0, 8, 1, 7, 0, 1, 0, 0)
                    .zeros(8)
                    .done()),
        undecodable(
            "JPEG, lossless, an unknown code",
            "its packed data is damaged",
            () ->
                losslessTable(Crafted.jpeg(0xC3, 8, 8, 1))
                    .bytes(SCAN)
                    .bytes(0xFE, 0xFE)
                    .zeros(8)
                    .done()),
        undecodable(
            "JPEG, lossless without scans",
            "it has no picture data",
            () -> Crafted.jpeg(0xC3, 8, 8, 1).bytes(0xFF, 0xD9).done()),
        undecodable(
            "JPEG, lossless, one scan of three",
            "its scans have 1 of 3 components",
            () ->
                losslessTable(Crafted.jpeg(0xC3, 8, 8, 3))
                    .bytes(SCAN)
                    .zeros(8)
                    .bytes(0xFF, 0xD9)
                    .done()),
        undecodable(
            "JPEG, lossless with subsampled colours",
            "it is lossless JPEG with subsampled colours",
            () -> {
              byte[] jpeg = Crafted.jpeg(0xC3, 8, 8, 3).bytes(SCAN).done();
              jpeg[2 + 69 + 4 + 7] = 0x22;
              return jpeg;
            }),
        undecodable(
            "JPEG, lossless, 100 megapixels in some bytes",
            "bytes of scans cannot hold the declared 10000x10000 pixels",
            () -> Crafted.jpeg(0xC3, 10_000, 10_000, 1).bytes(SCAN).zeros(2000).done()),
        undecodable(
            "JPEG, frame header cut short",
            "its frame header is 9 bytes long",
            () -> {
              byte[] jpeg = Crafted.jpeg(0xC0, 8, 8, 1).bytes(SCAN).done();
              jpeg[2 + 69 + 9] = 3;
              return jpeg;
            }),
        undecodable(
            "JPEG, two components",
            "it has 2 components",
            () -> Crafted.jpeg(0xC0, 8, 8, 2).bytes(0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0).done()),
        undecodable(
            "JPEG, 12 bits",
            "it has 12 bits a sample",
            () -> {
              byte[] jpeg = Crafted.jpeg(0xC1, 8, 8, 1).bytes(0xFF, 0xDA, 0, 2).done();
              jpeg[75] = 12;
              return jpeg;
            }),
        undecodable(
            "JPEG, two frames",
            "it has two frame headers",
            () ->
                Crafted.jpeg(0xC0, 8, 8, 1)
                    .bytes(Crafted.jpeg(0xC0, 8, 8, 1).done())
                    .bytes(0xFF, 0xD9)
                    .done()),
        undecodable(
            "JPEG, scan without a frame",
            "it has a scan and no frame header",
            () -> new Crafted().bytes(0xFF, 0xD8, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0).done()),
        undecodable(
            "JPEG, no scan",
            "it has no picture data",
            () -> Crafted.jpeg(0xC0, 8, 8, 1).bytes(0xFF, 0xD9).done()),
        undecodable(
            "JPEG, segment of no length",
            "its segment FFE0 is 0 bytes long",
            () -> new Crafted().bytes(0xFF, 0xD8, 0xFF, 0xE0, 0, 0).zeros(30).done()),
        undecodable(
            "JPEG, a megabyte of fill bytes",
            "it ends after",
            () -> {
              byte[] jpeg = new byte[1 << 20];
              Arrays.fill(jpeg, (byte) 0xFF);
              jpeg[1] = (byte) 0xD8;
              return jpeg;
            }));
  }

  /** A header of 13x9 pixels. */
  private static String tga(int mapped, int kind, String map, int bits) {
    char[] numbers = {(char) mapped, (char) kind};
    return "\0" + new String(numbers) + map + "\0\0\0\0\r\0\t\0" + (char) bits + "\0";
  }

  private static List<Case> foreign() {
    return List.of(
        noImage("AVIF", "an AVIF picture.", "\0\0\0 ftypavif"),
        noImage("HEIC", "a HEIC/HEIF picture.", "\0\0\0 ftypheic"),
        noImage("JPEG XL, stream", "a JPEG XL picture.", "\u00FF\n"),
        noImage("JPEG XL, file", "a JPEG XL picture.", "\0\0\0\fJXL \r\n"),
        noImage("JPEG 2000", "a JPEG 2000 picture.", "\0\0\0\fjP  \r\n"),
        noImage("Photoshop", "a Photoshop document.", "8BPS\0\1"),
        noImage("PDF", "a PDF document.", "%PDF-1.7\n"),
        noImage("tar", "a tar archive.", "../../evil.jpg" + "\0".repeat(243) + "ustar"),
        noImage("icon", "a Windows icon.", "\0\0\1\0\1\0"),
        noImage("cursor", "a Windows cursor.", "\0\0\2\0\1\0\40\40\0\0\1\0\1\0\50\0\30\0"),
        noImage("TGA, true colour", "a TGA picture.", tga(0, 2, "\0\0\0\0\0", 24)),
        noImage("TGA, gray, packed", "a TGA picture.", tga(0, 11, "\0\0\0\0\0", 8)),
        noImage("TGA, palette", "a TGA picture.", tga(1, 1, "\0\0\0\1\30", 8)),
        new Case(
            "TGA of the second version",
            () -> new Crafted().zeros(90).text("TRUEVISION-XFILE.\0").done(),
            Status.NOT_AN_IMAGE,
            "The content is a TGA picture."),
        noImage("zeros", "of no known format; it begins with the bytes 00 00", ""),
        noImage("SGI", "an SGI picture.", "\1\u00DA\1\1"),
        noImage("Sun raster", "a Sun raster picture.", "Y\u00A6j\u0095"),
        noImage("PFM, gray", "a PFM picture.", "Pf\n3 3\n"),
        noImage("PFM", "a PFM picture.", "PF\n3 3\n"),
        noImage("MIFF", "a MIFF picture.", "id=ImageMagick  version=1.0\n"),
        noImage("BigTIFF", "a BigTIFF picture.", "II+\0"),
        noImage("Parquet", "a Parquet file.", "PAR1"),
        noImage("ZIP", "a ZIP archive.", "PK\3\4"),
        noImage("gzip", "gzip data.", "\u001F\u008B\b"),
        noImage("MP4", "an MP4 file (brand 'isom').", "\0\0\0 ftypisom"),
        noImage("WAV", "a RIFF file of type 'WAVE'.", "RIFF\1\1\1\1WAVE"),
        new Case(
            "Git LFS",
            () -> new Crafted().text("version https://git-lfs.github.com/spec/v1\noid x\n").done(),
            Status.NOT_AN_IMAGE,
            "The content is a Git LFS pointer; the file itself was not fetched."),
        new Case(
            "JSON error of a store",
            () -> new Crafted().text("{\"error\": \"no such key\"}").done(),
            Status.NOT_AN_IMAGE,
            "The content is JSON text ('{\"error\": \"no such key\"}')."),
        new Case(
            "XML error of a store",
            () -> new Crafted().text("<?xml version=\"1.0\"?><Error/>").done(),
            Status.NOT_AN_IMAGE,
            "The content is an XML document ('<?xml version=\"1.0\"?><Error/>')."),
        new Case(
            "Netpbm",
            () -> new Crafted().text("P6\n2 2\n255\n").zeros(12).done(),
            Status.NOT_AN_IMAGE,
            "The content is a Netpbm picture."),
        new Case(
            "one byte",
            () -> new byte[] {7},
            Status.NOT_AN_IMAGE,
            "The content is of no known format; it begins with the bytes 07."));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void endsAsItShould(Case hostile) throws Exception {
    byte[] file = hostile.file.get();
    ImageDecoder decoder =
        new ImageDecoder(GoldenImages.MAX_PIXELS, Orientation.UPRIGHT, Duration.ofSeconds(20));
    System.gc();
    long allocatedBefore = allocated();
    long start = System.nanoTime();
    ImageException failure = null;
    try {
      decoder.decode(file, file.length);
    } catch (ImageException e) {
      failure = e;
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(QUICK);
    if (hostile.status == null) {
      assertThat(failure).isNull();
    } else {
      assertThat(failure).isNotNull();
      assertThat(failure.status()).isEqualTo(hostile.status);
      assertThat(failure.getMessage())
          .contains(hostile.sentence)
          .matches("[A-Z].*\\.")
          .hasSizeLessThan(250);
    }
    assertThat(allocated() - allocatedBefore)
        .as("bytes allocated")
        .isLessThan(hostile.name.startsWith("WebP, loss") ? 1200 * MEBIBYTE : 64 * MEBIBYTE);
  }

  /** Bytes that this thread has allocated so far. */
  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }
}
