#!/usr/bin/env bash
# Pillow reads a big-endian TIFF of floats wrong once it is compressed: every number comes out with its bytes swapped.
#
# Expected: compression changes no sample. The same floats, big-endian without compression and little-endian with LZW,
#   are read right.
# Seen: big-endian with LZW gives the bytes of each float in the wrong order (1.0 is read as 4.6e-41), without an error.
#   libtiff has turned the samples to the machine's order already, and Pillow's raw mode ("F;32BF") turns them again.
# Versions: Pillow 12.3.0 and 13.0.0 with tifffile 2025.10.16 and imagecodecs as the writer, Python 3.11.
# Source: observed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q tifffile==2025.10.16 imagecodecs==2025.8.2 numpy==2.3.4
for version in 12.3.0 13.0.0; do
  python/bin/pip install -q "pillow==$version"
  python/bin/python - <<'PY'
import numpy
import PIL
import tifffile
from PIL import Image

samples = numpy.linspace(1, 200, 64 * 48, dtype=numpy.float32).reshape(48, 64)


def is_right(order, compression):
    tifffile.imwrite("a.tif", samples, byteorder=order, compression=compression, photometric="minisblack")
    assert numpy.array_equal(tifffile.imread("a.tif"), samples)
    with Image.open("a.tif") as image:
        read = numpy.asarray(image)
    right = numpy.array_equal(read, samples)
    print(f"Pillow {PIL.__version__}, {order} {compression or 'plain'}: {'right' if right else f'first is {read[0, 0]}'}")
    if not right:
        assert numpy.array_equal(read.byteswap(), samples), "wrong in another way"
    return right


assert is_right(">", None)
assert is_right("<", "lzw")
assert not is_right(">", "lzw"), "read right: the behaviour has changed"
PY
done
