"""What quantised checkpoints look like: names, types and shapes of their tensors, and quantization_config.

Runs with transformers 5.23.0, torch 2.15.0, bitsandbytes 0.50.2, accelerate 1.15.0, torchao 0.18.0,
optimum-quanto 0.2.7, compressed-tensors 0.20.1, hqq 0.2.8.post1, gptqmodel 7.7.0, Python 3.11:

    python src/test/references/quantised.py src/test/resources/golden/quantised.json

Each library quantises one small ViT on a CPU and writes it by its own code. No numbers are kept. Those that quantise
on a GPU alone, or that Transformers 5 does not write (GPTQ, AWQ, HQQ, blocks of FP8), make layers of the right sizes
here, whose state dict is written. Int4WeightOnlyConfig of torchao needs kernels for a GPU; its 4 bits of another
layout are here.
"""

import importlib.metadata
import json
import pathlib
import sys
import tempfile

import golden_models
import torch
from compressed_tensors.compressors import ModelCompressor
from compressed_tensors.quantization import (
    QuantizationArgs,
    QuantizationConfig,
    QuantizationScheme,
    apply_quantization_config,
)
from gptqmodel.nn_modules.qlinear.torch import TorchLinear
from gptqmodel.nn_modules.qlinear.torch_awq import AwqTorchLinear
from hqq.core.quantize import BaseQuantizeConfig, HQQLinear
from optimum.quanto import freeze, qfloat8, qint4, qint8, quantize
from safetensors import safe_open
from safetensors.torch import save_file
from torchao.quantization import (
    Float8WeightOnlyConfig,
    Int8DynamicActivationInt8WeightConfig,
    Int8WeightOnlyConfig,
    IntxWeightOnlyConfig,
)
from torchao.quantization.granularity import PerGroup
from transformers import (
    AwqConfig,
    BitsAndBytesConfig,
    FineGrainedFP8Config,
    GPTQConfig,
    HqqConfig,
    TorchAoConfig,
    ViTConfig,
    ViTForImageClassification,
)
from transformers.integrations.finegrained_fp8 import FP8Linear

SIZES = dict(golden_models.SMALL, hidden_size=64, intermediate_size=128, num_hidden_layers=1)
work = pathlib.Path(tempfile.mkdtemp())
plain = work / "plain"
golden_models.drawn(ViTForImageClassification(ViTConfig(**SIZES, **golden_models.ANIMALS)), 11).save_pretrained(plain)


def by_transformers(config):
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    model = ViTForImageClassification.from_pretrained(plain, quantization_config=config, device_map="cpu")
    model.save_pretrained(folder)
    return folder


def by_quanto(kind):
    """Transformers does not save these: the state dict is what their users keep."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    model = ViTForImageClassification.from_pretrained(plain)
    quantize(model, weights=kind)
    freeze(model)
    model.config.save_pretrained(folder)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "model.safetensors")
    return folder


def by_compressed_tensors(form, **weights):
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    model = ViTForImageClassification.from_pretrained(plain)
    args = QuantizationArgs(strategy="channel", symmetric=True, **weights)
    config = QuantizationConfig(
        config_groups={"group_0": QuantizationScheme(targets=["Linear"], weights=args, format=form)},
        ignore=["classifier"],
        format=form,
        quantization_status="frozen",
    )
    apply_quantization_config(model, config)
    for module in model.modules():
        if hasattr(module, "weight_scale"):
            module.weight_scale.data = module.weight.abs().amax(1, keepdim=True) / 127
    compressor = ModelCompressor(quantization_config=config)
    compressor.compress_model(model)
    model.config.save_pretrained(folder)
    save_file({k: v.contiguous().clone() for k, v in model.state_dict().items()}, folder / "model.safetensors")
    compressor.update_config(str(folder))
    return folder


def by_layers(config, layer):
    """Puts a library's own layer in the place of each nn.Linear of the encoder."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    model = ViTForImageClassification.from_pretrained(plain)
    for name, old in list(model.vit.named_modules()):
        if isinstance(old, torch.nn.Linear):
            owner, _, attribute = name.rpartition(".")
            setattr(model.vit.get_submodule(owner), attribute, layer(old))
    model.config.quantization_config = config.to_dict()
    model.config.save_pretrained(folder)
    tensors = {k: torch.empty_like(v, device="cpu") for k, v in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    return folder


def looks(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        tensors = {
            name: [file.get_slice(name).get_dtype(), *file.get_slice(name).get_shape()] for name in sorted(file.keys())
        }
    config = json.loads((folder / "config.json").read_text())
    return {"quantization_config": config.get("quantization_config"), "tensors": tensors}


four = dict(load_in_4bit=True)
packed = dict(bits=4, group_size=32, sym=True, desc_act=False, bias=True, register_buffers=True)


def sizes(old):
    return dict(in_features=old.in_features, out_features=old.out_features)


MADE = {
    "bitsandbytes-nf4": lambda: by_transformers(BitsAndBytesConfig(**four, bnb_4bit_quant_type="nf4")),
    "bitsandbytes-fp4": lambda: by_transformers(BitsAndBytesConfig(**four, bnb_4bit_quant_type="fp4")),
    "bitsandbytes-nf4-double": lambda: by_transformers(
        BitsAndBytesConfig(**four, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)
    ),
    "torchao-int8": lambda: by_transformers(TorchAoConfig(Int8WeightOnlyConfig())),
    "torchao-int8-dynamic": lambda: by_transformers(TorchAoConfig(Int8DynamicActivationInt8WeightConfig())),
    "torchao-float8": lambda: by_transformers(TorchAoConfig(Float8WeightOnlyConfig())),
    "quanto-int8": lambda: by_quanto(qint8),
    "quanto-int4": lambda: by_quanto(qint4),
    "quanto-float8": lambda: by_quanto(qfloat8),
    "torchao-int4": lambda: by_transformers(
        TorchAoConfig(IntxWeightOnlyConfig(weight_dtype=torch.int4, granularity=PerGroup(32)))
    ),
    "gptq-int4": lambda: by_layers(GPTQConfig(bits=4, group_size=32), lambda old: TorchLinear(**packed, **sizes(old))),
    "awq-int4": lambda: by_layers(AwqConfig(bits=4, group_size=32), lambda old: AwqTorchLinear(**packed, **sizes(old))),
    "hqq-int4": lambda: by_layers(
        HqqConfig(nbits=4, group_size=64),
        lambda old: HQQLinear(
            old, BaseQuantizeConfig(nbits=4, group_size=64), compute_dtype=torch.float32, device="cpu"
        ),
    ),
    "fp8-float-blocks": lambda: by_layers(
        FineGrainedFP8Config(weight_block_size=(32, 32)),
        lambda old: FP8Linear(**sizes(old), block_size=(32, 32), has_bias=True),
    ),
    "compressed-tensors-int": lambda: by_compressed_tensors("int-quantized", num_bits=8, type="int"),
    "compressed-tensors-packed": lambda: by_compressed_tensors("pack-quantized", num_bits=4, type="int"),
    "compressed-tensors-float": lambda: by_compressed_tensors("float-quantized", num_bits=8, type="float"),
}

found = {name: looks(make()) for name, make in MADE.items()}
packages = ["transformers", "torch", "bitsandbytes", "torchao", "optimum-quanto", "compressed-tensors", "hqq"]
versions = {package: importlib.metadata.version(package) for package in packages}
pathlib.Path(sys.argv[1]).write_text(json.dumps({"versions": versions, "checkpoints": found}, separators=(",", ":")) + "\n")
