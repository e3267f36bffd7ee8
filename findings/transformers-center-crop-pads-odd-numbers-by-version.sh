#!/usr/bin/env bash
# Transformers' center_crop of a picture that is too small by an odd number: a pixel short in 4.41, another place since.
#
# Expected: a crop of 33x33 is 33x33 whatever comes in, which is what the function promises, and the picture lies at the
#   same place in it in all releases.
# Seen: 30x30 cropped to 33x33 is 32x32 in 4.41.2, without a word; in 4.57.6 and 5.23.0 it is 33x33, with two rows and
#   columns of zeros in front of the picture and one behind, where 4.41.2 has one and one. By an even number, 29x29 or
#   31x31, all give 33x33 and the same place. A side that is large enough is not concerned. A model sees other pixels
#   by version of a library whose preprocessor_config.json did not change.
# Versions: transformers 4.41.2, 4.57.6 and 5.23.0, numpy 1.26.4, Python 3.11.
# Source: observed; center_crop in src/transformers/image_transforms.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
for version in 4.41.2 4.57.6 5.23.0; do
  python/bin/pip install -q numpy==1.26.4 pillow==12.3.0 "transformers==$version"
  python/bin/python - <<'PY' 2>&1 | grep -v "PyTorch"
import numpy as np
import transformers
from transformers.image_transforms import center_crop


def crop(height, width):
    """Shape of a crop of 33x33, and the rows and columns that the picture has in it."""
    picture = np.ones((height, width, 3), np.uint8)
    cropped = center_crop(picture, (33, 33), input_data_format="channels_last", data_format="channels_last")
    rows, columns = np.nonzero(cropped[:, :, 0].any(1))[0], np.nonzero(cropped[:, :, 0].any(0))[0]
    found = cropped.shape[:2], (rows.min(), rows.max()), (columns.min(), columns.max())
    print(f"transformers {transformers.__version__}: {height}x{width} to", *found)
    return tuple(map(tuple, found))


old = transformers.__version__ == "4.41.2"
assert crop(31, 31) == ((33, 33), (1, 31), (1, 31))
assert crop(29, 29) == ((33, 33), (2, 30), (2, 30))
assert crop(30, 30) == (((32, 32), (1, 30), (1, 30)) if old else ((33, 33), (2, 31), (2, 31)))
assert crop(30, 40) == (((32, 33), (1, 30), (0, 32)) if old else ((33, 33), (2, 31), (0, 32)))
PY
done
