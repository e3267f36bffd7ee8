"""Programs that label a folder of JPEGs with the same weights, each as its documentation has it.

python peers.py prepare FOLDER IMAGES PHOTOGRAPHS     checkpoint, JPEGs of 500x375 and of 4000x3000
python peers.py quantize EXPORTED_MODEL TARGET
python peers.py calibrate EXPORTED_MODEL TARGET IMAGES
python peers.py PROGRAM MODEL IMAGES OUTPUT [SETTING...]

A program writes the best five labels of each image, and prints when its first batch began, when its last
row was written (seconds of the epoch), and how many images there were, as one line of JSON.
"""

import json
import sys
import time
from multiprocessing import Pool, get_context
from pathlib import Path

SIDE = 224
BEST = 5


def photograph(random, width, height):
    import numpy as np
    from PIL import Image

    pixels = np.zeros((height, width, 3), np.float32)
    for waves, size in ((12, 70), (48, 35), (190, 18), (760, 9)):
        rows = max(2, waves * height // width)
        noise = random.normal(0, size, (rows, waves, 3)).astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(noise[..., channel]).resize((width, height), Image.Resampling.BICUBIC)
            pixels[..., channel] += np.asarray(layer)
    pixels += 120 + random.normal(0, 3, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def save(task):
    import numpy as np

    file, seed, width, height, quality = task
    photograph(np.random.default_rng(seed), width, height).save(file, quality=quality)


def prepare(folder, images, photographs):
    import torch
    from transformers import BeitConfig, BeitForImageClassification, BeitImageProcessor

    folder = Path(folder)
    tasks = []
    for name, count, size in (("images", images, (500, 375, 90)), ("photographs", photographs, (4000, 3000, 92))):
        (folder / name).mkdir(parents=True, exist_ok=True)
        tasks += [(folder / name / f"{i:04d}.jpg", (size[0], i), *size) for i in range(int(count))]
    with Pool() as pool:
        pool.map(save, tasks, chunksize=4)
    torch.manual_seed(7)
    config = BeitConfig(
        use_relative_position_bias=True, use_mean_pooling=True, layer_scale_init_value=0.1, num_labels=1000
    )
    model = BeitForImageClassification(config).eval()
    with torch.no_grad():
        for name, values in model.named_parameters():
            if "relative_position_bias_table" in name:
                values.normal_(0, 0.5)
            elif "lambda" in name:
                values.uniform_(0.2, 1)
            elif name.endswith("bias"):
                values.normal_(0, 0.05)
    model.save_pretrained(folder / "model")
    half = [0.5, 0.5, 0.5]
    processor = BeitImageProcessor(
        do_center_crop=False, size={"height": SIDE, "width": SIDE}, resample=2, image_mean=half, image_std=half
    )
    processor.save_pretrained(folder / "model")


def quantize(exported, target):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        Path(exported) / "model.onnx", target, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"]
    )


def calibrate(exported, target, images):
    """OpenVINO's own integers: weights and what comes in, their ranges learnt from a hundred images."""
    import nncf
    import openvino

    model = openvino.Core().read_model(Path(exported) / "model.onnx")
    some = nncf.Dataset(files(images)[:100], pixels)
    openvino.save_model(nncf.quantize(model, some, model_type=nncf.ModelType.TRANSFORMER, subset_size=100), target)


def files(folder):
    return sorted(str(file) for file in Path(folder).glob("*.jpg"))


def told(first, last, images):
    print("RESULT", json.dumps({"first": first, "last": last, "images": images}), flush=True)


def pixels(file):
    import numpy as np
    from PIL import Image

    image = Image.open(file).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    values = (np.asarray(image, np.float32) * np.float32(1 / 255) - np.float32(0.5)) / np.float32(0.5)
    return np.transpose(values, (2, 0, 1))[None]


def best(logits):
    import numpy as np

    scores = np.exp(logits - logits.max())
    scores /= scores.sum()
    order = np.argsort(-scores)[:BEST]
    return [[int(label), float(scores[label])] for label in order]


def onnxruntime_session(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda values: session.run(None, {"pixel_values": values})[0][0]


def openvino_session(model, precision):
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision}
    compiled = core.compile_model(model, "CPU", settings)
    return lambda values: compiled(values)[0][0]


def worker(open_session, settings, mine, output, ready, begin, ended):
    session = open_session(*settings)
    session(pixels(mine[0]))
    ready.put(True)
    begin.wait()
    with open(output, "w", encoding="utf-8") as rows:
        for file in mine:
            rows.write(json.dumps({"path": file, "predictions": best(session(pixels(file)))}) + "\n")
    ended.put(time.time())


def processes(open_session, settings, images, output, count=2):
    """As many processes of one thread each, an image at a time."""
    spawn = get_context("spawn")
    ready, ended, begin = spawn.Queue(), spawn.Queue(), spawn.Event()
    all_files = files(images)
    Path(output).mkdir()
    parts = [
        spawn.Process(
            target=worker,
            args=(open_session, settings, all_files[i::count], f"{output}/{i}.jsonl", ready, begin, ended),
        )
        for i in range(count)
    ]
    for part in parts:
        part.start()
    for _ in parts:
        ready.get()
    first = time.time()
    begin.set()
    last = max(ended.get() for _ in parts)
    told(first, last, len(all_files))


def transformers(model, images, output, precision, backend):
    import torch
    from transformers import AutoImageProcessor, pipeline

    torch.set_num_threads(2)
    processor = AutoImageProcessor.from_pretrained(model, backend=backend)
    label = pipeline(
        "image-classification", model=model, image_processor=processor, device="cpu", dtype=getattr(torch, precision)
    )
    all_files = files(images)
    label(all_files[:2], batch_size=1)
    first = time.time()
    with open(output, "w", encoding="utf-8") as rows:
        for file, predictions in zip(all_files, label(all_files, batch_size=1)):
            rows.write(json.dumps({"path": file, "predictions": predictions}) + "\n")
    told(first, time.time(), len(all_files))


class RayModel:
    def __init__(self, model, precision, threads):
        import torch
        from transformers import AutoImageProcessor, AutoModelForImageClassification

        torch.set_num_threads(threads)
        self.torch = torch
        self.model = AutoModelForImageClassification.from_pretrained(model, dtype=getattr(torch, precision)).eval()
        self.processor = AutoImageProcessor.from_pretrained(model)

    def __call__(self, batch):
        begun = time.time()
        values = self.processor(images=list(batch["image"]), return_tensors="pt")["pixel_values"]
        with self.torch.inference_mode():
            logits = self.model(pixel_values=values.to(self.model.dtype)).logits.float()
        scores, labels = logits.softmax(-1).topk(BEST)
        count = len(values)
        return {
            "path": batch["path"],
            "label": labels.numpy(),
            "score": scores.numpy(),
            "begun": [begun] * count,
            "ended": [time.time()] * count,
        }


def ray_data(model, images, output, precision, processors):
    """One actor of two threads, batches of eight; PROCESSORS is what Ray is told that there are."""
    import pandas
    import ray

    ray.init(
        num_cpus=int(processors), include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1",
        object_store_memory=2 << 30,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    all_files = files(images)
    ray.data.read_images(all_files, mode="RGB", include_paths=True).map_batches(
        RayModel,
        fn_constructor_kwargs={"model": model, "precision": precision, "threads": 2},
        batch_size=8,
        num_cpus=1,
        concurrency=1,
    ).write_parquet(output)
    rows = pandas.read_parquet(output)
    told(rows.begun.min(), rows.ended.max(), len(rows))
    ray.shutdown()


PROGRAMS = {
    "prepare": prepare,
    "quantize": quantize,
    "calibrate": calibrate,
    "onnxruntime": lambda model, images, output: processes(onnxruntime_session, (model,), images, output),
    "openvino": lambda model, images, output, precision: processes(
        openvino_session, (model, precision), images, output
    ),
    "transformers": transformers,
    "ray": ray_data,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
