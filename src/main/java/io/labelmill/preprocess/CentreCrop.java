package io.labelmill.preprocess;

/**
 * The centre crop along one axis. A picture shorter than the crop is padded with black; where that
 * is an odd number of pixels, Transformers pads the one more before the picture with Pillow, and
 * behind it with torchvision.
 *
 * @param from where the crop starts in the picture; 0 where it is padded
 * @param pad black pixels before the picture
 * @param length of the result, in pixels
 */
record CentreCrop(int from, int pad, int length) {
  static CentreCrop of(int picture, int crop, ResizeBackend backend) {
    int missing = crop - picture;
    if (missing <= 0) {
      return new CentreCrop(-missing / 2, 0, crop);
    }
    int more = backend == ResizeBackend.TORCHVISION ? 0 : missing % 2;
    return new CentreCrop(0, missing / 2 + more, crop);
  }
}
