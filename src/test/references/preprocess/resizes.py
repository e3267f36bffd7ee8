"""Sums of 2,000 random resizes, and of resizes on both sides of each boundary between the orders of passes.

    pip install pillow==13.0.0 numpy==2.4.6 torch==2.15.0 torchvision==0.29.2
    python resizes.py random > src/test/resources/golden/resizes/random.txt
    python resizes.py order > src/test/resources/golden/resizes/order-13.0.txt
    pip install pillow==12.3.0
    python resizes.py order > src/test/resources/golden/resizes/order-12.3.txt

random: a line a resize: CRC-32 of the bytes that Pillow makes, and torchvision on an 8-bit tensor; a bar where
torchvision lacks the filter. ResizeFuzzTest draws the same sizes.

order: width, height, new width, new height, filter, the order of passes, CRC-32. The order is told by resizing one
axis after the other: H for columns first, V for rows first.
"""

import sys
import zlib

import numpy as np
from PIL import Image

from draws import Draws, picture

FILTERS = (0, 1, 2, 2, 3, 3, 4, 5, 6, 7)
LARGEST = 5000


def crc(array):
    return f"{zlib.crc32(np.ascontiguousarray(array).tobytes()):08x}"


def side(draws):
    return 1 + draws.next((10, 64, 300, 1000, LARGEST)[draws.next(5)])


def size(draws, pixels):
    """Width and height; one is drawn again while they make too many pixels, so that ratios reach 1:1000."""
    width, height = side(draws), side(draws)
    while width * height > pixels:
        width, height = height, side(draws)
    return width, height


def torchvision(samples, width, height, resample):
    import torch
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2 import functional

    mode = {
        0: InterpolationMode.NEAREST_EXACT,
        1: InterpolationMode.LANCZOS,
        2: InterpolationMode.BILINEAR,
        3: InterpolationMode.BICUBIC,
    }[resample]
    # As Transformers has them: channels first, a batch of one.
    batch = torch.from_numpy(samples).permute(2, 0, 1).contiguous()[None]
    made = functional.resize(batch, [height, width], interpolation=mode, antialias=True)
    return made[0].permute(1, 2, 0).numpy()


def random():
    draws = Draws(2)
    for i in range(2000):
        resample = FILTERS[draws.next(len(FILTERS))]
        width, height = size(draws, 300_000)
        new_width, new_height = size(draws, 100_000)
        samples = picture(width, height, i)
        pillow = np.asarray(Image.fromarray(samples).resize((new_width, new_height), resample))
        other = crc(torchvision(samples, new_width, new_height, resample)) if resample < 4 else "-"
        print(crc(pillow), other)


def order():
    sizes = [
        # Rows first where the height shrinks by more than twice what the width does (Pillow 13.0).
        *((100 + 2 * less, 100 + 4 * less + more, 100, 100) for less in (1, 13, 60) for more in (-1, 0, 1)),
        *((50, 80 + more, 60, 80) for more in (-1, 0, 1)),
        *((60, 80 + more, 60, 80) for more in (0, 1)),
        *((500, 776 + more, 224, 224) for more in (-1, 0, 1)),
        *((480, 640, 224, 224), (600, 900, 224, 224), (300, 400, 224, 224), (600, 800, 224, 224)),
        # Rows first in pictures more than 100 times as high as wide that get lower (Pillow 12.2).
        *((3, 300 + more, 64, 64) for more in (-1, 0, 1)),
        *((3, 700, 64, new) for new in (699, 700, 701)),
        *((3, 700, 1, new) for new in (695, 696, 697)),
        (3, 700, 64, 64),
        (5, 900, 56, 40),
        (1, 170, 8, 8),
    ]
    for number, (width, height, new_width, new_height) in enumerate(sizes):
        resample = (2, 3)[number % 2]
        samples = picture(width, height, number)
        image = Image.fromarray(samples)
        made = np.asarray(image.resize((new_width, new_height), resample))
        across = np.asarray(image.resize((new_width, height), resample).resize((new_width, new_height), resample))
        down = np.asarray(image.resize((width, new_height), resample).resize((new_width, new_height), resample))
        same = np.array_equal(across, down)
        way = "=" if same else "H" if np.array_equal(made, across) else "V" if np.array_equal(made, down) else "?"
        print(width, height, new_width, new_height, resample, way, crc(made))


if __name__ == "__main__":
    {"random": random, "order": order}[sys.argv[1]]()
