#!/usr/bin/env bash
# The JDK's ImageIO draws the whole picture of a progressive JPEG once for each of its scans, though nobody looks.
#
# Expected: without listeners a progressive JPEG is drawn once, when all scans have been read; a caller who wants the
#   last pass alone says so by ImageReadParam.setSourceProgressivePasses(last, 1).
# Seen: every row is put into the destination as often as there are scans, 10 times for a file as Pillow and
#   libjpeg write it, so that decoding takes several times as long as that of the same picture in one scan. The
#   first pass asked for is ignored: from the last on, all are drawn; the last alone gives one pass, drawn from the
#   first scan, so another picture.
# Versions: OpenJDK 17.0.15 (Debian), Pillow 13.0.0.
# Source: observed, by a raster that counts the rows put into it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q pillow==13.0.0
python/bin/python - <<'PY'
from PIL import Image

across, down = Image.linear_gradient("L").rotate(90), Image.linear_gradient("L")
picture = Image.merge("RGB", (across, down, Image.radial_gradient("L")))
picture.save("progressive.jpg", progressive=True)
picture.save("baseline.jpg")
PY
cat >Passes.java <<'JAVA'
import java.awt.Point;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.*;
import java.io.File;
import java.util.Arrays;
import javax.imageio.*;

public class Passes {
  static class Counting extends WritableRaster {
    final int[] rows = new int[256];
    int rowsInAll;

    Counting() {
      super(
          new PixelInterleavedSampleModel(DataBuffer.TYPE_BYTE, 256, 256, 3, 768, new int[] {0, 1, 2}),
          new DataBufferByte(1),
          new Point());
    }

    @Override
    public void setRect(int x, int y, Raster row) {
      rowsInAll++;
      rows[y] = Arrays.hashCode((byte[]) row.getDataElements(0, 0, 256, 1, null));
    }
  }

  static Counting read(String file, int from, int passes) throws Exception {
    Counting counting = new Counting();
    ColorModel rgb =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
    ImageReadParam param = new ImageReadParam();
    param.setDestination(new BufferedImage(rgb, counting, false, null));
    if (passes > 0) {
      param.setSourceProgressivePasses(from, passes);
    }
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    reader.setInput(ImageIO.createImageInputStream(new File(file)), true, true);
    reader.read(0, param);
    return counting;
  }

  static void check(boolean told) {
    if (!told) {
      throw new IllegalStateException("not as told");
    }
  }

  public static void main(String[] args) throws Exception {
    System.out.println("Java " + System.getProperty("java.runtime.version"));
    Counting baseline = read("baseline.jpg", 0, 0);
    Counting all = read("progressive.jpg", 0, 0);
    Counting fromLast = read("progressive.jpg", 9, Integer.MAX_VALUE);
    Counting last = read("progressive.jpg", 9, 1);
    System.out.println("rows drawn of 256: baseline " + baseline.rowsInAll + ", progressive " + all.rowsInAll
        + ", from the last pass on " + fromLast.rowsInAll + ", the last pass alone " + last.rowsInAll);
    check(baseline.rowsInAll == 256 && all.rowsInAll == 2560 && fromLast.rowsInAll == 2560);
    check(Arrays.equals(all.rows, baseline.rows) && Arrays.equals(fromLast.rows, all.rows));
    System.out.println("the last pass alone is the same picture: " + Arrays.equals(last.rows, all.rows));
    check(!Arrays.equals(last.rows, all.rows));
  }
}
JAVA
java Passes.java
echo "as told"
