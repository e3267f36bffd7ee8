"""Fixed-point weights of 100,000 random axes, as Pillow computes them.

Pillow rounds a weight w to int(w * 2^22 + 0.5) for 8-bit pictures. For pictures of 32-bit integers it keeps w in
double precision and rounds each sum in the same way: so a sample of 2^22 among zeros becomes the fixed-point
weight itself. A picture with such a sample every `stride` columns, in each row one column further on, gives all
weights of an axis; none takes more than `stride` columns.

Prints a line for every 100 axes: the CRC-32 of their first columns and weights (see `weights`), one after
the other, as hexadecimal. AxisWeightsTest draws the same axes.

    pip install pillow==13.0.0 numpy==2.4.6
    python axis_weights.py > src/test/resources/golden/resizes/axis-weights.txt
"""

import math
import sys
import zlib

import numpy as np
from PIL import Image, __version__

from draws import Draws

SUPPORT = {1: 3.0, 2: 1.0, 3: 2.0, 4: 0.5, 5: 1.0, 6: 2.5, 7: 4.5}
AXES, GROUP = 100_000, 100
ONE = 1 << 22


def axis(draws):
    """Filter, source and target size of the next axis."""
    # Hamming and Lanczos, which have sines, more often than the others.
    resample = (5, 5, 5, 5, 1, 1, 2, 3, 4, 6, 7)[draws.next(11)]
    source, target = (1 + draws.next((30, 30, 30, 120, 120, 500, 2000)[draws.next(7)]) for _ in range(2))
    return resample, source, target + (source == target)


def weights(resample, source, target):
    """First columns [target] and weights [target, stride] of an axis, 32-bit."""
    scale = source / target
    support = SUPPORT[resample] * max(scale, 1)
    stride = math.ceil(support) * 2 + 1
    first = np.maximum(((np.arange(target) + 0.5) * scale - support + 0.5).astype(np.int32), 0)
    impulses = np.zeros((stride, source), np.int32)
    columns = np.arange(source)
    impulses[columns % stride, columns] = ONE
    made = np.asarray(Image.fromarray(impulses).resize((target, stride), resample))
    rows = (first[:, None] + np.arange(stride)) % stride
    return first, made[rows, np.arange(target)[:, None]].astype(np.int32)


def main():
    draws = Draws(1)
    for _ in range(AXES // GROUP):
        total = 0
        for _ in range(GROUP):
            for numbers in weights(*axis(draws)):
                total = zlib.crc32(np.ascontiguousarray(numbers).tobytes(), total)
        print(f"{total:08x}")
    print(f"Pillow {__version__}", file=sys.stderr)


if __name__ == "__main__":
    main()
