"""The cases of golden/preprocessing that newer versions of Pillow and Transformers compute otherwise.

Those cases were made with Pillow 9.4.0 and Transformers 4.27 and 4.41. This runs the image processors of
Transformers 4.57.6, the last with the classes of that time, on the same pictures with the Pillow that is
installed, and prints what differs as JSON: by case the size, and SHA-256 of the resized bytes and the pixel
values. Run once with Pillow 13.0.0 and once with 12.3.0; the two results are the keys "pillow" and "pillow-12" of
src/test/resources/golden/preprocessing/newer.json.

    pip install transformers==4.57.6 pillow==13.0.0 numpy==2.4.6
    python golden_newest.py src/test/resources/golden/preprocessing
"""

import hashlib
import json
import sys

import numpy as np
import PIL
import transformers
from PIL import Image, ImageOps


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def decoded(folder, entry, orientation):
    picture = Image.open(f"{folder}/{entry['file']}")
    if orientation == "upright":
        picture = ImageOps.exif_transpose(picture)
        wanted = entry["decoded_upright_sha256"]
    else:
        wanted = entry["decoded_sha256"]
    picture = picture.convert("RGB")
    return picture, sha(np.asarray(picture)) == wanted


def processor(config, **changes):
    name = config.get("image_processor_type") or config.get("feature_extractor_type", "ViTImageProcessor")
    name = name.replace("FeatureExtractor", "ImageProcessor")
    return getattr(transformers, name).from_dict({**config, **changes})


def main():
    folder = sys.argv[1]
    index = json.load(open(f"{folder}/index.json"))
    images = {entry["file"]: entry for entry in index["images"]}
    differing, decoders = {}, set()
    for case in index["cases"]:
        picture, same = decoded(folder, images[case["image"]], case["orientation"])
        if not same:
            decoders.add(case["image"])
            continue
        config = index["configs"][case["config"]]
        # Pictures of height 1 or 3 would be taken for channels first.
        layout = {"return_tensors": "np", "input_data_format": "channels_last"}
        values = processor(config)(np.asarray(picture), **layout)["pixel_values"][0]
        bare = processor(config, do_rescale=False, do_normalize=False)
        resized = bare(np.asarray(picture), **layout)["pixel_values"][0].transpose(1, 2, 0).astype(np.uint8)
        result = {
            "resized_width": resized.shape[1],
            "resized_height": resized.shape[0],
            "resized_sha256": sha(resized),
            "pixel_values_sha256": sha(values.astype(np.float32)),
        }
        if any(result[key] != case[key] for key in result):
            differing[case["id"]] = result
    print(
        f"transformers {transformers.__version__}, Pillow {PIL.__version__}:"
        f" {len(index['cases'])} cases, {len(differing)} differ; decoded otherwise, left out: {sorted(decoders)}",
        file=sys.stderr,
    )
    json.dump(differing, sys.stdout, indent=0)


main()
