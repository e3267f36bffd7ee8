"""What Pillow and Transformers make of the small cases: pictures, orientations and checkpoints.

Runs with pillow 13.0.0, transformers 5.23.0, torch 2.15.0 and its torchvision, Python 3.11; for bnb-int8 also
with bitsandbytes 0.50.2 and accelerate 1.15.0:

    python src/test/references/cases.py src/test/resources/golden/cases src/test/resources/golden/checkpoints

Writes cases.json beside the pictures: size and SHA-256 of the upright RGB samples, or the error; and of each
checkpoint, with either backend, the SHA-256 of pixel_values (float32, [3, height, width]) and the logits of one
picture, or the error.
"""

import hashlib
import json
import pathlib
import sys
import tempfile

import PIL
import torch
import torchvision
import transformers
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file
from transformers import AutoImageProcessor, AutoModelForImageClassification

transformers.logging.set_verbosity_error()
cases = pathlib.Path(sys.argv[1])
checkpoints = pathlib.Path(sys.argv[2])
PICTURE = "orientation/rawprofile-exif6-ztxt.png"


def upright(file):
    with Image.open(file) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def error(e):
    return {"error": f"{type(e).__name__}: {e}".splitlines()[0][:120].replace(str(cases) + "/", "")}


def picture(file):
    try:
        image = upright(file)
    except Exception as e:
        return error(e)
    return {"width": image.width, "height": image.height, "sha256": hashlib.sha256(image.tobytes()).hexdigest()}


def network(folder):
    if folder.name == "orig-mod":
        # Transformers loads random weights in their place, without an error.
        plain = pathlib.Path(tempfile.mkdtemp())
        weights = load_file(folder / "model.safetensors")
        save_file({k.removeprefix("_orig_mod."): v for k, v in weights.items()}, plain / "model.safetensors",
                  metadata={"format": "pt"})
        (plain / "config.json").write_text((folder / "config.json").read_text())
        return AutoModelForImageClassification.from_pretrained(plain, dtype=torch.float32)
    if folder.name == "bnb-int8":
        model = AutoModelForImageClassification.from_pretrained(folder, device_map="cpu")
        return model.dequantize(dtype=torch.float32)
    return AutoModelForImageClassification.from_pretrained(folder, dtype=torch.float32)


def checkpoint(folder):
    try:
        model = network(folder).float().eval()
        found = {}
        for backend in ("pil", "torchvision"):
            processor = AutoImageProcessor.from_pretrained(folder, backend=backend)
            pixels = processor(upright(cases / PICTURE), return_tensors="pt")["pixel_values"]
            with torch.no_grad():
                logits = model(pixels).logits[0].tolist()
            digest = hashlib.sha256(pixels[0].contiguous().numpy().tobytes()).hexdigest()
            found[backend] = {"pixel_values_sha256": digest, "logits": logits}
        return found
    except Exception as e:
        return error(e)


found = {
    "versions": {m.__name__: m.__version__ for m in (PIL, transformers, torch, torchvision)},
    "picture": PICTURE,
    "pictures": {
        f"{kind}/{file.name}": picture(file)
        for kind in ("orientation", "images")
        for file in sorted((cases / kind).iterdir())
    },
    "checkpoints": {folder.name: checkpoint(folder) for folder in sorted(checkpoints.iterdir())},
}
(cases / "cases.json").write_text(json.dumps(found, indent=1) + "\n")
