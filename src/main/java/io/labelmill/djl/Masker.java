package io.labelmill.djl;

import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.TranslateException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.labelmill.preprocess.Size;
import io.labelmill.segment.LabelMap;
import io.labelmill.segment.Logits;
import io.labelmill.segment.MaskMaker;
import io.labelmill.segment.MaskPng;
import io.labelmill.segment.Segment;
import java.util.List;

/**
 * Masks of a model that labels pixels, in DJL's form and as JSON. Thread-safe.
 *
 * @param labels in index order
 */
record Masker(List<String> labels) {
  /**
   * The mask of the picture's size.
   *
   * @throws TranslateException if the model has no logits of pixels, others than labels, or ones
   *     that are no numbers
   */
  private LabelMap mask(NDList outputs, Size picture) throws TranslateException {
    NDArray logits = Answer.logits(outputs);
    long[] shape = logits.getShape().getShape();
    if (shape.length != 4 || shape[1] != labels.size()) {
      throw new TranslateException(
          "the model gives logits of shape %s, and its config.json names %d labels: masks are made of [1, labels, height, width]"
              .formatted(logits.getShape(), labels.size()));
    }
    float[] values = logits.toFloatArray();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        int label = (int) (i / (shape[2] * shape[3]));
        throw new TranslateException(
            "the model gives %s for label %s, index %d, at a pixel"
                .formatted(values[i], labels.get(label), label));
      }
    }
    return MaskMaker.mask(
        new Logits(values, labels.size(), (int) shape[2], (int) shape[3]),
        picture.width(),
        picture.height());
  }

  CategoryMask categoryMask(NDList outputs, Size picture) throws TranslateException {
    LabelMap mask = mask(outputs, picture);
    int[][] rows = new int[mask.height()][mask.width()];
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        rows[y][x] = mask.at(x, y);
      }
    }
    return new CategoryMask(labels, rows);
  }

  ObjectNode json(NDList outputs, Size picture) throws TranslateException {
    LabelMap mask = mask(outputs, picture);
    ObjectNode answer = JsonTranslator.object();
    ArrayNode segments = answer.putArray("segments");
    for (Segment segment : Segment.of(mask)) {
      segments
          .addObject()
          .put("label", labels.get(segment.index()))
          .put("index", segment.index())
          .put("pixels", segment.pixels())
          .put("share", segment.share());
    }
    answer.put("mask", MaskPng.write(mask));
    return answer;
  }
}
