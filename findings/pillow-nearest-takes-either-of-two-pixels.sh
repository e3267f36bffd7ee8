#!/usr/bin/env bash
# Pillow's NEAREST takes the left of two pixels at one place and the right one at another, where both are as near.
#
# Expected: the pixel at the centre, by one rule for ties, so that a pattern of 8 pixels that repeats, made smaller to
#   3 of 8, repeats; PyTorch documents its 'nearest-exact' as what Pillow does, and takes the right one always.
# Seen: Pillow adds the step up from column to column in floating point. Where a centre falls between two pixels, the
#   error of the sum decides: of 1280 columns made 480, 99 come from the left one of the two and 61 from the right one,
#   of 640 made 224 it is 20 and 12. There a label map differs from PyTorch's by a column, and by a row likewise.
# Versions: Pillow 12.3.0 and 13.0.0, Python 3.11.
# Source: observed; ImagingScaleAffine in Pillow's src/libImaging/Geometry.c; torch.nn.functional.interpolate's note.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
for version in 12.3.0 13.0.0; do
  python/bin/pip install -q "pillow==$version"
  python/bin/python - <<'PY'
import PIL
from PIL import Image

NEAREST = Image.Resampling.NEAREST


def columns(width, to):
    """From which column each comes; the number of a column is two bytes."""
    low = Image.frombytes("L", (width, 1), bytes(x % 256 for x in range(width)))
    high = Image.frombytes("L", (width, 1), bytes(x // 256 for x in range(width)))
    pairs = zip(low.resize((to, 1), NEAREST).tobytes(), high.resize((to, 1), NEAREST).tobytes())
    return [lower + 256 * higher for lower, higher in pairs]


for width, to, left, right in [(1280, 480, 99, 61), (1024, 384, 74, 54), (640, 224, 20, 12)]:
    taken = columns(width, to)
    # Twice the place of the centre, in whole numbers: a tie where it is a border between two pixels.
    ties = [i for i in range(to) if (2 * i + 1) * width % (2 * to) == 0]
    border = {i: (2 * i + 1) * width // (2 * to) for i in ties}
    lefts = sum(taken[i] == border[i] - 1 for i in ties)
    rights = sum(taken[i] == border[i] for i in ties)
    print(f"Pillow {PIL.__version__}, {width} columns to {to}: {len(ties)} ties, {lefts} left, {rights} right")
    assert (lefts, rights) == (left, right) and lefts + rights == len(ties)
    assert all(taken[i] == (2 * i + 1) * width // (2 * to) for i in range(to) if i not in border)

pattern = Image.frombytes("L", (1280, 1), bytes(x % 8 for x in range(1280)))
small = pattern.resize((480, 1), NEAREST).tobytes()
periods = {small[i : i + 3] for i in range(0, 480, 3)}
print("a pattern that repeats every 8 columns gives these triples:", sorted(map(list, periods)))
assert len(periods) == 2
PY
done
