#!/usr/bin/env bash
# Transformers 5 saves the encoder of a ViTMSN classifier without the prefix vit.; Transformers 4 leaves it random then
#
# Expected: model.safetensors has the prefix that the model's own modules have, on all of its tensors or on none, as
#   that of ViT, DeiT and BEiT has, and as Transformers 4 writes it: vit.embeddings.cls_token, vit.encoder.layer.0...
# Seen: embeddings and the last norm are vit.*, the encoder is not: encoder.layer.0..., in the same file. Transformers 5
#   finds all of it again. Transformers 4 finds embeddings, norm and classifier, warns that the encoder's tensors are
#   newly initialized, and goes on: the logits are others.
# Versions: transformers 4.57.6 and 5.23.0, torch 2.15.0, Python 3.11. Installs 5 GB (torch with CUDA).
# Source: observed
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --no-cache-dir torch==2.15.0 transformers==5.23.0
python/bin/pip install -q --no-cache-dir --target old transformers==4.57.6

cat >save.py <<'PY'
import torch
import transformers
from safetensors.torch import load_file

torch.manual_seed(0)
sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=32, patch_size=8)
for family in ("ViT", "ViTMSN"):
    config = getattr(transformers, family + "Config")(**sizes, num_labels=3)
    model = getattr(transformers, family + "ForImageClassification")(config).eval()
    model.save_pretrained(family)
    stored = [name for name in sorted(load_file(f"{family}/model.safetensors")) if not name.startswith("classifier.")]
    prefixed = sum(name.startswith("vit.") for name in stored)
    print(f"Transformers {transformers.__version__}, {family}: {prefixed} of {len(stored)} tensors are vit.*; {stored[0]}")
    assert all(name.startswith(("vit.", "classifier.")) for name in model.state_dict())
    assert (prefixed < len(stored)) == (family == "ViTMSN" and transformers.__version__.startswith("5."))
    with torch.no_grad():
        torch.save(model(torch.ones(1, 3, 32, 32)).logits, family + "/logits.pt")
PY
cat >load.py <<'PY'
import sys

import torch
import transformers

model, about = transformers.ViTMSNForImageClassification.from_pretrained("ViTMSN", output_loading_info=True)
with torch.no_grad():
    logits = model.eval()(torch.ones(1, 3, 32, 32)).logits
is_same = torch.allclose(logits, torch.load("ViTMSN/logits.pt"), atol=1e-5)
print(f"Transformers {transformers.__version__} loads it:", {key: len(value) for key, value in about.items()}, end=" ")
print("with the logits of the one that was saved" if is_same else "with other logits")
assert is_same == (sys.argv[1] == "same")
PY
python/bin/python save.py
python/bin/python load.py same
PYTHONPATH=old python/bin/python load.py other
PYTHONPATH=old python/bin/python save.py
