"""Golden checkpoints beside those that the README of golden/ lists: what Transformers computes of them.

Runs with transformers 5.23.0, torch 2.15.0, torchvision 0.30, pillow 13.0.0, safetensors 0.8.0,
numpy 2.4.6, Python 3.11; for LLM.int8 also bitsandbytes 0.50.2 and accelerate 1.15.0:

    python src/test/references/golden_models.py src/test/resources/golden/models [NAME...]

Each folder holds config.json, preprocessor_config.json, the weights and golden.safetensors, with
pixel_values [3,3,H,W] (random normal) and, where the model has them, logits, probabilities, pooled and
last_hidden_state in float32 and float64. Weights are random and wide, so that every branch counts.
"""

import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    BeitConfig,
    BeitForImageClassification,
    BeitModel,
    Data2VecVisionConfig,
    Data2VecVisionForImageClassification,
    Data2VecVisionModel,
    DeiTConfig,
    DeiTForImageClassification,
    DeiTForImageClassificationWithTeacher,
    DeiTModel,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)

SMALL = dict(
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=32,
    image_size=32,
    patch_size=8,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
BEIT = dict(SMALL, drop_path_rate=0.0)


def named(*labels):
    return dict(
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        problem_type="single_label_classification",
    )


DOCUMENTS = named("letter", "form", "email", "handwritten", "invoice")
ANIMALS = named("hen", "crane", "duck", "goose")


def drawn(model, seed):
    """The model with random parameters of such sizes that no branch vanishes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = torch.randn(parameter.shape, generator=generator)
            if "lambda_" in name:
                values = 0.6 + 0.3 * values
            elif "norm" in name and name.endswith("weight"):
                values = 1 + 0.2 * values
            elif parameter.dim() == 2 and "table" not in name:
                values = values * parameter.shape[1] ** -0.5
            elif parameter.dim() == 4:
                values = values * 0.1
            else:
                values = values * 0.5
            parameter.copy_(values)
    return model.eval()


def outputs(model, pixels):
    """What the model computes, in its own type."""
    with torch.no_grad():
        base = getattr(model, model.base_model_prefix, model)
        state = base(pixels)
        found = {"last_hidden_state": state.last_hidden_state}
        classifier = getattr(model, "classifier", getattr(model, "cls_classifier", None))
        if classifier is not None:
            # What the classifier is fed with.
            fed = []
            hook = classifier.register_forward_pre_hook(lambda module, inputs: fed.append(inputs[0]))
            found["logits"] = model(pixels).logits
            hook.remove()
            found["pooled"] = fed[0]
            found["probabilities"] = torch.softmax(found["logits"], -1)
        elif state.pooler_output is not None:
            found["pooled"] = state.pooler_output
    return found


def golden(folder, model, seed):
    """Writes golden.safetensors for a model in float32."""
    config = model.config
    size = config.image_size
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    pixels = torch.randn((3, 3, height, width), generator=torch.Generator().manual_seed(seed))
    tensors = {"pixel_values": pixels}
    tensors.update(outputs(model.float(), pixels))
    exact = outputs(model.double(), pixels.double())
    tensors.update({name + "64": exact[name] for name in exact if name != "last_hidden_state"})
    model.float()
    tensors = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    save_file(tensors, folder / "golden.safetensors", metadata={"made_by": f"transformers {transformers.__version__}"})


def processor(folder, kind, size):
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    text = {
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_processor_type": kind,
        "image_std": [0.5, 0.5, 0.5],
        "resample": 3 if kind.startswith("DeiT") else 2,
        "rescale_factor": 1 / 255,
        "size": {"height": height, "width": width},
    }
    if not kind.startswith("ViT"):
        text["do_center_crop"] = False
    (folder / "preprocessor_config.json").write_text(json.dumps(text, indent=2) + "\n")


def save(root, name, model, seed, kind):
    """As save_pretrained writes it."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor(folder, kind, model.config.image_size)
    golden(folder, model, seed)


def save_memory(root, name, model, seed, kind):
    """As torch.save(model.state_dict()) writes it: the names are those in memory."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    processor(folder, kind, config.image_size)
    golden(folder, model, seed)


def dit(root, name):
    """As microsoft/dit-base-finetuned-rvlcdip: absolute positions, no relative ones, mean pooling."""
    config = BeitConfig(**BEIT, **DOCUMENTS, use_absolute_position_embeddings=True)
    save(root, name, drawn(BeitForImageClassification(config), 1), 101, "BeitImageProcessor")


def data2vec(root, name):
    """As facebook/data2vec-vision-base-ft1k."""
    config = Data2VecVisionConfig(**BEIT, **ANIMALS, use_relative_position_bias=True)
    save(root, name, drawn(Data2VecVisionForImageClassification(config), 2), 102, "BeitImageProcessor")


def data2vec_model(root, name):
    """As facebook/data2vec-vision-base: shared positions, no classifier and no pooler."""
    config = Data2VecVisionConfig(**BEIT, use_shared_relative_position_bias=True)
    save(root, name, drawn(Data2VecVisionModel(config), 3), 103, "BeitImageProcessor")


def vit_memory(root, name):
    config = ViTConfig(**SMALL, **ANIMALS)
    save_memory(root, name, drawn(ViTForImageClassification(config), 4), 104, "ViTImageProcessor")


def vit_model_memory(root, name):
    save_memory(root, name, drawn(ViTModel(ViTConfig(**SMALL)), 5), 105, "ViTImageProcessor")


def beit_memory(root, name):
    """Both kinds of relative positions."""
    config = BeitConfig(
        **BEIT, **ANIMALS, use_relative_position_bias=True, use_shared_relative_position_bias=True, use_mask_token=True
    )
    save_memory(root, name, drawn(BeitForImageClassification(config), 6), 106, "BeitImageProcessor")


def beit_model_memory(root, name):
    config = BeitConfig(**BEIT, use_shared_relative_position_bias=True, use_mean_pooling=False)
    save_memory(root, name, drawn(BeitModel(config), 7), 107, "BeitImageProcessor")


def llm_int8(root, name):
    """bitsandbytes' own file, and what comes of its own floats: rounded activations are left out."""
    import shutil

    from transformers import BitsAndBytesConfig

    plain = root / (name + "-plain")
    drawn(ViTForImageClassification(ViTConfig(**SMALL, **ANIMALS)), 8).save_pretrained(plain)
    load = BitsAndBytesConfig(load_in_8bit=True)
    model = ViTForImageClassification.from_pretrained(plain, quantization_config=load, device_map="cpu")
    shutil.rmtree(plain)
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor(folder, "ViTImageProcessor", 32)
    golden(folder, model.dequantize(dtype=torch.float32), 108)


def not_square(root, name):
    """A grid of 4x6 patches: since 4.43 the table is read as (width, height), then stretched to (height, width)."""
    sizes = dict(BEIT, image_size=[32, 48])
    config = BeitConfig(**sizes, **ANIMALS, use_relative_position_bias=True)
    save(root, name, drawn(BeitForImageClassification(config), 9), 109, "BeitImageProcessor")


def not_square_shared(root, name):
    sizes = dict(BEIT, image_size=[48, 16])
    config = BeitConfig(**sizes, **ANIMALS, use_shared_relative_position_bias=True)
    save(root, name, drawn(BeitForImageClassification(config), 10), 110, "BeitImageProcessor")


def deit(root, name):
    """As facebook/deit-base-distilled-patch16-224 once it was tuned without a teacher."""
    config = DeiTConfig(**SMALL, **ANIMALS)
    save(root, name, drawn(DeiTForImageClassification(config), 11), 111, "DeiTImageProcessor")


def deit_teacher(root, name):
    """As facebook/deit-base-distilled-patch16-224: the mean of two classifiers."""
    config = DeiTConfig(**SMALL, **DOCUMENTS)
    save(root, name, drawn(DeiTForImageClassificationWithTeacher(config), 12), 112, "DeiTImageProcessor")


def deit_model(root, name):
    config = DeiTConfig(**SMALL, qkv_bias=False)
    save(root, name, drawn(DeiTModel(config), 13), 113, "DeiTImageProcessor")


def deit_teacher_memory(root, name):
    config = DeiTConfig(**SMALL, **ANIMALS)
    save_memory(root, name, drawn(DeiTForImageClassificationWithTeacher(config), 14), 114, "DeiTImageProcessor")


def not_square_absolute(root, name):
    """A grid of 4x6 patches with a position of its own for each, and no relative ones.

    With transformers 4.41.2: 4.57 and later fail on 24 positions, whose number is no square.
    """
    sizes = dict(BEIT, image_size=[32, 48])
    config = BeitConfig(**sizes, **ANIMALS, use_absolute_position_embeddings=True)
    save(root, name, drawn(BeitForImageClassification(config), 12), 112, "BeitImageProcessor")


def not_square_vit(root, name):
    sizes = dict(SMALL, image_size=[48, 16])
    save(root, name, drawn(ViTForImageClassification(ViTConfig(**sizes, **ANIMALS)), 13), 113, "ViTImageProcessor")


FOLDERS = {
    "d5-beit-nonsquare-absolute": not_square_absolute,
    "g2-vit-nonsquare": not_square_vit,
    "d3-beit-nonsquare-transformers5": not_square,
    "d4-beit-nonsquare-shared-transformers5": not_square_shared,
    "n-dit": dit,
    "o1-data2vec-vision": data2vec,
    "o2-data2vecmodel-nohead": data2vec_model,
    "p1-vit-in-memory": vit_memory,
    "p2-vitmodel-in-memory": vit_model_memory,
    "p3-beit-in-memory": beit_memory,
    "p4-beitmodel-in-memory": beit_model_memory,
    "q-vit-llm-int8": llm_int8,
    "r1-deit": deit,
    "r2-deit-teacher": deit_teacher,
    "r3-deitmodel-pooler": deit_model,
    "r4-deit-teacher-in-memory": deit_teacher_memory,
}

if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    root = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or FOLDERS:
        FOLDERS[name](root, name)
        print(name)
