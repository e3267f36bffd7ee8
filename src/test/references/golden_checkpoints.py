"""What Transformers makes of the checkpoints below golden/checkpoints, as golden.safetensors beside each.

Runs with transformers 5.23.0, torch 2.15.0, safetensors 0.8.0, Python 3.11; for bnb-int8 also with
bitsandbytes 0.50.2 and accelerate 1.15.0:

    python src/test/references/golden_checkpoints.py src/test/resources/golden/checkpoints

Where Transformers reads the folder itself, that is the reference. orig-mod it would load with random
weights and without an error: its state dict is loaded after the prefix is taken off by hand.
"""

import pathlib
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoImageProcessor, AutoModelForImageClassification

transformers.logging.set_verbosity_error()
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if not (folder / "preprocessor_config.json").exists() and not (folder / "processor_config.json").exists():
        continue
    if folder.name == "orig-mod":
        weights = load_file(folder / "model.safetensors")
        plain = folder / "plain"
        plain.mkdir()
        save_file({k.removeprefix("_orig_mod."): v for k, v in weights.items()}, plain / "model.safetensors",
                  metadata={"format": "pt"})
        (plain / "config.json").write_text((folder / "config.json").read_text())
        model = AutoModelForImageClassification.from_pretrained(plain)
        for file in plain.iterdir():
            file.unlink()
        plain.rmdir()
    elif folder.name == "bnb-int8":
        model = AutoModelForImageClassification.from_pretrained(folder, device_map="cpu")
        model = model.dequantize(dtype=torch.float32)
    else:
        model = AutoModelForImageClassification.from_pretrained(folder, dtype=torch.float32)
    model = model.float().eval()
    pixels = torch.randn((3, 3, 32, 32), generator=torch.Generator().manual_seed(7))
    # A grey picture.
    pixels[2] = 128 / 255 * 2 - 1
    with torch.no_grad():
        logits = model(pixels).logits
        exact = model.double()(pixels.double()).logits
    tensors = {
        "pixel_values": pixels,
        "logits": logits,
        "probabilities": torch.softmax(logits, -1),
        "logits64": exact,
        "probabilities64": torch.softmax(exact, -1),
    }
    save_file(tensors, folder / "golden.safetensors")
    AutoImageProcessor.from_pretrained(folder, backend="pil")
    print(folder.name, tensors["probabilities"][2].tolist())
