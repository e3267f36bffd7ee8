package io.labelmill.decode;

final class WebpDecoder implements FormatDecoder {
  @Override
  public void decode(Encoded file, Canvas canvas) throws BrokenImage {
    throw new BrokenImage("WebP is not read");
  }
}
