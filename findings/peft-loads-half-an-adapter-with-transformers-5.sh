#!/usr/bin/env bash
# PEFT with Transformers 5 puts half of a ViT adapter on that was trained with Transformers 4, and says nothing.
#
# Expected: an adapter gives what it gave where it was trained; or, since Transformers 5 calls query and value of a ViT
#   q_proj and v_proj, an error, as PEFT raises where none of the modules of an adapter is found.
# Seen: classifier is still called so. One module that is found is enough: those of attention get no adapter, their
#   weights in the file are passed over without a warning, the logits are others, exit code 0. With Transformers 4 the
#   same files, the same PEFT and the same torch give the logits of the training.
# Versions: peft 0.21.2, torch 2.15.0, transformers 4.57.6 and 5.23.0, Python 3.11. Installs 5 GB (torch with CUDA).
# Source: observed; modules are compared by the end of their names in peft/tuners/tuners_utils.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --no-cache-dir torch==2.15.0 transformers==5.23.0 peft==0.21.2
python/bin/pip install -q --no-cache-dir --target old transformers==4.57.6

cat >train.py <<'PY'
import peft
import torch
from transformers import ViTConfig, ViTForImageClassification

torch.manual_seed(0)
sizes = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
model = ViTForImageClassification(ViTConfig(**sizes, image_size=32, patch_size=8, num_labels=3))
model.save_pretrained("base")
# As after a training: adapters that change something.
lora = peft.LoraConfig(target_modules=["query", "value", "classifier"], init_lora_weights=False)
adapted = peft.get_peft_model(model, lora).eval()
adapted.save_pretrained("adapter")
torch.save(adapted(torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)).logits.detach(), "logits.pt")
PY
cat >load.py <<'PY'
import sys
import warnings

import peft
import torch
import transformers
from safetensors.torch import load_file

base = transformers.ViTForImageClassification.from_pretrained("base")
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    adapted = peft.PeftModel.from_pretrained(base, "adapter").eval()
logits = adapted(torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)).logits.detach()
trained = torch.load("logits.pt")
held = sum("lora_" in name for name, _ in adapted.named_parameters())
stored = len(load_file("adapter/adapter_model.safetensors"))
print(f"Transformers {transformers.__version__}, peft {peft.__version__}, torch {torch.__version__}")
print(f"tensors of the adapter: {stored} in its file, {held} in the model")
print("logits", logits.tolist(), "trained", trained.tolist())
about = [str(one.message) for one in seen if "adapter" in str(one.message) or "keys" in str(one.message)]
print("warnings about the adapter:", about)
is_same = torch.allclose(logits, trained, atol=1e-5)
assert is_same == (sys.argv[1] == "same") and (held == stored) == is_same and not about
PY
PYTHONPATH=old python/bin/python train.py
PYTHONPATH=old python/bin/python load.py same
python/bin/python load.py other
