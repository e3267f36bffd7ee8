"""Packs pictures with what Pillow makes of each, for the generators beside it.

After a generator has run with the newest Pillow, with an older one:   python recording.py OUT.zip
It adds under "before" what that one makes of the pictures where it differs.
"""

import hashlib
import io
import json
import sys
import warnings
import zipfile

import PIL
from PIL import Image, ImageOps


def seen(data):
    """What a Python program sees of a file: exif_transpose, then RGB; or the exception."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                mode = image.mode
                upright = ImageOps.exif_transpose(image).convert("RGB")
        sha256 = hashlib.sha256(upright.tobytes()).hexdigest()
        return {"mode": mode, "width": upright.width, "height": upright.height, "sha256": sha256}
    except Exception as e:  # Pillow answers broken files with any of them
        return {"error": type(e).__name__}


def record(archive, pictures):
    """pictures: the bytes by file name."""
    cases = [{"file": name, **seen(pictures[name])} for name in sorted(pictures)]
    write(archive, pictures, {"pillow": PIL.__version__, "cases": cases})


def record_before(archive):
    with zipfile.ZipFile(archive) as packed:
        index = json.loads(packed.read("index.json"))
        pictures = {case["file"]: packed.read(case["file"]) for case in index["cases"]}
    index["before"] = {"pillow": PIL.__version__, "cases": []}
    for case in index["cases"]:
        now = {"file": case["file"], **seen(pictures[case["file"]])}
        if now != case and not ("error" in now and "error" in case):
            index["before"]["cases"].append(now)
    write(archive, pictures, index)


def write(archive, pictures, index):
    files = {"index.json": json.dumps(index, indent=1).encode() + b"\n", **pictures}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name in sorted(files):
            # With a fixed date the archive is the same each time.
            packed.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED, 9)
    print(len(pictures), "pictures with Pillow", PIL.__version__)


if __name__ == "__main__":
    record_before(sys.argv[1])
