#!/usr/bin/env python3
"""Masks, sliding windows, label maps and their metrics, as Transformers, PyTorch, Pillow and scikit-learn have them.

Run with transformers 5.23.0, torch 2.15.0, torchvision 0.29.2, Pillow 13.0.0, numpy 2.4.6 and scikit-learn 1.9.1:
    python segmentation.py ../resources/golden/segmentation
It writes index.json, of which README.md there tells, and the label maps beside it. Logits and maps are made by a
formula (noise) that the tests repeat, so that the files stay small. The sliding windows are written down from the
definition: windows from the top left in steps of the stride, the last ones pushed back inside; each window's logits
brought to its pixels; their sum divided by how many windows see a pixel; then brought to the picture's size.
"""

import hashlib
import io
import json
import pathlib
import sys
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as functional
from PIL import Image
from sklearn.metrics import confusion_matrix, jaccard_score, recall_score
from transformers import BeitImageProcessor

OUT = pathlib.Path(sys.argv[1])
PROCESSOR = BeitImageProcessor()
NONE = 255


def noise(seed, n):
    """n uniform numbers of 32 bits: the finalizer of MurmurHash3 over a count."""
    mask = np.uint64(0xFFFFFFFF)
    x = (np.arange(n, dtype=np.uint64) + np.uint64(seed * 0x9E3779B1 & 0xFFFFFFFF)) & mask
    x ^= x >> np.uint64(16)
    x = x * np.uint64(0x85EBCA6B) & mask
    x ^= x >> np.uint64(13)
    x = x * np.uint64(0xC2B2AE35) & mask
    return x ^ (x >> np.uint64(16))


def logits(seed, labels, height, width):
    """[labels, height, width], -10 to 10, exact in float32."""
    values = (noise(seed, labels * height * width) >> np.uint64(8)).astype(np.float32) * np.float32(20 / 2**24)
    return torch.from_numpy((values - np.float32(10)).reshape(labels, height, width))


def sha256(indices):
    return hashlib.sha256(np.ascontiguousarray(indices, dtype=np.uint8).tobytes()).hexdigest()


def counted(mask):
    """Index, pixels and share, largest first."""
    indices, pixels = np.unique(mask, return_counts=True)
    order = np.lexsort((indices, -pixels))
    return [[int(indices[i]), int(pixels[i]), float(np.float32(pixels[i] / mask.size))] for i in order]


# --- masks


def mask_case(seed, labels, points, size):
    output = SimpleNamespace(logits=logits(seed, labels, *points)[None])
    mask = PROCESSOR.post_process_semantic_segmentation(output, target_sizes=[size])[0].numpy()
    return {
        "seed": seed,
        "labels": labels,
        "points": points,
        "size": size,
        "sha256": sha256(mask),
        "segments": counted(mask),
    }


MASKS = [
    mask_case(seed, labels, points, size)
    for seed, (labels, points, size) in enumerate(
        [
            (4, (16, 16), (64, 64)),
            (4, (16, 16), (37, 53)),
            (4, (16, 16), (113, 71)),
            (4, (24, 16), (97, 150)),
            (150, (160, 160), (480, 640)),
            (150, (160, 160), (333, 101)),
            (150, (160, 160), (1371, 913)),
            (150, (40, 40), (31, 47)),
            (150, (160, 160), (160, 160)),
            (19, (128, 128), (1024, 768)),
            (2, (160, 160), (1, 1)),
            (2, (160, 160), (1, 300)),
            (255, (10, 12), (101, 79)),
            (1, (8, 8), (20, 30)),
            (7, (1, 1), (20, 130)),
            (21, (32, 32), (2000, 3)),
        ]
    )
]

# --- sliding windows


def window_case(seed, labels, window, stride, resized, size):
    height, width = resized
    sums = torch.zeros(1, labels, height, width)
    seen = torch.zeros(1, 1, height, width)
    places = []
    top = 0
    while True:
        y = min(top, height - window)
        left = 0
        while True:
            x = min(left, width - window)
            part = logits(1000 * seed + len(places), labels, window // 4, window // 4)[None]
            part = functional.interpolate(part, size=(window, window), mode="bilinear", align_corners=False)
            sums[:, :, y : y + window, x : x + window] += part
            seen[:, :, y : y + window, x : x + window] += 1
            places.append([x, y])
            if x == width - window:
                break
            left += stride
        if y == height - window:
            break
        top += stride
    means = sums / seen
    mask = functional.interpolate(means, size=size, mode="bilinear", align_corners=False)[0].argmax(0).numpy()
    return {
        "seed": seed,
        "labels": labels,
        "window": window,
        "stride": stride,
        "resized": resized,
        "size": size,
        "places": places,
        "sha256": sha256(mask),
        "segments": counted(mask),
    }


WINDOWS = [
    window_case(1, 4, 64, 42, (64, 64), (48, 48)),
    window_case(2, 4, 64, 42, (64, 96), (200, 300)),
    window_case(3, 5, 64, 42, (131, 64), (93, 46)),
    window_case(4, 3, 32, 20, (75, 91), (150, 182)),
    window_case(5, 150, 640, 426, (640, 853), (375, 500)),
    window_case(6, 3, 64, 64, (64, 193), (64, 193)),
]

# --- pictures through a model: one convolution, each patch of 4 x 4 pixels a point

KERNEL = logits(900, 5, 3, 16).reshape(5, 3, 4, 4)


def drawn(width, height):
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 120 * np.sin(x / (5 + c) + y / (11 - 2 * c) + c) for c in range(3)]
    return Image.fromarray(np.stack(waves, -1).astype(np.uint8))


def pixel_values(picture):
    """As BEiT's processor has them: [1, 3, height, width] from -1 to 1."""
    values = np.asarray(picture).astype(np.float32) * np.float32(1 / 255)
    return torch.from_numpy((values - np.float32(0.5)) / np.float32(0.5)).permute(2, 0, 1)[None]


def save(name, mask):
    Image.fromarray(mask.numpy().astype(np.uint8)).save(OUT / name)


def whole(picture, name):
    output = functional.conv2d(pixel_values(picture.resize((64, 64), Image.BICUBIC)), KERNEL, stride=4)
    size = (picture.height, picture.width)
    save(name, PROCESSOR.post_process_semantic_segmentation(SimpleNamespace(logits=output), target_sizes=[size])[0])


def windowed(picture, name, window=64, stride=42):
    scale = window / min(picture.size)
    width, height = (int(side * scale + 0.5) for side in picture.size)
    pixels = pixel_values(picture.resize((width, height), Image.BICUBIC))
    sums, seen = torch.zeros(1, 5, height, width), torch.zeros(1, 1, height, width)
    for y in range(0, height - window + stride, stride):
        for x in range(0, width - window + stride, stride):
            top, left = min(y, height - window), min(x, width - window)
            part = (..., slice(top, top + window), slice(left, left + window))
            points = functional.conv2d(pixels[part], KERNEL, stride=4)
            sums[part] += functional.interpolate(points, size=(window, window), mode="bilinear", align_corners=False)
            seen[part] += 1
    size = (picture.height, picture.width)
    save(name, functional.interpolate(sums / seen, size=size, mode="bilinear", align_corners=False)[0].argmax(0))


PICTURE = drawn(150, 90)
PICTURE.save(OUT / "picture.png")
whole(PICTURE, "picture-whole.png")
windowed(PICTURE, "picture-windows.png")
# Stored on its side: turned upright by its orientation, 6.
TURNED = drawn(80, 120)
exif = Image.Exif()
exif[0x0112] = 6
TURNED.transpose(Image.Transpose.ROTATE_90).save(OUT / "turned.png", exif=exif)
whole(TURNED, "turned-whole.png")
windowed(TURNED, "turned-windows.png")

# --- label maps


def blocks(seed, height, width, labels, side):
    """A map of squares, each of one label."""
    of_block = noise(seed, 1 << 12) % np.uint64(labels)
    y, x = np.mgrid[0:height, 0:width]
    return of_block[(y // side * 61 + x // side) % 4096].astype(np.uint8)


def png(name, image, **options):
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    (OUT / name).write_bytes(out.getvalue())


def map_case(name, indices, image, **options):
    png(name, image, **options)
    return {"file": name, "width": indices.shape[1], "height": indices.shape[0], "sha256": sha256(indices)}


def palette(indices, colours):
    image = Image.fromarray(indices, "P")
    image.putpalette([int(v) for v in noise(77, 3 * colours) % np.uint64(256)])
    return image


def with_none(indices, seed):
    return np.where(noise(seed, indices.size).reshape(indices.shape) % np.uint64(9) == 0, NONE, indices).astype(np.uint8)


ADE = blocks(20, 23, 31, 151, 3)
CITY = with_none(blocks(21, 23, 31, 19, 4), 22)
VOC = with_none(blocks(23, 19, 26, 21, 4), 24)
TWO = blocks(25, 11, 13, 2, 2)
FEW = blocks(26, 11, 13, 4, 2)
SIXTEEN = blocks(27, 11, 13, 16, 2)
MAPS = [
    map_case("ade.png", ADE, Image.fromarray(ADE, "L")),
    map_case("cityscapes.png", CITY, Image.fromarray(CITY, "L")),
    map_case("voc.png", VOC, palette(VOC, 256)),
    map_case("palette-1.png", TWO, palette(TWO, 2), bits=1),
    map_case("palette-2.png", FEW, palette(FEW, 4), bits=2),
    map_case("palette-4.png", SIXTEEN, palette(SIXTEEN, 16), bits=4),
    map_case("gray-1.png", TWO, Image.fromarray(TWO.astype(bool))),
    map_case("gray-16.png", VOC, Image.fromarray(VOC.astype(np.uint16))),
]
reduced = PROCESSOR.reduce_label([torch.from_numpy(with_none(ADE, 28).astype(np.int64))])[0].numpy()
REDUCED = {"seed": 28, "sha256": sha256(reduced)}
RESIZED = [
    {
        "seed": 29,
        "size": size,
        "to": to,
        "sha256": sha256(np.asarray(Image.fromarray(blocks(29, *size, 200, 1)).resize(to[::-1], Image.NEAREST))),
    }
    for size, to in [((20, 30), (40, 60)), ((23, 31), (50, 17)), ((64, 48), (32, 24)), ((7, 5), (100, 101))]
]

# --- metrics


def measured(seed, labels, sizes, side):
    """All pixels of all pictures at once; those without a true label are in nothing."""
    truths, predictions = [], []
    for i, (height, width) in enumerate(sizes):
        truth = with_none(blocks(seed + 3 * i, height, width, labels - 1, side), seed + 3 * i + 1)
        wrong = noise(seed + 3 * i + 2, height * width).reshape(height, width)
        other = (wrong >> np.uint64(8)) % np.uint64(labels - 2)
        predicted = np.where(wrong % np.uint64(4) == 0, other, np.where(truth == NONE, 0, truth)).astype(np.uint8)
        truths.append(truth.ravel())
        predictions.append(predicted.ravel())
    truth, predicted = np.concatenate(truths), np.concatenate(predictions)
    known = truth != NONE
    truth, predicted = truth[known], predicted[known]
    confusion = confusion_matrix(truth, predicted, labels=range(labels))
    there = np.union1d(truth, predicted).tolist()
    true = np.unique(truth).tolist()
    iou = dict(zip(there, jaccard_score(truth, predicted, labels=there, average=None).tolist()))
    accuracy = dict(zip(true, recall_score(truth, predicted, labels=true, average=None).tolist()))
    return {
        "seed": seed,
        "labels": labels,
        "sizes": sizes,
        "side": side,
        "confusion_sha256": hashlib.sha256(confusion.astype("<i8").tobytes()).hexdigest(),
        "iou": [iou.get(i) for i in range(labels)],
        "accuracy": [accuracy.get(i) for i in range(labels)],
        "miou": float(np.mean(list(iou.values()))),
        "macc": float(np.mean(list(accuracy.values()))),
        "aacc": float((truth == predicted).mean()),
    }


METRICS = [
    measured(100, 4, [(20, 30), (31, 17)], 5),
    measured(200, 21, [(60, 80), (75, 50), (33, 47)], 6),
    measured(300, 150, [(120, 160), (97, 131)], 3),
]

INDEX = {
    "masks": MASKS,
    "windows": WINDOWS,
    "maps": MAPS,
    "reduced": REDUCED,
    "resized": RESIZED,
    "metrics": METRICS,
}
(OUT / "index.json").write_text(json.dumps(INDEX, separators=(",", ":")).replace('},{"', '},\n{"') + "\n")
