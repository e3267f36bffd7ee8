#!/usr/bin/env python3
"""Gradients and loss curves of training whole networks, as PyTorch has them.

Runs with transformers 5.23.0, torch 2.15.0, safetensors 0.8.0, numpy 2.4.6, Python 3.11:

    python src/test/references/tuning.py src/test/resources/tuning

A folder for each network holds a checkpoint of random weights, batch.safetensors (pixel_values, targets, weights of
the losses, factors of drop path by layer and branch, and the loss), and gradients/, another checkpoint whose numbers
are the gradients in float64, rounded to float32. curve-* hold a checkpoint, batch.safetensors with 24 pictures and
their targets, and curve.json: options, which pictures each of 50 steps takes, and its loss and gradient norm.
"""

import json
import math
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    BeitConfig,
    BeitForImageClassification,
    DeiTConfig,
    DeiTForImageClassification,
    ViTConfig,
    ViTForImageClassification,
    get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)

OUT = pathlib.Path(sys.argv[1])
SMALL = dict(
    hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, image_size=12, patch_size=4,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
BEIT = dict(SMALL, drop_path_rate=0.2, use_mean_pooling=True, layer_scale_init_value=0.1)
LABELS = dict(num_labels=3, id2label={0: "hen", 1: "crane", 2: "duck"}, label2id={"hen": 0, "crane": 1, "duck": 2})
PROCESSOR = dict(
    do_resize=True, size=dict(height=12, width=12), resample=3, do_center_crop=False, do_rescale=True,
    rescale_factor=1 / 255, do_normalize=True, image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.5, 0.5],
    image_processor_type="BeitImageProcessor",
)

CASES = {
    "beit-layers-mean": (BeitForImageClassification, BeitConfig(**BEIT, **LABELS, use_relative_position_bias=True), False),
    "beit-shared-mean": (
        BeitForImageClassification, BeitConfig(**BEIT, **LABELS, use_shared_relative_position_bias=True), True),
    "beit-absolute-cls": (
        BeitForImageClassification,
        BeitConfig(**dict(BEIT, use_mean_pooling=False, layer_scale_init_value=0.0), **LABELS,
                   use_absolute_position_embeddings=True), False),
    "beit-wide-both": (
        BeitForImageClassification,
        BeitConfig(**dict(BEIT, image_size=[12, 20]), **LABELS, use_relative_position_bias=True,
                   use_shared_relative_position_bias=True), False),
    "beit-layers-cls-tanh": (
        BeitForImageClassification,
        BeitConfig(**dict(BEIT, use_mean_pooling=False, hidden_act="gelu_new"), **LABELS,
                   use_relative_position_bias=True), True),
    "vit": (ViTForImageClassification, ViTConfig(**SMALL, **LABELS), False),
    "vit-nobias-silu": (ViTForImageClassification, ViTConfig(**dict(SMALL, hidden_act="silu"), **LABELS, qkv_bias=False), True),
    "vit-quick": (ViTForImageClassification, ViTConfig(**dict(SMALL, hidden_act="quick_gelu"), **LABELS), True),
    "vit-relu": (ViTForImageClassification, ViTConfig(**dict(SMALL, hidden_act="relu"), **LABELS), False),
    "deit": (DeiTForImageClassification, DeiTConfig(**SMALL, **LABELS), False),
}


def randomised(cls, config, seed):
    torch.manual_seed(seed)
    model = cls(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            wide = 0.3 if parameter.ndim > 1 else 0.2
            parameter.copy_(torch.randn_like(parameter) * wide)
            if name.endswith(("layernorm.weight", "layernorm_before.weight", "layernorm_after.weight")):
                parameter += 1
            if "lambda" in name:
                parameter += 0.5
    return model


def save(model, folder, processor):
    model.save_pretrained(folder)
    if processor:
        size = model.config.image_size
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        text = json.dumps(dict(PROCESSOR, size=dict(height=height, width=width)), indent=1)
        (folder / "preprocessor_config.json").write_text(text + "\n")


def losses(logits, targets, weights, several):
    """Sum of weighted losses: [batch, labels] of sigmoid, [batch, 1] of softmax."""
    if several:
        each = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return (each * weights).sum()
    return (-(torch.log_softmax(logits, -1) * targets).sum(-1, keepdim=True) * weights).sum()


def gradients(name, cls, config, several, seed):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    config.problem_type = "multi_label_classification" if several else "single_label_classification"
    model = randomised(cls, config, seed)
    save(model, folder, True)
    double = cls(config).double()
    double.load_state_dict({key: value.double() for key, value in model.state_dict().items()})
    double.train()
    size = config.image_size
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randn(2, 3, height, width, generator=generator)
    targets = torch.tensor([[0.0, 1, 1], [1, 0, 0]]) if several else torch.tensor([[0.0, 0, 1], [1, 0, 0]])
    weights = torch.rand(2, 3 if several else 1, generator=generator) + 0.2
    keep = torch.ones(config.num_hidden_layers, 2, 2)
    if isinstance(config, BeitConfig):
        keep = torch.tensor([[[1.25, 0.8], [1.1, 1.4]], [[0.0, 1.25], [1.25, 0.0]]])
        for layer, block in enumerate(double.beit.layers):
            calls = iter(keep[layer].double())
            block.drop_path.forward = lambda x, calls=calls: x * next(calls)[:, None, None]
    loss = losses(double(pixel_values=pixels.double()).logits, targets.double(), weights.double(), several)
    loss.backward()
    tensors = dict(pixel_values=pixels, targets=targets, weights=weights, keep=keep, loss=loss.detach().float().reshape(1))
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / "batch.safetensors")
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.copy_(dict(double.named_parameters())[key].grad)
    save(model, folder / "gradients", True)
    print(name, float(loss))


def layer(name, layers):
    """Of layer-wise decay: 0 for what is in front of the blocks, layers + 1 for what is behind them."""
    if ".layers." in name:
        return 1 + int(name.split(".layers.")[1].split(".")[0])
    return 0 if "embeddings" in name else layers + 1


def curve(name, several, schedule, steps=50, batch=4, images=24):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    config = BeitConfig(**dict(BEIT, drop_path_rate=0.0), **LABELS, use_relative_position_bias=True)
    config.problem_type = "multi_label_classification" if several else "single_label_classification"
    model = randomised(BeitForImageClassification, config, 7)
    save(model, folder, True)
    model.train()
    generator = torch.Generator().manual_seed(11)
    pixels = torch.randn(images, 3, 12, 12, generator=generator)
    classes = torch.randint(0, 3, (images,), generator=generator)
    targets = torch.nn.functional.one_hot(classes, 3).float()
    if several:
        targets[::3] = 1 - targets[::3]
    options = dict(
        learning_rate=2e-3, weight_decay=0.05, layer_decay=0.8, max_grad_norm=1.0, warmup_steps=6, schedule=schedule,
        steps=steps, class_weights=[0.5, 1.0, 2.0])
    groups = []
    for key, parameter in model.named_parameters():
        plain = parameter.ndim < 2 or any(part in key for part in ("bias", "cls_token", "position"))
        rate = options["learning_rate"] * options["layer_decay"] ** (
            config.num_hidden_layers + 1 - layer(key, config.num_hidden_layers))
        groups.append(dict(params=[parameter], lr=rate, weight_decay=0.0 if plain else options["weight_decay"]))
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    make = get_cosine_schedule_with_warmup if schedule == "cosine" else get_linear_schedule_with_warmup
    rates = make(optimiser, options["warmup_steps"], steps)
    weights = torch.tensor(options["class_weights"])
    rows = []
    for _ in range(steps):
        chosen = torch.randperm(images, generator=generator)[:batch]
        logits = model(pixel_values=pixels[chosen]).logits
        if several:
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, targets[chosen], weight=weights.expand(batch, 3))
        else:
            loss = torch.nn.functional.cross_entropy(logits, classes[chosen], weight=weights)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), options["max_grad_norm"])
        optimiser.step()
        rates.step()
        optimiser.zero_grad()
        rows.append(dict(images=chosen.tolist(), loss=loss.item(), norm=norm.item()))
    save_file(dict(pixel_values=pixels, targets=targets), folder / "batch.safetensors")
    (folder / "curve.json").write_text(json.dumps(dict(options=options, steps=rows)) + "\n")
    save(model, folder / "after", True)
    print(name, rows[0]["loss"], rows[-1]["loss"], math.fsum(row["norm"] for row in rows) / steps)


if __name__ == "__main__":
    print("transformers", transformers.__version__, "torch", torch.__version__)
    torch.set_num_threads(1)
    for number, (name, (cls, config, several)) in enumerate(CASES.items()):
        gradients(name, cls, config, several, 100 + number)
    curve("curve-softmax-cosine", False, "cosine")
    curve("curve-sigmoid-linear", True, "linear")
