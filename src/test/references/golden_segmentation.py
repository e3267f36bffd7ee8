"""Golden checkpoints of BEiT with UperNet: what Transformers computes of them.

Runs with transformers 5.23.0, torch 2.15.0, pillow 13.0.0, safetensors 0.8.0, numpy 2.4.6, Python 3.11:

    python src/test/references/golden_segmentation.py src/test/resources/golden/segmentation-models [NAME...]

base-4 also holds the labels of ../segmentation/picture.png, by the library that resizes it and by the taps. Each
folder holds config.json, preprocessor_config.json, the weights and golden.safetensors: pixel_values
[1,3,H,W] (random normal), logits [1,labels,4 rows,4 columns] as Transformers gives them, and logits_authors,
which the same modules give of the hidden states that the authors' code takes: those behind the blocks that
out_indices name, counted from 0. Weights and running statistics are random and wide, so that every branch
counts. The weights are stored in half precision, all but one, and all numbers are of the stored ones.
"""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import BeitConfig, BeitForSemanticSegmentation

from golden_models import drawn

BASE = dict(
    hidden_size=16,
    num_attention_heads=2,
    intermediate_size=32,
    patch_size=8,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    drop_path_rate=0.0,
    use_auxiliary_head=False,
)
LIKE_BASE = dict(BASE, num_hidden_layers=12, out_indices=[3, 5, 7, 11])
LIKE_LARGE = dict(BASE, num_hidden_layers=24, out_indices=[7, 11, 15, 23])
PER_LAYER = dict(use_relative_position_bias=True)
SHARED = dict(use_shared_relative_position_bias=True)


def labels(count):
    return dict(id2label={i: f"thing {i}" for i in range(count)}, label2id={f"thing {i}": i for i in range(count)})


CASES = {
    "base-4": dict(LIKE_BASE, **PER_LAYER, **labels(4), image_size=64),
    "base-150": dict(LIKE_BASE, **PER_LAYER, **labels(150), image_size=32, use_auxiliary_head=True, auxiliary_channels=8),
    "base-shared-4": dict(LIKE_BASE, **SHARED, **labels(4), image_size=96),
    "large-4": dict(LIKE_LARGE, **PER_LAYER, **labels(4), image_size=48),
    "large-shared-150": dict(LIKE_LARGE, **SHARED, **labels(150), image_size=32),
    "odd-absolute-7": dict(
        BASE,
        **labels(7),
        num_hidden_layers=4,
        out_indices=[1, 2, 3, 4],
        image_size=56,
        use_absolute_position_embeddings=True,
        layer_scale_init_value=0.0,
        pool_scales=[1, 4],
        hidden_act="gelu_new",
    ),
    "base-in-memory-4": dict(LIKE_BASE, **PER_LAYER, **labels(4), image_size=64),
}


def norms(model, seed):
    """The model with running statistics as a training leaves them."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                for values, centre in ((module.running_mean, 0), (module.running_var, 1)):
                    values.copy_(centre + 0.4 * torch.rand(values.shape, generator=generator))
                module.weight.copy_(1 + 0.2 * torch.randn(module.weight.shape, generator=generator))
    return model


def logits(model, pixels, shift):
    """Of the states behind as many blocks as each of out_indices says, and so many more."""
    config = model.config
    side = config.image_size // config.patch_size
    with torch.no_grad():
        found = model(pixels, output_hidden_states=True)
        states = [found.hidden_states[i + shift] for i in config.out_indices]
        maps = [state[:, 1:].transpose(1, 2).reshape(1, -1, side, side) for state in states]
        return found.logits, model.decode_head(model.fpn(maps))


def processor(folder, size):
    """As microsoft/beit-base-finetuned-ade-640-640 has it."""
    text = {
        "crop_size": {"height": size, "width": size},
        "do_center_crop": False,
        "do_normalize": True,
        "do_reduce_labels": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_processor_type": "BeitImageProcessor",
        "image_std": [0.5, 0.5, 0.5],
        "resample": 3,
        "rescale_factor": 1 / 255,
        "size": {"height": size, "width": size},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(text, indent=2) + "\n")


def save(root, name, seed):
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    model = BeitForSemanticSegmentation(BeitConfig(**CASES[name]))
    model = norms(drawn(model, seed), seed)
    if name != "base-4":
        model.half()
    config = model.config
    if "in-memory" in name:
        config.architectures = [type(model).__name__]
        config.save_pretrained(folder)
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    else:
        model.save_pretrained(folder)
    processor(folder, config.image_size)
    model.float()
    pixels = torch.randn((1, 3, config.image_size, config.image_size), generator=torch.Generator().manual_seed(seed))
    own, same = logits(model, pixels, -1)
    assert torch.equal(own, same)
    tensors = {"pixel_values": pixels, "logits": own}
    if config.num_labels < 100 and max(config.out_indices) < config.num_hidden_layers:
        tensors["logits_authors"] = logits(model, pixels, 1)[1]
    tensors = {key: tensor.contiguous().clone() for key, tensor in tensors.items()}
    save_file(tensors, folder / "golden.safetensors", metadata={"made_by": f"transformers {transformers.__version__}"})


def masks(root):
    """What Transformers makes of a picture from its file to its mask, by both of its resizing libraries."""
    import numpy
    from PIL import Image
    from transformers import BeitImageProcessor, BeitImageProcessorPil

    folder = root / "base-4"
    model = BeitForSemanticSegmentation.from_pretrained(folder).eval()
    picture = Image.open(root.parent / "segmentation" / "picture.png").convert("RGB")
    for library, kind in (("pillow", BeitImageProcessorPil), ("torchvision", BeitImageProcessor)):
        made = kind.from_pretrained(folder)
        pixels = made(images=picture, return_tensors="pt")["pixel_values"]
        for taps, found in zip(("transformers", "authors"), (logits(model, pixels, -1)[0], logits(model, pixels, 1)[1])):
            output = transformers.modeling_outputs.SemanticSegmenterOutput(logits=found)
            labels = made.post_process_semantic_segmentation(output, target_sizes=[(picture.height, picture.width)])[0]
            Image.fromarray(labels.numpy().astype(numpy.uint8)).save(folder / f"mask-{library}-{taps}.png")
            print(library, taps, numpy.bincount(labels.numpy().ravel()))


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    for name in sys.argv[2:] or CASES:
        save(pathlib.Path(sys.argv[1]), name, 200 + list(CASES).index(name))
        print(name)
    masks(pathlib.Path(sys.argv[1]))
