#!/usr/bin/env python3
"""Kinds of TIFF, BMP, JPEG and PNG files that common programs write, usual and rare: what Pillow makes of them.

Run with Pillow 13.0.0, numpy 2.4.6, tifffile 2026.3.3 and imagecodecs 2026.3.6:
    python kinds.py ../resources/pictures/kinds.zip
It packs a picture for each case, and index.json, as orientation.py does; two larger pictures lie beside.
"""

import io
import pathlib
import struct
import sys
import zlib

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms

from recording import record

WIDTH, HEIGHT = 13, 9
RANDOM = np.random.default_rng(15)
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH]
RGB = (np.stack([X * 18, Y * 26, 255 - X * 9 - Y * 11], -1) + RANDOM.integers(0, 9, (HEIGHT, WIDTH, 3))).clip(0, 255)
RGB = RGB.astype(np.uint8)
GRAY = RGB[..., 1].copy()
ALPHA = np.where(X < 5, 90, 255).astype(np.uint8)
CMYK = np.asarray(Image.fromarray(RGB).convert("CMYK"))
ORDERS = {"le": "<", "be": ">"}


# --- TIFF


def tiff(data, **options):
    out = io.BytesIO()
    tifffile.imwrite(out, data, software=False, metadata=None, **options)
    return out.getvalue()


def planes(data):
    return data.transpose(2, 0, 1).copy()


def gray_as(kind):
    """Gray with levels below 0 and above 255 where the type has them."""
    wide = GRAY.astype(np.int64)
    return {
        "uint8": GRAY,
        "int8": (wide - 128).astype(np.int8),
        "uint16": (wide * 3).astype(np.uint16),
        "int16": (wide * 3 - 200).astype(np.int16),
        "uint32": (wide * np.where(X == 3, 2**24, 3)).astype(np.uint32),
        "int32": (wide * 3 - 200).astype(np.int32),
        "float16": GRAY.astype(np.float16),
        "float32": (wide * 1.7 - 90.3).astype(np.float32),
        "float64": GRAY.astype(np.float64),
    }[kind]


def gray_tiffs():
    for kind in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float16", "float32", "float64"):
        for order, mark in ORDERS.items():
            for meaning in ("minisblack", "miniswhite"):
                for packing in (None, "lzw"):
                    name = f"tiff-{kind}-{meaning[-5:]}-{order}-{packing or 'plain'}.tif"
                    yield name, tiff(gray_as(kind), photometric=meaning, byteorder=mark, compression=packing)
            if kind in ("uint8", "uint16", "int16", "uint32", "int32"):
                yield (
                    f"tiff-{kind}-{order}-predictor.tif",
                    tiff(gray_as(kind), photometric="minisblack", byteorder=mark, compression="deflate", predictor=2),
                )
    for order, mark in ORDERS.items():
        yield (
            f"tiff-float32-{order}-predictor-3.tif",
            tiff(gray_as("float32"), photometric="minisblack", byteorder=mark, compression="deflate", predictor=3),
        )
    odd = np.array([[np.nan, np.inf, -np.inf, -0.5, 0.5, 0.99, 254.99, 255, 255.5, 1e30, -1e30, 1e-40]], np.float32)
    yield "tiff-float32-odd-numbers.tif", tiff(odd, photometric="minisblack")
    wide = GRAY.astype(np.uint16) * 2
    yield "tiff-12-bits.tif", tiff(wide, photometric="minisblack", bitspersample=12)
    yield "tiff-10-bits.tif", tiff(wide, photometric="minisblack", bitspersample=10)
    yield "tiff-float32-tiles.tif", tiff(gray_as("float32"), photometric="minisblack", tile=(16, 16))


def colour_tiffs():
    for kind in ("uint8", "int8", "uint16", "int16", "uint32", "float16", "float32"):
        data = RGB.astype(kind) * (257 if kind == "uint16" else 1)
        yield f"tiff-rgb-{kind}.tif", tiff(data.astype(kind), photometric="rgb")
    for order, mark in ORDERS.items():
        wide = (RGB.astype(int) * 250 + X[..., None] * 5).astype(np.uint16)
        inks = (CMYK.astype(int) * 257).astype(np.uint16)
        for packing in (None, "lzw"):
            name = f"{order}-{packing or 'plain'}.tif"
            how = {"byteorder": mark, "compression": packing}
            yield f"tiff-rgb16-{name}", tiff(wide, photometric="rgb", **how)
            yield f"tiff-rgb16-planes-{name}", tiff(planes(wide), photometric="rgb", planarconfig="separate", **how)
            yield f"tiff-cmyk16-{name}", tiff(inks, photometric="separated", planarconfig="contig", **how)
    for kind, scale in (("uint8", 1), ("uint16", 257)):
        for meaning in ("unspecified", "assocalpha", "unassalpha"):
            yield from alpha_tiffs(kind, scale, meaning)
    inks = np.concatenate([CMYK, ALPHA[..., None]], -1)
    for meaning in ("unspecified", "unassalpha"):
        how = {"photometric": "separated", "planarconfig": "contig", "extrasamples": [meaning]}
        yield f"tiff-cmyk-{meaning}.tif", tiff(inks, **how)
    for packing in (None, "lzw"):
        how = {"photometric": "separated", "planarconfig": "separate", "compression": packing}
        yield f"tiff-cmyk-planes-{packing or 'plain'}.tif", tiff(planes(CMYK), **how)
    colours = np.zeros((3, 65536), np.uint16)
    yield "tiff-palette-16-bits.tif", tiff(GRAY.astype(np.uint16), photometric="palette", colormap=colours)


def alpha_tiffs(kind, scale, meaning):
    alpha = ALPHA[..., None].astype(int)
    colours = (RGB * alpha + 127) // 255 if meaning == "assocalpha" else RGB.astype(int)
    four = (np.concatenate([colours, alpha], -1) * scale).astype(kind)
    five = np.concatenate([four, four[..., :1]], -1)
    six = np.concatenate([five, four[..., :1]], -1)
    two = four[..., [1, 3]].copy()
    chunky = {"planarconfig": "contig"}
    apart = {"planarconfig": "separate", "compression": "lzw"}
    rgb = {"photometric": "rgb", "extrasamples": [meaning]}
    gray = {"photometric": "minisblack", "extrasamples": [meaning]}
    yield f"tiff-rgb-{meaning}-{kind}.tif", tiff(four, **rgb, **chunky)
    yield f"tiff-rgb-{meaning}-{kind}-planes.tif", tiff(planes(four), **rgb, **apart)
    yield f"tiff-gray-{meaning}-{kind}.tif", tiff(two, **gray, **chunky)
    yield f"tiff-gray-{meaning}-{kind}-planes.tif", tiff(planes(two), **gray, **apart)
    rgb["extrasamples"] = [meaning, "unspecified"]
    yield f"tiff-rgb-{meaning}-and-1-{kind}.tif", tiff(five, **rgb, **chunky)
    rgb["extrasamples"] = [meaning, "unspecified", "unspecified"]
    yield f"tiff-rgb-{meaning}-and-2-{kind}.tif", tiff(six, **rgb, **chunky)


def packed_tiffs():
    for packing in ("zstd", "lzma", "webp", "jpeg2000", "jpegxl", "jpegxr", "png", "packbits", "deflate"):
        yield f"tiff-packed-{packing}.tif", tiff(np.kron(RGB, np.ones((4, 4, 1), np.uint8)), compression=packing)
    jpeg = {"compression": "jpeg"}
    yield "tiff-jpeg-gray.tif", tiff(GRAY, photometric="minisblack", **jpeg)
    yield "tiff-jpeg-white.tif", tiff(GRAY, photometric="miniswhite", **jpeg)
    yield "tiff-jpeg-rgb.tif", tiff(RGB, photometric="rgb", **jpeg)
    yield "tiff-jpeg-rgb-tiles.tif", tiff(RGB, photometric="rgb", tile=(16, 16), **jpeg)
    yield "tiff-jpeg-ycbcr.tif", tiff(RGB, photometric="ycbcr", subsampling=(2, 2), **jpeg)
    yield "tiff-big.tif", tiff(RGB, photometric="rgb", bigtiff=True)


def pillow_tiffs():
    image = Image.fromarray(RGB)
    modes = {mode: image.convert(mode) for mode in ("1", "P", "RGBA", "LA", "YCbCr", "CMYK")}
    modes["PA"] = modes["P"].convert("PA")
    for mode in ("RGBA", "LA", "PA"):
        modes[mode].putalpha(Image.fromarray(ALPHA))
    profiles = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    modes["LAB"] = ImageCms.profileToProfile(image, *profiles, outputMode="LAB")
    # It holds the time.
    del modes["LAB"].info["icc_profile"]
    wanted = {
        "1": ("group3", "group4", "tiff_ccitt", "tiff_raw_16"),
        "RGBA": ("jpeg", "tiff_lzw"),
        "LA": (None, "jpeg", "tiff_lzw"),
        "PA": (None, "tiff_lzw"),
        "CMYK": (None, "jpeg"),
        "YCbCr": (None, "tiff_lzw", "jpeg"),
        "LAB": (None, "tiff_lzw"),
    }
    for mode, packings in wanted.items():
        for packing in packings:
            out = io.BytesIO()
            modes[mode].save(out, "TIFF", compression=packing)
            yield f"tiff-pillow-{mode}-{packing or 'plain'}.tif", out.getvalue()


# --- JPEG


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def lossless(samples, predictor=1, shift=0, rows=0, scans=None, ids=None, bits=8, head=b""):
    """Lossless JPEG by the book (ITU-T T.81, annex H), its Huffman codes all of 5 bits; rows: between restarts."""
    height, width, count = samples.shape
    ids = ids or list(range(1, count + 1))
    lengths = bytes(4) + b"\x11" + bytes(11)
    out = b"\xff\xd8" + head + segment(0xC4, b"\0" + lengths + bytes(range(17)))
    frame = struct.pack(">BHHB", bits, height, width, count)
    out += segment(0xC3, frame + b"".join(bytes([i, 0x11, 0]) for i in ids))
    if rows:
        out += segment(0xDD, struct.pack(">H", rows * width))
    for scan in scans or [list(range(count))]:
        named = b"".join(bytes([ids[i], 0]) for i in scan)
        out += segment(0xDA, bytes([len(scan)]) + named + bytes([predictor, 0, shift]))
        levels = samples[..., scan].astype(int) >> shift
        code = ""
        for y in range(height):
            first = y == 0 or (rows and y % rows == 0)
            if first and y:
                out += stuffed(code) + b"\xff" + bytes([0xD0 + (y // rows - 1) % 8])
                code = ""
            for x in range(width):
                for i in range(len(scan)):
                    difference = int(levels[y, x, i] - promised(levels[..., i], y, x, first, predictor, bits - shift))
                    size = abs(difference).bit_length()
                    code += format(size, "05b")
                    if size:
                        code += format(difference if difference > 0 else difference + (1 << size) - 1, f"0{size}b")
        out += stuffed(code)
    return out + b"\xff\xd9"


def promised(levels, y, x, first, predictor, bits):
    if x == 0:
        return 1 << (bits - 1) if first else levels[y - 1, 0]
    left = levels[y, x - 1]
    if first:
        return left
    up, corner = levels[y - 1, x], levels[y - 1, x - 1]
    return [
        left,
        up,
        corner,
        left + up - corner,
        left + ((up - corner) >> 1),
        up + ((left - corner) >> 1),
        (left + up) >> 1,
    ][predictor - 1]


def stuffed(code):
    code += "1" * (-len(code) % 8)
    return bytes(int(code[i : i + 8], 2) for i in range(0, len(code), 8)).replace(b"\xff", b"\xff\0")


JFIF = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")


def adobe(transform):
    return segment(0xEE, b"Adobe\0d\0\0\0\0" + bytes([transform]))


def jpegs():
    gray = GRAY[..., None]
    for predictor in range(1, 8):
        yield f"jpeg-lossless-{predictor}.jpg", lossless(RGB, predictor)
    yield "jpeg-lossless-gray.jpg", lossless(gray, 7)
    yield "jpeg-lossless-gray-jfif.jpg", lossless(gray, 4, head=JFIF)
    yield "jpeg-lossless-cmyk.jpg", lossless(CMYK)
    yield "jpeg-lossless-cmyk-adobe.jpg", lossless(CMYK, head=adobe(0))
    yield "jpeg-lossless-ycck.jpg", lossless(CMYK, head=adobe(2))
    yield "jpeg-lossless-restarts.jpg", lossless(RGB, 6, rows=2)
    yield "jpeg-lossless-gray-restarts.jpg", lossless(gray, 5, rows=1)
    yield "jpeg-lossless-shift.jpg", lossless(RGB, 4, shift=2)
    yield "jpeg-lossless-scans.jpg", lossless(RGB, 4, scans=[[0], [1], [2]])
    yield "jpeg-lossless-scans-restarts.jpg", lossless(RGB, 4, rows=4, scans=[[0, 1], [2]])
    yield "jpeg-lossless-cmyk-scans.jpg", lossless(CMYK, scans=[[0, 1], [2, 3]])
    yield "jpeg-lossless-ids.jpg", lossless(RGB, ids=[82, 71, 66])
    yield "jpeg-lossless-adobe-rgb.jpg", lossless(RGB, head=adobe(0))
    yield "jpeg-lossless-adobe-ycc.jpg", lossless(RGB, head=adobe(1))
    yield "jpeg-lossless-jfif.jpg", lossless(RGB, head=JFIF)
    yield "jpeg-lossless-2-components.jpg", lossless(CMYK[..., :2].copy())
    yield "jpeg-lossless-12-bits.jpg", lossless(RGB.astype(int) * 16, bits=12)
    yield "jpeg-lossless-cut.jpg", lossless(RGB)[:-80]
    yield "jpeg-lossless-no-end.jpg", lossless(RGB)[:-2]
    yield "jpeg-lossless-library.jpg", imagecodecs.jpeg8_encode(RGB, lossless=True, predictor=5)
    yield "jpeg-12-bits.jpg", imagecodecs.jpeg8_encode(RGB.astype(np.uint16) * 16, bitspersample=12)
    yield "jpeg-2-components.jpg", imagecodecs.jpeg8_encode(np.stack([GRAY, ALPHA], -1))
    yield "jpeg-ls.jpg", imagecodecs.jpegls_encode(RGB)
    plain = imagecodecs.jpeg8_encode(RGB)
    yield "jpeg-hierarchical.jpg", plain.replace(b"\xff\xc0", b"\xff\xc5", 1)


# --- BMP


def bmp(bits, data, packing=0, header=40, height=HEIGHT, colours=(), used=0, masks=(), said=None):
    info = struct.pack("<LllHHLLllLL", header, WIDTH, height, 1, bits, packing, len(data), 0, 0, used, 0)
    mask = struct.pack(f"<{len(masks)}L", *masks)
    if header == 12:
        info = struct.pack("<LHHHH", 12, WIDTH, height, 1, bits)
    elif header == 16:
        info = struct.pack("<LLLHH", 16, WIDTH, height, 1, bits)
    elif header == 40:
        info += mask
    else:
        info = (info + mask).ljust(header, b"\0")
    table = b"".join(bytes(c) + (b"" if header == 12 else b"\0") for c in colours)
    at = 14 + len(info) + len(table)
    return b"BM" + struct.pack("<LHHL", at + len(data), 0, 0, said or at) + info + table + data


def bmp_rows(bits, values):
    out = b""
    for row in values:
        if bits < 8:
            code = "".join(format(int(v), f"0{bits}b") for v in row)
            line = bytes(int(code[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(code), 8))
        else:
            line = bytes(np.asarray(row, np.uint8).tolist())
        out += line + b"\0" * (-len(line) % 4)
    return out


MASKS = {
    16: {
        "565": (0xF800, 0x7E0, 0x1F, 0),
        "555": (0x7C00, 0x3E0, 0x1F, 0),
        "1555": (0x7C00, 0x3E0, 0x1F, 0x8000),
        "4444": (0xF00, 0xF0, 0xF, 0xF000),
    },
    24: {"bgr": (0xFF0000, 0xFF00, 0xFF, 0), "rgb": (0xFF, 0xFF00, 0xFF0000, 0)},
    32: {
        "bgrx": (0xFF0000, 0xFF00, 0xFF, 0),
        "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        "xbgr": (0xFF000000, 0xFF0000, 0xFF00, 0),
        "abgr": (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
        "bgxr": (0xFF000000, 0xFF00, 0xFF, 0),
        "bgar": (0xFF000000, 0xFF00, 0xFF, 0xFF0000),
        "rgbx": (0xFF, 0xFF00, 0xFF0000, 0),
        "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        "none": (0, 0, 0, 0),
        "10-bits": (0x3FF00000, 0xFFC00, 0x3FF, 0),
    },
}

LINE = [WIDTH, 0x15, 0, 0]
RUNS = {
    "plain": LINE * HEIGHT + [0, 1],
    "no-end": LINE * HEIGHT,
    "no-line-ends": [WIDTH, 5] * HEIGHT + [0, 1],
    "stretch-3": [0, 3, 0x12, 0x23, 0x31, 0, WIDTH - 3, 7, 0, 0] + LINE * (HEIGHT - 1) + [0, 1],
    "stretch-6": [0, 6, 0x12, 0x34, 0x56, 4, 5, 6, WIDTH - 6, 7, 0, 0] + LINE * (HEIGHT - 1) + [0, 1],
    "stretch-over-line-end": [WIDTH - 1, 5, 0, 4, 1, 2, 3, 4, 0, 0] * HEIGHT + [0, 1],
    "run-over-line-end": [WIDTH + 5, 3, 0, 0] * HEIGHT + [0, 1],
    "jump": [3, 7, 0, 2, 2, 1, WIDTH - 5, 8, 0, 0] + LINE * (HEIGHT - 2) + [0, 1],
    "short-lines": [3, 3, 0, 0] * HEIGHT + [0, 1],
    "early-end": LINE * 3 + [0, 1],
    "cut": LINE * 3 + [WIDTH],
    "jump-behind-the-end": [0, 2, 255, 255] * 9,
}


def bmps():
    colours = [tuple(RANDOM.integers(0, 256, 3).tolist()) for _ in range(256)]
    for bits in (1, 2, 4, 8):
        values = RANDOM.integers(0, 1 << bits, (HEIGHT, WIDTH))
        table = colours[: 1 << bits]
        rows = bmp_rows(bits, values)
        for header in (12, 16, 40, 64, 124):
            yield f"bmp-{bits}-bits-header-{header}.bmp", bmp(bits, rows, header=header, colours=table)
        yield f"bmp-{bits}-bits-from-top.bmp", bmp(bits, rows, height=-HEIGHT, colours=table)
        yield f"bmp-{bits}-bits-said-at-colours.bmp", bmp(bits, rows, colours=table, said=14 + 40)
        two = bmp_rows(bits, values % 2)
        yield f"bmp-{bits}-bits-black-and-white.bmp", bmp(bits, two, colours=[(0,) * 3, (255,) * 3], used=2)
        # The same picture, with a third colour that no pixel has.
        three = [(0,) * 3, (255,) * 3, (1, 2, 3)]
        yield f"bmp-{bits}-bits-black-white-and-another.bmp", bmp(bits, two, colours=three, used=3)
        yield f"bmp-{bits}-bits-one-colour.bmp", bmp(bits, bytes(len(rows)), colours=[(9, 8, 7)], used=1)
    for bits in (16, 24, 32):
        rows = bmp_rows(8, RANDOM.integers(0, 256, (HEIGHT, WIDTH * bits // 8)))
        for header in (12, 40, 124):
            yield f"bmp-{bits}-bits-header-{header}.bmp", bmp(bits, rows, header=header)
        for name, masks in MASKS[bits].items():
            for header in (40, 56, 124):
                kept = masks[:3] if header == 40 else masks
                yield f"bmp-{bits}-bits-{name}-{header}.bmp", bmp(bits, rows, 3, header, masks=kept)
        yield f"bmp-{bits}-bits-alpha-fields.bmp", bmp(bits, rows, 6, masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000))
    for name, runs in RUNS.items():
        yield f"bmp-runs8-{name}.bmp", bmp(8, bytes(runs), 1, colours=colours)
        yield f"bmp-runs4-{name}.bmp", bmp(4, bytes(runs), 2, colours=colours[:16])
    yield "bmp-jpeg.bmp", bmp(24, b"\xff\xd8\xff\xd9", 4)
    yield "bmp-png.bmp", bmp(24, b"\x89PNG", 5)


# --- PNG: metadata that is cut short, and a second header


def chunk(name, data):
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))


SHORT_CHUNKS = {
    "gAMA": b"\0",
    "cHRM": bytes(30),
    "pHYs": bytes(4),
    "sRGB": b"",
    "tRNS": b"\0",
    "acTL": bytes(4),
    "zTXt": b"key\0\5text",
    "iCCP": b"name\0\5profile",
}


def pngs():
    out = io.BytesIO()
    Image.fromarray(RGB).save(out, "PNG")
    plain = out.getvalue()
    data = plain.index(b"IDAT") - 4
    yield "png-plain.png", plain
    for name, content in SHORT_CHUNKS.items():
        yield f"png-short-{name}.png", plain[:data] + chunk(name.encode(), content) + plain[data:]
    yield "png-two-headers.png", plain[:data] + plain[8:33] + plain[data:]


# --- WebP of so many pixels that what is needed anyway does not matter


def large_webps(folder):
    y, x = np.mgrid[0:1000, 0:1600]
    image = Image.fromarray(np.stack([x // 8, y // 5, (x + y) // 12], -1).astype(np.uint8))
    image.save(folder / "lossy.webp", quality=50)
    image.save(folder / "lossless.webp", lossless=True)


if __name__ == "__main__":
    makers = (gray_tiffs, colour_tiffs, packed_tiffs, pillow_tiffs, jpegs, bmps, pngs)
    record(sys.argv[1], {name: data for maker in makers for name, data in maker()})
    large_webps(pathlib.Path(sys.argv[1]).parent)
