#!/usr/bin/env bash
# Pillow 13 resizes upright photographs rows first, so that a photograph of 300x400 gets other bytes than in 12.3.
#
# Expected: one order of the two passes, columns first, as all releases before 12.2 had it; 12.2 and 12.3 turn it
#   for pictures more than 100 times as high as wide only.
# Seen: 13.0.0 takes rows first wherever the height shrinks by more than twice as many pixels as the width: 300x400 to
#   224x224 is, 480x640 to 224x224 is not. Rounding between the passes moves samples by 1 level of 255, so that
#   thumbnails, hashes and inputs of models change with the release for some sizes of pictures and not for others.
# Versions: Pillow 12.3.0 and 13.0.0, Python 3.11.
# Source: observed; each pass alone is the same in both, so that the order can be seen by doing them one by one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
for version in 12.3.0 13.0.0; do
  python/bin/pip install -q "pillow==$version"
  python/bin/python - <<'PY'
import random

import PIL
from PIL import Image

BICUBIC = Image.Resampling.BICUBIC
newest = PIL.__version__ == "13.0.0"


def order(width, height, side=224):
    """Which pass comes first: the whole against its two passes one by one."""
    noise = random.Random(width * height).randbytes(width * height)
    picture = Image.frombytes("L", (width, height), noise)
    whole = picture.resize((side, side), BICUBIC).tobytes()
    columns = picture.resize((side, height), BICUBIC).resize((side, side), BICUBIC).tobytes()
    rows = picture.resize((width, side), BICUBIC).resize((side, side), BICUBIC).tobytes()
    assert columns != rows
    found = "columns" if whole == columns else "rows" if whole == rows else "neither"
    print(f"Pillow {PIL.__version__}, {width}x{height} to {side}x{side}: {found} first")
    return found


assert order(480, 640) == "columns"
assert order(500, 776) == "columns"
assert order(500, 777) == ("rows" if newest else "columns")
assert order(300, 400) == ("rows" if newest else "columns")
PY
done
