"""Writes one truth in the forms of other programs, into src/test/resources/truth.

base.csv there is the truth in words; TruthFormsIT asks that every other file says the same.
Made with Python 3.11, pandas 2.3.3, numpy 2.2.6, pyarrow 25.0.1, datasets 4.4.1,
webdataset 1.0.2 and datumaro 1.13.12:

    python3 -m venv venv && venv/bin/pip install numpy==2.2.6 pandas==2.3.3 datasets==4.4.1 webdataset==1.0.2 \
        datumaro==1.13.12
    venv/bin/python src/test/references/truth.py
"""

import csv
import json
import pathlib
import shutil
import unicodedata
import zipfile

import datasets
import numpy
import pandas
import webdataset

OUT = pathlib.Path(__file__).parents[1] / "resources" / "truth"
LABELS = ["can", "carton", "milk_bottle", "water_bottle"]
with open(OUT / "base.csv", encoding="utf-8") as base:
    TRUTH = {row["filename"]: row["labels"].split() for row in csv.DictReader(base)}
NAMES = list(TRUTH)
LISTS = list(TRUTH.values())
BITS = [[int(label in labels) for label in LABELS] for labels in LISTS]
FLAGS = pandas.DataFrame(BITS, columns=LABELS)
INDICES = [[LABELS.index(label) for label in labels] for labels in LISTS]
STEMS = [name.rsplit(".", 1)[0] for name in NAMES]


def pandas_forms():
    def csv_of(name, **columns):
        pandas.DataFrame(columns).to_csv(OUT / name, index=False)

    csv_of("python-lists.csv", path=NAMES, labels=LISTS)
    csv_of("python-tuples.csv", path=NAMES, labels=[tuple(labels) for labels in LISTS])
    csv_of("numpy-arrays.csv", path=NAMES, labels=[numpy.array(labels) for labels in LISTS])
    csv_of("numpy-texts.csv", path=NAMES, labels=[list(numpy.array(labels)) for labels in LISTS])
    csv_of("numpy-bits.csv", path=NAMES, labels=[numpy.array(bits, float) for bits in BITS])
    csv_of("bits.csv", path=NAMES, labels=BITS)
    csv_of("flags.csv", path=NAMES, labels=[[bool(bit) for bit in bits] for bits in BITS])
    csv_of("indices.csv", path=NAMES, labels=INDICES)
    csv_of("bars.csv", path=NAMES, labels=["|".join(labels) for labels in LISTS])
    csv_of("commas.csv", path=NAMES, labels=[", ".join(labels) for labels in LISTS])
    csv_of("json-lists.csv", path=NAMES, labels=[str(labels).replace("'", '"') for labels in LISTS])
    csv_of("windows.csv", path=["images\\" + name for name in NAMES], labels=[";".join(labels) for labels in LISTS])
    csv_of("decomposed.csv", path=[unicodedata.normalize("NFD", name) for name in NAMES],
           labels=["|".join(labels) for labels in LISTS])
    csv_of("one-hot.csv", filename=NAMES, **FLAGS)
    csv_of("one-hot-stems.csv", image_id=STEMS, split=["train"] * 7, **FLAGS)
    pandas.DataFrame({"filename": NAMES, **FLAGS.astype(bool)}).to_csv(OUT / "one-hot-indexed.csv")
    pandas.DataFrame({"path": NAMES, "labels": ["|".join(labels) for labels in LISTS]}).to_csv(
        OUT / "semicolons.csv", index=False, sep=";", encoding="utf-8-sig")
    pandas.DataFrame({"path": NAMES, "labels": BITS}).to_parquet(OUT / "bits.parquet")
    pandas.DataFrame({"path": NAMES, "labels": [[float(bit) for bit in bits] for bits in BITS]}).to_parquet(
        OUT / "floats.parquet")
    pandas.DataFrame({"path": NAMES, "labels": LISTS}).to_parquet(OUT / "lists.parquet")
    pandas.DataFrame({"image_path": NAMES, **FLAGS}).to_parquet(OUT / "one-hot.parquet")
    frame = pandas.DataFrame({"path": NAMES, "labels": LISTS})
    frame.to_json(OUT / "records.json", orient="records", indent=1)
    frame.to_json(OUT / "lines.jsonl", orient="records", lines=True)
    pandas.DataFrame({"path": NAMES, "labels": BITS}).to_json(OUT / "bits.jsonl", orient="records", lines=True)
    pandas.DataFrame({"image": NAMES, **FLAGS}).to_json(OUT / "one-hot.json", orient="records", indent=1)
    pandas.Series(LISTS, index=NAMES).to_json(OUT / "map.json", indent=1)
    frame.to_json(OUT / "columns.json")


def hugging_face_forms():
    names = datasets.ClassLabel(names=["water_bottle", "milk_bottle", "carton", "can"])
    features = datasets.Features(
        {"image": datasets.Image(decode=False), "labels": datasets.Sequence(names)})
    images = [{"bytes": b"no picture", "path": name} for name in NAMES]
    numbers = [[names.str2int(label) for label in labels] for labels in LISTS]
    data = datasets.Dataset.from_dict({"image": images, "labels": numbers}, features=features)
    data.to_parquet(OUT / "class-labels.parquet")
    single = datasets.Features({"image": datasets.Image(decode=False), "label": names})
    data = datasets.Dataset.from_dict(
        {"image": images, "label": [row[0] for row in numbers]}, features=single)
    data.to_parquet(OUT / "class-label.parquet")
    folder = OUT / "imagefolder"
    folder.mkdir(exist_ok=True)
    datasets.Dataset.from_dict({"file_name": NAMES, "labels": LISTS}).to_json(folder / "metadata.jsonl")


def archive_forms():
    def shard(name, rows, side_file):
        (OUT / name).parent.mkdir(exist_ok=True)
        with webdataset.TarWriter(str(OUT / name), mtime=1700000000) as writer:
            for i in rows:
                writer.write({"__key__": "set/" + STEMS[i], "jpg": b"no picture", **side_file(i)})

    for number, rows in enumerate([range(4), range(4, 7)]):
        shard(f"shards/fridge-{number:06d}.tar", rows, lambda i: {"json": {"caption": f"{i}", "labels": LISTS[i]}})
    shard("texts.tar", range(7), lambda i: {"txt": " ".join(LISTS[i])})
    shard("indices.tar", range(7), lambda i: {"cls": INDICES[i], "txt": "a fridge"})
    with zipfile.ZipFile(OUT / "one-hot.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for name, stem, bits in zip(NAMES, STEMS, BITS):
            for member, text in [(name, "no picture"), (stem + ".json", json.dumps(dict(zip(LABELS, bits))))]:
                out.writestr(zipfile.ZipInfo("set/" + member, (2026, 1, 31, 0, 0, 0)), text)


def datumaro_forms():
    # pandas writes no JSON any more once this is imported.
    import datumaro
    from datumaro.components.annotation import Bbox, Label
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    def data(annotation):
        items = [
            DatasetItem(id=stem, subset="train", media=Image.from_numpy(numpy.zeros((4, 6, 3), numpy.uint8), ext=".jpg"),
                        annotations=[annotation(i) for i in indices])
            for stem, indices in zip(STEMS, INDICES)]
        return datumaro.Dataset.from_iterable(items, categories=LABELS)

    for name in ["coco_instances", "voc_detection", "yolo", "cvat"]:
        folder = OUT / name
        shutil.rmtree(folder, ignore_errors=True)
        boxed = name != "cvat"
        data(lambda i: Bbox(1, 1, 2, 2, label=i) if boxed else Label(i)).export(
            str(folder), name, save_media=False)


pandas_forms()
hugging_face_forms()
archive_forms()
datumaro_forms()
