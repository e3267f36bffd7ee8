#!/usr/bin/env python3
"""Pictures whose orientation stands in EXIF, XMP or text chunks, whole and odd: what exif_transpose makes of them.

Run with Pillow 13.0.0 and nothing else:   python orientation.py ../resources/pictures/orientation.zip
It packs a picture for each case, and index.json: for each the size and the SHA-256 of the RGB samples of
ImageOps.exif_transpose(Image.open(f)).convert("RGB"), or the exception that Pillow raises.
"""

import io
import struct
import sys
import zlib

from PIL import Image, PngImagePlugin

from recording import record

WIDTH, HEIGHT = 12, 8
ASCII, BYTE, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG = 2, 1, 3, 4, 5, 6, 7, 8, 9
SRATIONAL, FLOAT, DOUBLE, IFD, LONG8 = 10, 11, 12, 13, 16
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
CODES = {3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 11: "f", 12: "d", 13: "L", 16: "Q"}


def picture():
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([(x * 20, y * 30, 255 - x * 9 - y * 11) for y in range(HEIGHT) for x in range(WIDTH)])
    return image


# --- EXIF and XMP


def packed(kind, values, order):
    if isinstance(values, bytes):
        return values
    if kind in (RATIONAL, SRATIONAL):
        return b"".join(struct.pack(order + ("ll" if kind == SRATIONAL else "LL"), v, 1) for v in values)
    return b"".join(struct.pack(order + CODES[kind], v) for v in values)


def exif(*tags, order="<", head=b"Exif\0\0", cut=None):
    """tags: (number, type, values[, count])"""
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", 8)
    directory = struct.pack(order + "H", len(tags))
    behind = b""
    data_at = 8 + 2 + 12 * len(tags) + 4
    for number, kind, values, *count in tags:
        data = packed(kind, values, order)
        n = count[0] if count else len(data) // SIZES.get(kind, 1)
        directory += struct.pack(order + "HHL", number, kind, n)
        if n * SIZES.get(kind, 1) <= 4:
            directory += data[:4].ljust(4, b"\0")
        else:
            directory += struct.pack(order + "L", data_at + len(behind))
            behind += data
    block = start + directory + b"\0\0\0\0" + behind
    return head + (block if cut is None else block[:cut])


def orient(value, kind=SHORT, **more):
    return exif((0x010F, ASCII, b"Maker\0"), (0x0112, kind, [value]), **more)


NO_ORIENTATION = exif((0x010F, ASCII, b"Maker\0"))


def xmp(orientation):
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        f' xmlns:tiff="http://ns.adobe.com/tiff/1.0/"{orientation}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def attribute(value):
    return xmp(f' tiff:Orientation="{value}">')


def element(value):
    return xmp(f"><tiff:Orientation>{value}</tiff:Orientation>")


XMPS = {
    "attribute-6": attribute(6),
    "attribute-3": attribute(3),
    "element-8": element(8),
    "attribute-0": attribute(0),
    "attribute-9": attribute(9),
    "attribute-12": attribute(12),
    "single-quotes": xmp(" tiff:Orientation='6'>"),
    "spaced-attribute": xmp(' tiff:Orientation = "6">'),
    "spaced-element": xmp(">\n<tiff:Orientation> 6 </tiff:Orientation>"),
    "first-of-two": xmp(' tiff:Orientation="5"><tiff:Orientation>3</tiff:Orientation>'),
    "second-of-two": xmp(' tiff:Orientation="x"><tiff:Orientation>3</tiff:Orientation>'),
    "other-prefix": xmp(' t:Orientation="6">'),
    "other-namespace": xmp(' exif:Orientation="6">'),
    "not-xml": b'tiff:Orientation="7',
    "comment": xmp('><!-- tiff:Orientation="6" -->'),
    "element-with-attribute": xmp('><tiff:Orientation rdf:x="y">6</tiff:Orientation>'),
    "cut": b'<x tiff:Orientation="',
    "empty": b"",
    "utf-16": b"\xfe\xff" + attribute(6).decode().encode("utf-16-be"),
    "not-utf-8": b'\xff\xc3 tiff:Orientation="6"',
    "not-ascii-digit": xmp(' tiff:Orientation="\u0666">'),
}

# What EXIF says beside XMP's 6.
BESIDE_XMP = {
    "1": orient(1),
    "0": orient(0),
    "3": orient(3),
    "9": orient(9),
    "absent": NO_ORIENTATION,
    "no-tags": exif(),
    "byte": exif((0x0112, BYTE, b"\3")),
    "ascii": exif((0x0112, ASCII, b"3\0")),
    "count-0": exif((0x0112, SHORT, b"\3\0", 0)),
    "unknown-type": exif((0x0112, 99, b"\3\0\0\0", 1)),
    "cut-before-tag": exif((0x010F, SHORT, [1]), (0x0112, SHORT, [3]), cut=8 + 2 + 12 + 6),
}

EXIFS = {
    **{f"{n}": orient(n) for n in range(1, 9)},
    "big-endian-6": orient(6, order=">"),
    "byte": exif((0x0112, BYTE, b"\6")),
    "ascii": exif((0x0112, ASCII, b"6\0")),
    "ascii-digit-alone": exif((0x0112, ASCII, b"6")),
    "long": orient(6, LONG),
    "long-big-endian": orient(6, LONG, order=">"),
    "rational": orient(6, RATIONAL),
    "signed-byte": orient(6, SBYTE),
    "undefined": exif((0x0112, UNDEFINED, b"\6")),
    "signed-short": orient(6, SSHORT),
    "signed-long": orient(6, SLONG),
    "signed-rational": orient(6, SRATIONAL),
    "float": orient(6.0, FLOAT),
    "float-6.5": orient(6.5, FLOAT),
    "double": orient(6.0, DOUBLE),
    "ifd": orient(6, IFD),
    "long8": orient(6, LONG8),
    "type-0": exif((0x0112, 0, b"\6\0\0\0", 1)),
    "type-17": exif((0x0112, 17, b"\6\0\0\0", 1)),
    "two-values": exif((0x0112, SHORT, [6, 1])),
    "five-values": exif((0x0112, SHORT, [6, 1, 2, 3, 4])),
    "two-bytes": exif((0x0112, BYTE, b"\6\6")),
    "tag-twice": exif((0x0112, SHORT, [6]), (0x0112, SHORT, [3])),
    "head-twice": exif((0x0112, SHORT, [6]), head=b"Exif\0\0Exif\0\0"),
    "head-three-times": exif((0x0112, SHORT, [6]), head=b"Exif\0\0" * 3),
    "swapped-mark": exif((0x0112, SHORT, [6])).replace(b"II*\0", b"II\0*"),
    "swapped-mark-big-endian": exif((0x0112, SHORT, [6]), order=">").replace(b"MM\0*", b"MM*\0"),
    "directory-later": b"Exif\0\0II*\0" + struct.pack("<L", 20) + b"\0" * 12
    + exif((0x0112, SHORT, [6]))[14:],
    "directory-outside": b"Exif\0\0II*\0" + struct.pack("<L", 5000),
    "values-outside": exif((0x010F, ASCII, b"Maker\0", 90000), (0x0112, SHORT, [6])),
    "no-tiff": b"Exif\0\0nothing of the kind",
    "bigtiff": b"Exif\0\0II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0",
    "short-head": b"Exif\0\0II*\0",
    "only-head": b"Exif\0\0",
    "unsorted": exif((0x0131, ASCII, b"Program\0"), (0x0112, SHORT, [6]), (0x010F, ASCII, b"M\0")),
}


# --- JPEG


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments, jfif=True):
    out = io.BytesIO()
    picture().save(out, "JPEG", quality=90, subsampling=0)
    plain = out.getvalue()
    head = 2 + 2 + struct.unpack(">H", plain[4:6])[0]
    return plain[: head if jfif else 2] + b"".join(segments) + plain[head:]


def app1(data):
    return segment(0xE1, data)


def app1_xmp(data):
    return app1(b"http://ns.adobe.com/xap/1.0/\0" + data)


def jpegs():
    for name, data in XMPS.items():
        yield f"xmp-{name}.jpg", jpeg(app1_xmp(data))
    for name, data in BESIDE_XMP.items():
        yield f"xmp-6-exif-{name}.jpg", jpeg(app1(data), app1_xmp(attribute(6)))
    for name, data in EXIFS.items():
        yield f"exif-{name}.jpg", jpeg(app1(data), jfif=False)
    yield "xmp-before-exif.jpg", jpeg(app1_xmp(attribute(6)), app1(orient(3)))
    yield "xmp-two-segments.jpg", jpeg(app1_xmp(attribute(6)), app1_xmp(attribute(3)))
    yield "xmp-two-segments-one-without.jpg", jpeg(app1_xmp(attribute(6)), app1_xmp(xmp(">")))
    yield "xmp-in-app2.jpg", jpeg(segment(0xE2, b"http://ns.adobe.com/xap/1.0/\0" + attribute(6)))
    yield "xmp-extension.jpg", jpeg(app1(b"http://ns.adobe.com/xmp/extension/\0" + attribute(6)))
    yield "xmp-without-zero.jpg", jpeg(app1(b"http://ns.adobe.com/xap/1.0/" + attribute(6)))
    yield "exif-two-segments.jpg", jpeg(app1(orient(6)), app1(orient(3)))
    yield "exif-in-pieces.jpg", jpeg(app1(orient(6)[:20]), app1(b"Exif\0\0" + orient(6)[20:]))
    yield "exif-second-head-byte.jpg", jpeg(app1(orient(6, head=b"Exif\0\xff")))
    yield "exif-in-app0.jpg", jpeg(segment(0xE0, orient(6)))
    yield "no-tiff-xmp-6.jpg", jpeg(app1(EXIFS["no-tiff"]), app1_xmp(attribute(6)), jfif=False)
    yield "mpo-exif-6.mpo", mpo(exif=orient(6))


def mpo(**options):
    out = io.BytesIO()
    picture().save(out, "MPO", save_all=True, append_images=[picture()], **options)
    return out.getvalue()


# --- PNG


def chunk(name, data):
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))


def png(*before, after=()):
    out = io.BytesIO()
    picture().save(out, "PNG")
    plain = out.getvalue()
    data = plain.index(b"IDAT") - 4
    end = plain.index(b"IEND") - 4
    return plain[:data] + b"".join(before) + plain[data:end] + b"".join(after) + plain[end:]


def text(key, value):
    return chunk(b"tEXt", key + b"\0" + value)


def ztext(key, value):
    return chunk(b"zTXt", key + b"\0\0" + zlib.compress(value))


def itext(key, value, compressed=False):
    flags = b"\1\0" if compressed else b"\0\0"
    return chunk(b"iTXt", key + b"\0" + flags + b"\0\0" + (zlib.compress(value) if compressed else value))


def profile(data, name=b"exif"):
    """As ImageMagick writes it."""
    digits = data.hex().encode()
    lines = b"\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return b"\n" + name + b"\n%8d\n" % len(data) + lines + b"\n"


RAW = b"Raw profile type exif"
XMP_KEY = b"XML:com.adobe.xmp"


def pngs():
    for name in ("6", "long", "byte", "tag-twice", "no-tiff", "directory-outside"):
        yield f"exif-{name}.png", png(chunk(b"eXIf", EXIFS[name][6:]))
    yield "exif-head.png", png(chunk(b"eXIf", orient(6)))
    yield "exif-behind.png", png(after=[chunk(b"eXIf", orient(6)[6:])])
    yield "exif-twice.png", png(chunk(b"eXIf", orient(6)[6:]), chunk(b"eXIf", orient(3)[6:]))
    yield "exif-before-and-behind.png", png(chunk(b"eXIf", orient(6)[6:]), after=[chunk(b"eXIf", orient(3)[6:])])
    yield "raw-text.png", png(text(RAW, profile(orient(6))))
    yield "raw-ztext.png", png(ztext(RAW, profile(orient(6))))
    yield "raw-itext.png", png(itext(RAW, profile(orient(6))))
    yield "raw-itext-compressed.png", png(itext(RAW, profile(orient(6)), True))
    yield "raw-behind.png", png(after=[ztext(RAW, profile(orient(6)))])
    yield "raw-no-head.png", png(text(RAW, profile(orient(6)[6:])))
    yield "raw-app1.png", png(ztext(b"Raw profile type APP1", profile(orient(6), b"app1")))
    yield "raw-apsl.png", png(ztext(RAW, profile(orient(6), b"generic profile")))
    yield "raw-capitals.png", png(text(RAW, profile(orient(6)).upper()))
    yield "raw-spaced.png", png(text(RAW, profile(orient(6)).replace(b"45786966", b" 4578 6966 ")))
    yield "raw-one-line.png", png(text(RAW, b"\nexif\n%8d\n" % len(orient(6)) + orient(6).hex().encode()))
    yield "raw-twice.png", png(text(RAW, profile(orient(6))), text(RAW, profile(orient(3))))
    yield "raw-and-exif.png", png(text(RAW, profile(orient(3))), chunk(b"eXIf", orient(6)[6:]))
    yield "raw-and-exif-without.png", png(text(RAW, profile(orient(3))), chunk(b"eXIf", NO_ORIENTATION[6:]))
    yield "raw-no-lines.png", png(text(RAW, orient(6).hex().encode()))
    yield "raw-not-hex.png", png(text(RAW, b"\nexif\n       4\nzzzz\n"))
    yield "raw-odd-digits.png", png(text(RAW, b"\nexif\n       4\n45786\n"))
    yield "raw-without-orientation-xmp-6.png", png(
        text(RAW, profile(NO_ORIENTATION)), itext(XMP_KEY, attribute(6))
    )
    yield "raw-3-xmp-6.png", png(text(RAW, profile(orient(3))), itext(XMP_KEY, attribute(6)))
    yield "text-exif.png", png(text(b"exif", orient(6)))
    yield "ztext-exif.png", png(ztext(b"exif", orient(6)))
    for name, data in XMPS.items():
        yield f"xmp-{name}.png", png(itext(XMP_KEY, data))
    for name, data in BESIDE_XMP.items():
        yield f"xmp-6-exif-{name}.png", png(chunk(b"eXIf", data[6:]), itext(XMP_KEY, attribute(6)))
    yield "xmp-compressed.png", png(itext(XMP_KEY, attribute(6), True))
    yield "xmp-text.png", png(text(XMP_KEY, attribute(6)))
    yield "xmp-ztext.png", png(ztext(XMP_KEY, attribute(6)))
    yield "xmp-behind.png", png(after=[itext(XMP_KEY, attribute(6))])
    yield "xmp-twice.png", png(itext(XMP_KEY, attribute(6)), itext(XMP_KEY, attribute(3)))
    yield "xmp-before-and-behind.png", png(itext(XMP_KEY, attribute(6)), after=[itext(XMP_KEY, attribute(3))])
    yield "xmp-not-utf-8-and-text.png", png(
        itext(XMP_KEY, b'\xff tiff:Orientation="3"'), text(XMP_KEY, attribute(6))
    )
    yield "xmp-empty-and-not-utf-8.png", png(
        text(XMP_KEY, b""), itext(XMP_KEY, b'\xff tiff:Orientation="3"')
    )
    yield "xmp-lower-key.png", png(itext(b"xml:com.adobe.xmp", attribute(6)))
    yield "xmp-raw-profile.png", png(ztext(b"Raw profile type xmp", profile(attribute(6), b"xmp")))
    yield "xmp-compressed-broken.png", png(
        chunk(b"iTXt", XMP_KEY + b"\0\1\0\0\0" + zlib.compress(attribute(6))[:-30])
    )
    yield "xmp-unknown-compression.png", png(chunk(b"iTXt", XMP_KEY + b"\0\1\7\0\0" + attribute(6)))
    yield "xmp-no-language.png", png(chunk(b"iTXt", XMP_KEY + b"\0\0\0" + attribute(6)))
    yield "xmp-language.png", png(chunk(b"iTXt", XMP_KEY + b"\0\0\0en\0XMP\0" + attribute(6)))
    yield "apng-exif-6.png", apng(orient(6)[6:])


def apng(data):
    out = io.BytesIO()
    picture().save(out, "PNG", save_all=True, append_images=[picture().rotate(180)], exif=data)
    return out.getvalue()


# --- WebP


def riff(name, data):
    return name + struct.pack("<L", len(data)) + data + b"\0" * (len(data) & 1)


def webp(*chunks, flags=None, before=()):
    out = io.BytesIO()
    picture().save(out, "WEBP", lossless=True)
    plain = out.getvalue()[12:]
    if flags is None:
        flags = 12
    extended = riff(b"VP8X", bytes([flags, 0, 0, 0]) + struct.pack("<L", WIDTH - 1)[:3] + struct.pack("<L", HEIGHT - 1)[:3])
    body = b"WEBP" + extended + b"".join(before) + plain + b"".join(chunks)
    return b"RIFF" + struct.pack("<L", len(body)) + body


def webps():
    for name in ("6", "long", "byte", "tag-twice", "no-tiff"):
        yield f"exif-{name}.webp", webp(riff(b"EXIF", EXIFS[name][6:]))
    yield "exif-head.webp", webp(riff(b"EXIF", orient(6)))
    yield "exif-twice.webp", webp(riff(b"EXIF", orient(6)[6:]), riff(b"EXIF", orient(3)[6:]))
    yield "exif-before-picture.webp", webp(before=[riff(b"EXIF", orient(6)[6:])])
    yield "exif-flag-off.webp", webp(riff(b"EXIF", orient(6)[6:]), flags=0)
    for name in ("attribute-6", "element-8", "attribute-0", "single-quotes", "not-xml", "utf-16", "empty"):
        yield f"xmp-{name}.webp", webp(riff(b"XMP ", XMPS[name]))
    for name in ("1", "0", "absent", "byte"):
        yield f"xmp-6-exif-{name}.webp", webp(riff(b"EXIF", BESIDE_XMP[name][6:]), riff(b"XMP ", attribute(6)))
    yield "xmp-flag-off.webp", webp(riff(b"XMP ", attribute(6)), flags=0)
    yield "xmp-twice.webp", webp(riff(b"XMP ", attribute(6)), riff(b"XMP ", attribute(3)))
    yield "xmp-before-exif.webp", webp(riff(b"XMP ", attribute(6)), riff(b"EXIF", NO_ORIENTATION[6:]))
    out = io.BytesIO()
    picture().save(out, "WEBP", save_all=True, append_images=[picture().rotate(180)], xmp=attribute(6))
    yield "animated-xmp-6.webp", out.getvalue()


# --- TIFF


def tiff(*tags, order="<", deflate=False):
    samples = picture().tobytes()
    if deflate:
        samples = zlib.compress(samples)
    every = sorted(
        [
            (256, SHORT, [WIDTH]),
            (257, SHORT, [HEIGHT]),
            (258, SHORT, [8, 8, 8]),
            (259, SHORT, [8 if deflate else 1]),
            (262, SHORT, [2]),
            (277, SHORT, [3]),
            (278, SHORT, [HEIGHT]),
            (279, LONG, [len(samples)]),
            *tags,
        ],
        key=lambda tag: tag[0],
    )
    size = len(exif(*every, (273, LONG, [0]), head=b"", order=order))
    every = sorted([*every, (273, LONG, [size])], key=lambda tag: tag[0])
    return exif(*every, head=b"", order=order) + samples


def tiffs():
    for n in range(1, 9):
        yield f"orientation-{n}.tif", tiff((274, SHORT, [n]))
    for name, kind, values in (
        ("long", LONG, [6]),
        ("byte", BYTE, b"\6"),
        ("ascii", ASCII, b"6\0"),
        ("signed-short", SSHORT, [6]),
        ("rational", RATIONAL, [6]),
        ("float", FLOAT, [6.0]),
        ("two-values", SHORT, [6, 1]),
        ("0", SHORT, [0]),
        ("9", SHORT, [9]),
    ):
        yield f"orientation-{name}.tif", tiff((274, kind, values))
        yield f"orientation-{name}-deflate.tif", tiff((274, kind, values), deflate=True)
        yield f"orientation-{name}-xmp-3.tif", tiff((274, kind, values), (700, BYTE, attribute(3)))
    yield "orientation-big-endian.tif", tiff((274, SHORT, [6]), order=">")
    yield "orientation-1-xmp-6.tif", tiff((274, SHORT, [1]), (700, BYTE, attribute(6)))
    yield "orientation-6-deflate.tif", tiff((274, SHORT, [6]), deflate=True)
    for name, data in XMPS.items():
        if data:
            yield f"xmp-{name}.tif", tiff((700, BYTE, data))
    yield "xmp-undefined.tif", tiff((700, UNDEFINED, attribute(6)))
    yield "xmp-ascii.tif", tiff((700, ASCII, attribute(6)))
    yield "xmp-deflate.tif", tiff((700, BYTE, attribute(6)), deflate=True)
    yield "xmp-big-endian.tif", tiff((700, BYTE, element(8)), order=">")


# --- GIF


def gifs():
    out = io.BytesIO()
    picture().save(out, "GIF")
    plain = out.getvalue()
    at = 13 + 3 * (2 << (plain[10] & 7))
    data = attribute(6)
    block = b"!\xff\x0bXMP DataXMP" + data + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    yield "xmp.gif", plain[:at] + block + plain[at:]


if __name__ == "__main__":
    makers = (jpegs, pngs, webps, tiffs, gifs)
    record(sys.argv[1], {name: data for maker in makers for name, data in maker()})
