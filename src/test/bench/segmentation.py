"""What a segmentation model costs here and in PyTorch, and what int8 changes of its masks.

Runs with transformers 5.23.0, torch 2.15.0, onnxruntime 1.28.0, pillow 13.0.0, numpy 2.4.6, Python 3.11, on a
machine with nothing else to do. SegmentationGraphs (src/test/java, io.labelmill.bench) writes the graphs:

    python src/test/bench/segmentation.py pytorch THREADS          # seconds an image at 640 x 640, eager
    python src/test/bench/segmentation.py graph THREADS FOLDER/fp32 FOLDER/int8
    python src/test/bench/segmentation.py train CHECKPOINT         # a small model on drawn shapes, 150 s
    python src/test/bench/segmentation.py int8 FOLDER/fp32 FOLDER/int8   # of that one
"""

import resource
import sys
import time

import numpy as np

SIDE = 96


def timed(what, run, passes=3):
    for _ in range(passes):
        processor, wall = time.process_time(), time.time()
        run()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{what}: {time.time() - wall:.2f} s, {time.process_time() - processor:.2f} s of processor, peak {peak:.2f} GB")


def session(graph, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(f"{graph}/model.onnx", options, providers=["CPUExecutionProvider"])


def pytorch(threads):
    import torch
    from transformers import BeitConfig, BeitForSemanticSegmentation

    torch.set_num_threads(int(threads))
    config = BeitConfig(num_labels=150, image_size=640, use_relative_position_bias=True, out_indices=[3, 5, 7, 11])
    model = BeitForSemanticSegmentation(config).eval()
    pixels = torch.randn(1, 3, 640, 640)
    with torch.no_grad():
        timed("PyTorch", lambda: model(pixels))


def graph(threads, *graphs):
    pixels = np.random.default_rng(1).standard_normal((1, 3, 640, 640), dtype=np.float32)
    for each in graphs:
        opened = session(each, int(threads))
        timed(each, lambda: opened.run(None, {"pixel_values": pixels}))


def picture(random):
    """Up to three discs, boxes and triangles, and where each is."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (SIDE, SIDE), tuple(int(v) for v in random.integers(0, 90, 3)))
    labels = Image.new("L", (SIDE, SIDE), 0)
    for _ in range(random.integers(1, 4)):
        kind = int(random.integers(1, 4))
        (x, y), (w, h) = random.integers(0, SIDE - 30, 2), random.integers(20, 48, 2)
        box = [int(x), int(y), int(x + w), int(y + h)]
        colour = tuple(int(v) for v in random.integers(120, 255, 3))
        for draw, fill in ((ImageDraw.Draw(image), colour), (ImageDraw.Draw(labels), kind)):
            if kind == 1:
                draw.ellipse(box, fill=fill)
            elif kind == 2:
                draw.rectangle(box, fill=fill)
            else:
                draw.polygon([(box[0], box[3]), ((box[0] + box[2]) // 2, box[1]), (box[2], box[3])], fill=fill)
    pixels = np.asarray(image) / 127.5 - 1 + random.normal(0, 0.05, (SIDE, SIDE, 3))
    return pixels.transpose(2, 0, 1).astype(np.float32), np.asarray(labels).astype(np.int64)


def train(folder):
    import torch
    from transformers import BeitConfig, BeitForSemanticSegmentation

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    config = BeitConfig(
        hidden_size=64, num_hidden_layers=6, num_attention_heads=4, intermediate_size=128, image_size=SIDE,
        patch_size=8, num_labels=4, out_indices=[3, 4, 5, 6], use_relative_position_bias=True,
        use_auxiliary_head=False, drop_path_rate=0.0,
    )  # fmt: skip
    model = BeitForSemanticSegmentation(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), 1.5e-3)
    start = time.time()
    while time.time() - start < 150:
        pixels, labels = (torch.from_numpy(np.stack(each)) for each in zip(*(picture(random) for _ in range(12))))
        loss = torch.nn.functional.cross_entropy(resized(model(pixels).logits), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)


def resized(logits):
    import torch

    return torch.nn.functional.interpolate(logits, size=(SIDE, SIDE), mode="bilinear", align_corners=False)


def int8(*graphs):
    """On pictures that nothing was fitted on."""
    import torch

    random = np.random.default_rng(7)
    sessions = [session(each, 1) for each in graphs]
    same = 0
    tables = np.zeros((len(graphs), 4, 4), np.int64)
    for _ in range(200):
        pixels, labels = picture(random)
        outputs = [torch.from_numpy(each.run(None, {"pixel_values": pixels[None]})[0]) for each in sessions]
        masks = [resized(each)[0].argmax(0).numpy() for each in outputs]
        same += (masks[0] == masks[-1]).sum()
        for table, mask in zip(tables, masks):
            np.add.at(table, (labels, mask), 1)
    print(f"{100 * same / (200 * SIDE * SIDE):.2f}% of pixels are the same")
    for each, table in zip(graphs, tables):
        right = np.diag(table)
        print(f"{each}: mIoU {np.mean(right / (table.sum(0) + table.sum(1) - right)):.4f}")


if __name__ == "__main__":
    {"pytorch": pytorch, "graph": graph, "train": train, "int8": int8}[sys.argv[1]](*sys.argv[2:])
