"""Tables of images as Hugging Face's datasets, pyarrow and pandas write them, and what these read of them.

Runs with datasets 5.2.0, pyarrow 26.0.1, pandas 3.1.1, pillow 13.0.0, numpy 2.4.6, Python 3.11, from the
root of the project, since paths in one of the tables are relative to it:

    python src/test/references/tables.py src/test/resources/tables

expected.json has for each table its rows as the library reads them: of an image the SHA-256 of its
encoded bytes, of a label its name.
"""

import datetime
import decimal
import hashlib
import json
import pathlib
import sys
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, Dataset, Features, Image, List, Value
from datasets.table import embed_table_storage
from PIL import Image as Pillow

NAMES = ["can", "carton", "milk bottle", "Wasserflasche"]
TAGS = ["round", "blue", "dented"]


def pictures(folder):
    """Four noisy PNGs of different shapes."""
    files = []
    for i in range(4):
        pixels = np.random.default_rng(i).integers(0, 256, (9 + i, 14, 3), dtype=np.uint8)
        file = folder / f"{i}.png"
        Pillow.fromarray(pixels).save(file)
        files.append(str(file))
    return files


def read(dataset):
    """Rows of a data set, by the library's own words for labels."""
    features = dataset.features
    raw = dataset.cast_column("image", Image(decode=False))
    rows = []
    for row in raw:
        image = row["image"]
        content = image["bytes"] or pathlib.Path(image["path"]).read_bytes()
        rows.append({
            "path": image["path"],
            "sha256": hashlib.sha256(content).hexdigest(),
            "label": None if row["label"] in (None, -1) else features["label"].int2str(row["label"]),
            "tags": row["tags"] and [features["tags"].feature.int2str(tag) for tag in row["tags"]],
            "fine": features["meta"]["fine"].int2str(row["meta"]["fine"]),
        })
    return rows


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    files = pictures(out)
    features = Features({
        "image": Image(),
        "label": ClassLabel(names=NAMES),
        "tags": List(ClassLabel(names=TAGS)),
        "meta": {"fine": ClassLabel(names=["left", "right"]), "n": Value("int32")},
    })
    columns = {
        "image": files,
        "label": [3, 0, -1, None],
        "tags": [[0], [2, 1], [], None],
        "meta": [{"fine": i % 2, "n": i} for i in range(4)],
    }
    named = Dataset.from_dict(columns, features=features)
    expected = {}

    # As push_to_hub stores it: bytes within, of the path the last part.
    embedded = named.with_format("arrow").map(embed_table_storage, batched=True).with_format(None)
    embedded.to_parquet(out / "embedded.parquet")
    expected["embedded.parquet"] = read(embedded)

    # to_parquet embeds nothing.
    named.to_parquet(out / "paths.parquet")
    expected["paths.parquet"] = read(named)

    content = [pathlib.Path(file).read_bytes() for file in files]
    mixed = dict(columns, image=[
        {"bytes": content[0], "path": "0.png"},
        {"bytes": None, "path": files[1]},
        {"bytes": content[2], "path": None},
        {"bytes": content[3], "path": "gone/3.png"},
    ])
    both = Dataset.from_dict(mixed, features=features)
    both.to_parquet(out / "mixed.parquet")
    expected["mixed.parquet"] = read(both)

    # Types of Arrow for which Spark has none, beside the column that is read.
    moment = datetime.datetime(2024, 1, 1, 0, 0, 0, 123456)
    table = pa.table({
        "path": files[:2],
        "taken": pa.array([moment, None], pa.timestamp("ns")),
        "seen": pa.array([moment, None], pa.timestamp("ns", "UTC")),
        "half": pa.array([np.float16(1), None], pa.float16()),
        "opens": pa.array([1, None], pa.time64("us")),
        "id": pa.array([uuid.UUID(int=7).bytes, None], pa.uuid()),
        "price": pa.array([decimal.Decimal(1), None], pa.decimal256(60, 2)),
        "exif": pa.array(
            [{"camera": "A", "at": moment}, None],
            pa.struct([("camera", pa.string()), ("at", pa.timestamp("ns"))])),
        "boxes": pa.array([[np.float16(1)], None], pa.list_(pa.float16())),
        "shelf": pa.array([7, None], pa.int64()),
    })
    pq.write_table(table, out / "types.parquet")

    frame = pd.DataFrame({"path": files[:2], "taken": pd.to_datetime(["2024-01-01", None]).astype("datetime64[ns]")})
    frame.to_parquet(out / "pandas.parquet")

    codecs = pa.table({"path": files[:2], "shelf": [1, 2]})
    pq.write_table(codecs, out / "brotli.parquet", compression={"path": "BROTLI", "shelf": "SNAPPY"})
    pq.write_table(codecs, out / "brotli-beside.parquet", compression={"path": "SNAPPY", "shelf": "BROTLI"})

    (out / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
