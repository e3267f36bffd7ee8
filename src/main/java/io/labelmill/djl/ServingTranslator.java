package io.labelmill.djl;

import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;

/** Requests of DJL Serving: the body is an encoded image, the answer JSON. Thread-safe. */
record ServingTranslator(JsonTranslator json) implements NoBatchifyTranslator<Input, Output> {
  @Override
  public NDList processInput(TranslatorContext context, Input input) throws TranslateException {
    if (input.getData() == null) {
      throw new TranslateException("the request has no body: send an encoded image");
    }
    return json.processInput(context, input.getData().getAsBytes());
  }

  @Override
  public Output processOutput(TranslatorContext context, NDList outputs) throws TranslateException {
    Output output = new Output();
    output.addProperty("Content-Type", "application/json");
    output.add(json.processOutput(context, outputs));
    return output;
  }
}
