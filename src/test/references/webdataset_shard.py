"""Writes src/test/resources/archives/webdataset.tar with the library WebDataset, and prints what it
reads back: keys, endings, and SHA-256 of each picture.

    pip install webdataset==1.0.2 pillow==13.0.0 numpy
    python src/test/references/webdataset_shard.py src/test/resources/archives
"""

import hashlib
import io
import sys

import webdataset
from PIL import Image

folder = sys.argv[1]
labels = ["can", "carton", "milk_bottle", "water_bottle"]
with webdataset.TarWriter(f"{folder}/webdataset.tar", mtime=1700000000) as writer:
    for i in range(6):
        picture = Image.new("RGB", (20 + i, 30), (40 * i, 255 - 40 * i, 7 * i))
        picture.putpixel((1, 2), (255, 255, 0))
        encoded = io.BytesIO()
        picture.save(encoded, "PNG")
        writer.write(
            {
                "__key__": f"train/shop.{i}/img_{i:02d}",
                "png": encoded.getvalue(),
                "cls": i % 4,
                "json": {"labels": labels[: 1 + i % 4], "caption": f"ä {i}"},
            }
        )

for sample in webdataset.WebDataset(f"{folder}/webdataset.tar", shardshuffle=False):
    print(
        sample["__key__"],
        sorted(name for name in sample if not name.startswith("__")),
        sample["cls"],
        hashlib.sha256(sample["png"]).hexdigest(),
    )
