#!/usr/bin/env bash
# Pillow reads a BMP of 8 or 4 bits whose palette is black and white as if it had 1 bit for each pixel.
#
# Expected: a pixel is a byte (or half of one) that names an entry of the palette, whatever its colours are. The same
#   file with a third colour in the palette, which no pixel uses, is read so.
# Seen: where the palette is exactly black, white the picture has mode "1" and its rows are read as packed bits:
#   a row of 16 white pixels, bytes 01, comes out as black with a white pixel each 8. No error, no warning.
# Versions: Pillow 12.3.0 and 13.0.0, Python 3.11.
# Source: observed; the palette is looked at in PIL/BmpImagePlugin.py ("gray palette").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
for version in 12.3.0 13.0.0; do
  python/bin/pip install -q "pillow==$version"
  python/bin/python - <<'PY'
import io
import struct

import PIL
from PIL import Image

SIDE = 16


def bmp(bits, palette):
    """All pixels are entry 1, white."""
    row = bytes([1]) * SIDE if bits == 8 else bytes([0x11]) * (SIDE // 2)
    data = row * SIDE
    colours = b"".join(bytes([*rgb[::-1], 0]) for rgb in palette)
    offset = 14 + 40 + len(colours)
    head = b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, bits, 0, len(data), 0, 0, len(palette), 0)
    return head + info + colours + data


def white(bits, palette):
    image = Image.open(io.BytesIO(bmp(bits, palette)))
    levels = image.convert("RGB").tobytes()
    share = levels.count(255) / len(levels)
    print(f"Pillow {PIL.__version__}, {bits} bits, {len(palette)} colours: mode {image.mode}, white {share:.3f}")
    return share


two = [(0, 0, 0), (255, 255, 255)]
for bits in (8, 4):
    assert white(bits, two + [(9, 9, 9)]) == 1, "the file with three colours is not read"
    assert white(bits, two) < 0.5, "read right: the behaviour has changed"
PY
done
