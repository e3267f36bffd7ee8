package io.labelmill.preprocess;

/**
 * The centre crop along one axis, as {@code center_crop} of Transformers computes it.
 *
 * <p>A picture shorter than the crop is padded with black. Where the padding is odd, Transformers
 * (4.27 to 4.41) comes out one pixel short, and so does this.
 *
 * @param from where the crop starts in the picture; 0 where it is padded
 * @param pad black pixels before the picture
 * @param length of the result, in pixels
 */
record CentreCrop(int from, int pad, int length) {
  static CentreCrop of(int picture, int crop) {
    int start = Math.floorDiv(picture - crop, 2);
    if (start >= 0) {
      return new CentreCrop(start, 0, crop);
    }
    int pad = (crop - picture) / 2;
    return new CentreCrop(0, pad, Math.min(crop, start + crop + pad));
  }
}
