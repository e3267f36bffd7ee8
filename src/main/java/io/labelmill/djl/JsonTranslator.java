package io.labelmill.djl;

import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.error.ImageException;
import io.labelmill.error.Status;
import io.labelmill.preprocess.Size;

/**
 * Encoded images to JSON. One that can't be read gives its status instead of an exception, which
 * would end the whole partition of who calls. Thread-safe.
 */
record JsonTranslator(PictureInput pictures, Answer<ObjectNode> answer)
    implements NoBatchifyTranslator<byte[], byte[]> {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ROW = "labelmill.row";

  /** An object for an answer. */
  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** Without a picture there is nothing to run, which an empty list says. */
  @Override
  public NDList processInput(TranslatorContext context, byte[] encoded) {
    ObjectNode row = JSON.createObjectNode();
    context.setAttachment(ROW, row);
    try {
      return pictures.decoded(
          encoded,
          picture -> {
            row.put("status", Status.OK.name());
            row.putNull("error");
            row.put("width", picture.width());
            row.put("height", picture.height());
            return pictures.pixelValues(picture, context.getNDManager());
          });
    } catch (ImageException e) {
      row.put("status", e.status().name());
      row.put("error", e.getMessage());
      e.width().ifPresent(width -> row.put("width", width));
      e.height().ifPresent(height -> row.put("height", height));
      return new NDList();
    }
  }

  @Override
  public byte[] processOutput(TranslatorContext context, NDList outputs) throws TranslateException {
    ObjectNode row = (ObjectNode) context.getAttachment(ROW);
    if (!outputs.isEmpty()) {
      Size picture = new Size(row.get("width").asInt(), row.get("height").asInt());
      row.setAll(answer.of(outputs, picture));
    }
    try {
      return JSON.writeValueAsBytes(row);
    } catch (JsonProcessingException e) {
      throw new TranslateException(e);
    }
  }
}
