"""Scores of the trained model of the reference data under both image processors of the newest Transformers.

Writes golden/trained/scores.json: by backend and picture the probabilities, rounded to 8 digits, in float64
arithmetic of BeitForImageClassification on the pixel values of AutoImageProcessor. The scores that come with
the model were made with Pillow 12.3.0, which resizes other pictures rows first.

    pip install transformers==5.23.0 torch==2.15.0 torchvision==0.29.2 pillow==13.0.0
    python trained_scores.py REFERENCE/trained > src/test/resources/golden/trained/scores.json
"""

import json
import sys

import numpy as np
import PIL
import torch
import torchvision
import transformers
from PIL import Image, ImageOps

folder = sys.argv[1]
torch.set_num_threads(1)
model = transformers.BeitForImageClassification.from_pretrained(f"{folder}/model").double().eval()
given = json.load(open(f"{folder}/expected.json"))
names = sorted(given)
result = {
    "made_by": "src/test/references/preprocess/trained_scores.py",
    "versions": {
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "pillow": PIL.__version__,
    },
}
for word, backend in {"pillow": "pil", "torchvision": "torchvision"}.items():
    processor = transformers.AutoImageProcessor.from_pretrained(f"{folder}/model", backend=backend)
    scores = {}
    for name in names:
        picture = ImageOps.exif_transpose(Image.open(f"{folder}/images/{name}")).convert("RGB")
        values = processor(picture, return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            scores[name] = torch.softmax(model(pixel_values=values.double()).logits[0], -1).numpy()
    apart = np.array([np.abs(scores[name] - given[name]["probabilities"]).max() for name in names])
    moved = [name for name in names if scores[name].argmax() != np.argmax(given[name]["probabilities"])]
    print(
        f"{word}: {apart.max():.6f} at most from the given ones, {(apart > 2e-5).sum()} pictures by more than"
        f" 2e-5; other labels: {moved}",
        file=sys.stderr,
    )
    result[word] = {name: [round(float(p), 8) for p in scores[name]] for name in names}
json.dump(result, sys.stdout, separators=(",", ":"))
print()
