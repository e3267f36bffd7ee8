"""What the image processors of several versions of Transformers make of configurations that leave things out.

Prints JSON: for each case the configuration, the class, and by kind of processor what it makes of a picture of
91x70 pixels (draws.py, seed 5): SHA-256 of the pixel values (float32, channels first), or the error. Kinds:

    slow         transformers 4.57.6  ...ImageProcessor
    pillow       transformers 5.23.0  ...ImageProcessorPil
    torchvision  transformers 5.23.0  ...ImageProcessor

    pip install transformers==4.57.6 pillow==13.0.0; python processors.py slow > slow.json
    pip install transformers==5.23.0 pillow==13.0.0 torch==2.15.0 torchvision==0.29.2
    python processors.py pillow torchvision slow.json > src/test/resources/golden/preprocessing/processors.json
"""

import hashlib
import json
import sys
import warnings

import numpy as np
import transformers
from PIL import Image

from draws import picture

warnings.simplefilter("ignore")
PAD = {"do_center_crop": True, "crop_size": {"height": 33, "width": 26}, "size": {"height": 20, "width": 31}}
CROP = {"do_center_crop": True, "crop_size": 50}
CASES = [
    *((name, {}) for name in ("Beit", "ViT", "DeiT", "CLIP")),
    *((name, {key: None}) for name in ("Beit", "ViT", "DeiT") for key in ("do_center_crop", "do_normalize")),
    *((name, {key: None}) for name in ("Beit", "ViT") for key in ("do_resize", "do_rescale")),
    *(("Beit", {key: None}) for key in ("resample", "rescale_factor", "image_mean", "image_std", "size")),
    ("Beit", {"crop_size": None, "do_center_crop": True}),
    ("Beit", {"do_center_crop": True}),
    ("Beit", {"do_center_crop": False}),
    ("ViT", {"do_center_crop": True}),
    ("ViT", CROP),
    ("ViT", {"do_center_crop": True, "crop_size": {"height": 51, "width": 40}}),
    *((name, {"size": {"shortest_edge": 60}, **CROP}) for name in ("ViT", "Beit", "DeiT", "CLIP")),
    ("ViT", {"size": {"shortest_edge": 60}}),
    ("CLIP", {"size": 60}),
    ("CLIP", {"size": 60, "default_to_square": True}),
    ("Beit", {"size": 60, "default_to_square": False, **CROP}),
    *((name, PAD) for name in ("Beit", "DeiT", "CLIP")),
    ("Beit", {**PAD, "crop_size": {"height": 33, "width": 40}}),
    ("Beit", {**PAD, "crop_size": {"height": 34, "width": 25}}),
    ("ViT", {"do_rescale": False}),
    ("ViT", {"do_normalize": False}),
    ("ViT", {"do_normalize": False, "do_rescale": False}),
    ("ViT", {"image_mean": 0.4, "image_std": 0.3}),
    ("ViT", {"rescale_factor": 0.01}),
    *(("ViT", {"resample": resample, "size": 60}) for resample in range(8)),
]


def made(kind, name, config):
    try:
        suffix = "ImageProcessorPil" if kind == "pillow" else "ImageProcessor"
        processor = getattr(transformers, name + suffix).from_dict(dict(config))
        values = processor(Image.fromarray(picture(91, 70, 5)), return_tensors="np")["pixel_values"][0]
    except (ValueError, KeyError, NotImplementedError) as e:
        return {"error": f"{type(e).__name__}: {e}".splitlines()[0][:100]}
    values = np.ascontiguousarray(np.asarray(values).astype(np.float32))
    return {
        "height": values.shape[1],
        "width": values.shape[2],
        "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
    }


kinds = [word for word in sys.argv[1:] if not word.endswith(".json")]
others = [json.load(open(word)) for word in sys.argv[1:] if word.endswith(".json")]
cases = []
for number, (name, config) in enumerate(CASES):
    case = {"class": name, "config": config}
    for other in others:
        case.update({key: value for key, value in other[number].items() if key not in case})
    cases.append({**case, **{kind: made(kind, name, config) for kind in kinds}})
json.dump(cases, sys.stdout, indent=0)
print()
