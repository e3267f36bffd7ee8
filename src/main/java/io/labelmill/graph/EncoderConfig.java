package io.labelmill.graph;

/**
 * What configurations of all encoders of patches have in common, under the same keys and with the
 * same defaults.
 *
 * @param hidden width of a token
 * @param layers 1 to {@value #MAX_LAYERS}
 * @param heads of each layer's attention; divides {@code hidden}
 * @param intermediate width between the two products of a perceptron
 * @param epsilon of the norms
 * @param activation between those products
 */
record EncoderConfig(
    PatchGrid grid,
    int hidden,
    int layers,
    int heads,
    int intermediate,
    float epsilon,
    Nonlinearity activation) {
  /** Far above any network there is; each layer costs memory before its tensors are looked for. */
  static final int MAX_LAYERS = 1_000;

  /** Reads it; wrong values are noted in {@code config}. */
  static EncoderConfig read(ModelConfig config) {
    PatchGrid grid = config.patchGrid();
    int hidden = config.positive("hidden_size", 768);
    return new EncoderConfig(
        grid,
        hidden,
        config.positive("num_hidden_layers", 12, MAX_LAYERS),
        config.heads("num_attention_heads", 12, hidden),
        config.positive("intermediate_size", 3072),
        (float) config.number("layer_norm_eps", 1e-12),
        config.activation("hidden_act", "gelu"));
  }
}
