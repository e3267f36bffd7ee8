package io.labelmill.onednn;

import static io.labelmill.onednn.OneDnn.check;

import com.sun.jna.Memory;
import io.labelmill.graph.Nonlinearity;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * What was made of oneDNN, destroyed together when this is closed, the last one first. Made by one
 * thread, which has told OpenMP that it works alone: primitives are made for as many threads as
 * their maker may have.
 */
final class Handles implements AutoCloseable {
  private static final int ARGUMENT_BYTES = 16;

  /** The second axis, as a bit. */
  private static final int COLUMNS = 2;

  private final long engine;
  private final Deque<Runnable> destructions = new ArrayDeque<>();

  Handles(long engine) {
    this.engine = engine;
  }

  /**
   * A kernel.
   *
   * @param weightsLayout that it wants its weights in, where it has weights
   * @param scratchpadLayout of the memory that each call brings
   */
  record Primitive(long handle, long weightsLayout, long scratchpadLayout) {
    long scratchpadBytes() {
      return OneDnn.dnnl_memory_desc_get_size(scratchpadLayout);
    }
  }

  /** A primitive with what it reads and writes. */
  record Call(long primitive, int arguments, Memory list) {
    void run(long stream) {
      check(
          OneDnn.dnnl_primitive_execute(
              primitive, stream, arguments, com.sun.jna.Pointer.nativeValue(list)),
          "dnnl_primitive_execute");
    }
  }

  private interface Creation {
    int into(long[] created);
  }

  private long made(String function, Creation creation, LongConsumer destruction) {
    long[] created = new long[1];
    check(creation.into(created), function);
    long handle = created[0];
    destructions.push(() -> destruction.accept(handle));
    return handle;
  }

  /** The layout of a tensor whose numbers lie at these strides. */
  long layout(int type, long[] sizes, long[] strides) {
    return made(
        "dnnl_memory_desc_create_with_strides",
        to -> OneDnn.dnnl_memory_desc_create_with_strides(to, sizes.length, sizes, type, strides),
        OneDnn::dnnl_memory_desc_destroy);
  }

  /** The row-major layout. */
  long layout(int type, long... sizes) {
    long[] strides = new long[sizes.length];
    long stride = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= sizes[i];
    }
    return layout(type, sizes, strides);
  }

  /** A layout that the primitive chooses. */
  long anyLayout(int type, long... sizes) {
    return made(
        "dnnl_memory_desc_create_with_tag",
        to ->
            OneDnn.dnnl_memory_desc_create_with_tag(
                to, sizes.length, sizes, type, OneDnn.ANY_LAYOUT),
        OneDnn::dnnl_memory_desc_destroy);
  }

  /** A tensor that the library allocates. */
  long memory(long layout) {
    return memory(layout, OneDnn.ALLOCATE);
  }

  /** A view of numbers that lie at an address and stay there. */
  long memory(long layout, long address) {
    return made(
        "dnnl_memory_create",
        to -> OneDnn.dnnl_memory_create(to, layout, engine, address),
        OneDnn::dnnl_memory_destroy);
  }

  /** Where a tensor's numbers lie. */
  static long address(long memory) {
    long[] data = new long[1];
    check(OneDnn.dnnl_memory_get_data_handle(memory, data), "dnnl_memory_get_data_handle");
    return data[0];
  }

  long stream() {
    long stream = OneDnn.stream(engine);
    destructions.push(() -> OneDnn.dnnl_stream_destroy(stream));
    return stream;
  }

  /** No layout, no memory. */
  static final long NONE = 0;

  /** Nothing behind a primitive. */
  long nothing() {
    return attributes(operations -> 0, "");
  }

  /** Adds to what is there. */
  long sum() {
    return attributes(
        operations -> OneDnn.dnnl_post_ops_append_sum(operations, 1, 0, OneDnn.F32),
        "dnnl_post_ops_append_sum");
  }

  /** Adds another tensor, {@link OneDnn#FIRST_POST_OPERATION}. */
  long addition(long layout) {
    return attributes(
        operations -> OneDnn.dnnl_post_ops_append_binary(operations, OneDnn.BINARY_ADD, layout),
        "dnnl_post_ops_append_binary");
  }

  /** Applies an activation. */
  long activation(Nonlinearity activation) {
    Optional<Integer> algorithm =
        switch (activation) {
          case GELU -> Optional.of(OneDnn.GELU_ERF);
          case GELU_TANH -> Optional.of(OneDnn.GELU_TANH);
          case QUICK_GELU, SILU -> Optional.of(OneDnn.SWISH);
          case RELU -> Optional.of(OneDnn.RELU);
          case TANH -> Optional.of(OneDnn.TANH);
          case SIGMOID -> Optional.of(OneDnn.LOGISTIC);
          case IDENTITY -> Optional.empty();
        };
    float alpha =
        switch (activation) {
          case QUICK_GELU -> 1.702f;
          case SILU -> 1;
          default -> 0;
        };
    return algorithm
        .map(
            each ->
                attributes(
                    operations -> OneDnn.dnnl_post_ops_append_eltwise(operations, each, alpha, 0),
                    "dnnl_post_ops_append_eltwise"))
        .orElseGet(this::nothing);
  }

  /**
   * The factors of a product are integers: the source has a scale and a zero, each column of the
   * weights a scale.
   *
   * @param attributes of the product, to which this is added
   */
  long ofIntegers(long attributes) {
    scale(attributes, OneDnn.SOURCE, 0);
    scale(attributes, OneDnn.WEIGHTS, COLUMNS);
    check(
        OneDnn.dnnl_primitive_attr_set_zero_points_mask(attributes, OneDnn.SOURCE, 0),
        "dnnl_primitive_attr_set_zero_points_mask");
    return attributes;
  }

  private static void scale(long attributes, int argument, int axes) {
    check(
        OneDnn.dnnl_primitive_attr_set_scales_mask(attributes, argument, axes),
        "dnnl_primitive_attr_set_scales_mask");
  }

  private interface Appending {
    int to(long operations);
  }

  private long attributes(Appending appending, String function) {
    long operations =
        made("dnnl_post_ops_create", OneDnn::dnnl_post_ops_create, OneDnn::dnnl_post_ops_destroy);
    check(appending.to(operations), function);
    long attributes =
        made(
            "dnnl_primitive_attr_create",
            OneDnn::dnnl_primitive_attr_create,
            OneDnn::dnnl_primitive_attr_destroy);
    check(
        OneDnn.dnnl_primitive_attr_set_post_ops(attributes, operations),
        "dnnl_primitive_attr_set_post_ops");
    check(
        OneDnn.dnnl_primitive_attr_set_scratchpad_mode(attributes, OneDnn.SCRATCHPAD_OF_CALLER),
        "dnnl_primitive_attr_set_scratchpad_mode");
    return attributes;
  }

  /**
   * A product of matrices, or of as many as the first axis counts.
   *
   * @param bias layout, or {@link #NONE}
   * @param attributes what is done behind it
   */
  Primitive product(long source, long weights, long bias, long target, long attributes) {
    return primitive(
        "dnnl_matmul_primitive_desc_create",
        to ->
            OneDnn.dnnl_matmul_primitive_desc_create(
                to, engine, source, weights, bias, target, attributes));
  }

  /** Normalises rows. */
  Primitive norm(long source, long target, float epsilon) {
    long attributes = nothing();
    return primitive(
        "dnnl_layer_normalization_forward_primitive_desc_create",
        to ->
            OneDnn.dnnl_layer_normalization_forward_primitive_desc_create(
                to,
                engine,
                OneDnn.FORWARD_INFERENCE,
                source,
                target,
                0,
                epsilon,
                OneDnn.WITH_SCALE_AND_SHIFT,
                attributes));
  }

  /** Softmax along the last of three axes. */
  Primitive softmax(long source, long target) {
    long attributes = nothing();
    return primitive(
        "dnnl_softmax_forward_primitive_desc_create",
        to ->
            OneDnn.dnnl_softmax_forward_primitive_desc_create(
                to,
                engine,
                OneDnn.FORWARD_INFERENCE,
                OneDnn.SOFTMAX,
                source,
                target,
                2,
                attributes));
  }

  /** The {@link OneDnn#LEAST} or {@link OneDnn#LARGEST} number. */
  Primitive reduction(int algorithm, long source, long target) {
    long attributes = nothing();
    return primitive(
        "dnnl_reduction_primitive_desc_create",
        to ->
            OneDnn.dnnl_reduction_primitive_desc_create(
                to, engine, algorithm, source, target, 0, 0, attributes));
  }

  /** Multiplies a tensor by one number, {@link OneDnn#SECOND_SOURCE}. */
  Primitive multiplication(long source, long factor, long target, long attributes) {
    return primitive(
        "dnnl_binary_primitive_desc_create",
        to ->
            OneDnn.dnnl_binary_primitive_desc_create(
                to, engine, OneDnn.BINARY_MULTIPLY, source, factor, target, attributes));
  }

  private Primitive primitive(String function, Creation creation) {
    long descriptor = made(function, creation, OneDnn::dnnl_primitive_desc_destroy);
    long handle =
        made(
            "dnnl_primitive_create",
            to -> OneDnn.dnnl_primitive_create(to, descriptor),
            OneDnn::dnnl_primitive_destroy);
    return new Primitive(
        handle,
        OneDnn.dnnl_primitive_desc_query_md(descriptor, OneDnn.WEIGHTS_DESCRIPTOR, 0),
        OneDnn.dnnl_primitive_desc_query_md(descriptor, OneDnn.SCRATCHPAD_DESCRIPTOR, 0));
  }

  /**
   * A copy in another layout.
   *
   * @param address of the numbers, which are not needed behind this
   */
  long reordered(long layout, long address, long wanted) {
    long copy = memory(wanted);
    try (Handles temporary = new Handles(engine)) {
      long source = temporary.memory(layout, address);
      long attributes = temporary.nothing();
      Primitive reorder =
          temporary.primitive(
              "dnnl_reorder_primitive_desc_create",
              to ->
                  OneDnn.dnnl_reorder_primitive_desc_create(
                      to, layout, engine, wanted, engine, attributes));
      long stream = temporary.stream();
      long scratchpad =
          address(
              temporary.memory(temporary.layout(OneDnn.F32, 1 + reorder.scratchpadBytes() / 4)));
      temporary.call(reorder, scratchpad, OneDnn.SOURCE, source, OneDnn.TARGET, copy).run(stream);
      check(OneDnn.dnnl_stream_wait(stream), "dnnl_stream_wait");
    }
    return copy;
  }

  /**
   * A primitive with its arguments.
   *
   * @param scratchpad address of at least as many bytes as the primitive wants
   * @param arguments which one, and the memory, in turn
   */
  Call call(Primitive primitive, long scratchpad, long... arguments) {
    long[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = OneDnn.SCRATCHPAD;
    all[arguments.length + 1] = memory(primitive.scratchpadLayout(), scratchpad);
    int count = all.length / 2;
    Memory list = new Memory((long) ARGUMENT_BYTES * count);
    for (int i = 0; i < count; i++) {
      // struct { int which; memory handle; }
      list.setInt((long) ARGUMENT_BYTES * i, (int) all[2 * i]);
      list.setLong((long) ARGUMENT_BYTES * i + Long.BYTES, all[2 * i + 1]);
    }
    return new Call(primitive.handle(), count, list);
  }

  @Override
  public void close() {
    while (!destructions.isEmpty()) {
      destructions.pop().run();
    }
  }
}
