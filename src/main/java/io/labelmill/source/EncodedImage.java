package io.labelmill.source;

/**
 * The encoded bytes of one image.
 *
 * @param bytes may be longer than the image, and is used again for another one: valid as long as
 *     whoever gave it says
 * @param length of the image in {@code bytes}, from index 0
 * @param contentVersion changes when the content does: the version column's value, else {@code
 *     length-mtimeMillis} of a file, else the SHA-256 of inline content in hex
 */
@SuppressWarnings("ArrayRecordComponent") // a view, never compared
public record EncodedImage(byte[] bytes, int length, String contentVersion) {}
