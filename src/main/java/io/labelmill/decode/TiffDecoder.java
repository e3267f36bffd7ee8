package io.labelmill.decode;

final class TiffDecoder implements FormatDecoder {
  @Override
  public void decode(Encoded file, Canvas canvas) throws BrokenImage {
    throw new BrokenImage("TIFF is not read");
  }
}
