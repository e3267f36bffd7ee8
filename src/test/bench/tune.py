#!/usr/bin/env python3
"""Steps of training BEiT-base at 224 in PyTorch: forward, back, and AdamW; beside TuneBench.

With torch 2.13.0 and transformers 5.18.0: python src/test/bench/tune.py THREADS BATCH STEPS
"""

import sys
import time

import torch
from transformers import BeitConfig, BeitForImageClassification

threads, batch, steps = map(int, sys.argv[1:4])
torch.set_num_threads(threads)
torch.manual_seed(0)
config = BeitConfig(use_relative_position_bias=True, use_mean_pooling=True, drop_path_rate=0.0, num_labels=1000)
model = BeitForImageClassification(config).train()
optimiser = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01)
pixels = torch.randn(batch, 3, 224, 224)
labels = torch.arange(batch)


def step():
    loss = model(pixel_values=pixels, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad()


step()
best = 1e9
processor = time.process_time()
for _ in range(steps):
    start = time.perf_counter()
    step()
    best = min(best, time.perf_counter() - start)
processor = (time.process_time() - processor) / steps / batch
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(
    f"PyTorch {torch.__version__}: {batch / best:.2f} images/s, a step of {batch} in {best * 1e3:.0f} ms;"
    f" {processor * 1e3:.0f} ms of the processor an image; peak {' '.join(peak.split())}"
)
