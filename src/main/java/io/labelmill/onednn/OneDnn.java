package io.labelmill.onednn;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import io.labelmill.error.InputException;
import io.labelmill.graph.Precision;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is called of oneDNN's C interface (version 3, {@code oneapi/dnnl/dnnl.h}), by its names and
 * with its numbers. Handles are addresses. A function that can fail returns 0 when it did not. The
 * library comes with the jar and is loaded by the first call of {@link #load}.
 */
final class OneDnn {
  private static final Logger log = LoggerFactory.getLogger(OneDnn.class);

  /** Data types. */
  static final int BF16 = 2;

  static final int F32 = 3;
  static final int S32 = 4;
  static final int S8 = 5;
  static final int U8 = 6;

  /** Arguments of primitives. */
  static final int SOURCE = 1;

  static final int SECOND_SOURCE = 2;
  static final int TARGET = 17;
  static final int WEIGHTS = 33;
  static final int BIAS = 41;
  static final int SCALE = 51;

  /** Memory that a primitive writes as it likes. */
  static final int SCRATCHPAD = 80;

  static final int SHIFT = 52;

  /** With an argument: its scale, and the integer that stands for 0 in it. */
  static final int SCALE_OF = 4096;

  static final int ZERO_OF = 8192;

  /** The argument of the first operation behind a primitive. */
  static final int FIRST_POST_OPERATION = 32_768;

  static final int ANY_LAYOUT = 1;
  static final int FORWARD_INFERENCE = 96;
  static final int SOFTMAX = 0x30000;
  static final int BINARY_ADD = 0x1fff0;
  static final int BINARY_MULTIPLY = 0x1fff1;
  static final int LARGEST = 0x2fff2;
  static final int LEAST = 0x2fff3;
  static final int WITH_SCALE_AND_SHIFT = 2 | 4;
  static final int WEIGHTS_DESCRIPTOR = 131;
  static final int SCRATCHPAD_DESCRIPTOR = 136;

  /**
   * Each call brings the scratchpad: otherwise it is that of the thread that made the primitive.
   */
  static final int SCRATCHPAD_OF_CALLER = 1;

  /** Element by element. */
  static final int RELU = 32;

  static final int TANH = 33;
  static final int LOGISTIC = 41;
  static final int GELU_TANH = 43;

  /** x sigmoid(alpha x). */
  static final int SWISH = 44;

  static final int GELU_ERF = 49;

  /** For a memory that the library allocates. */
  static final long ALLOCATE = -1;

  private static final int CPU = 1;
  private static final int IN_ORDER = 1;

  /** {@code dnnl_cpu_isa_avx512_core_bf16}; processors that can more have these bits, too. */
  private static final int BF16_PRODUCTS = 0xe7;

  private static final String NATIVES = "/org/bytedeco/dnnl/linux-x86_64/";

  /** The engine of this process; null before it is loaded. */
  private static Long engine;

  private OneDnn() {}

  /**
   * The engine, once it was found that this machine has products of bfloat16, and so of 8-bit
   * integers.
   *
   * @param precision that is wanted
   * @throws InputException if it has none, in processor or system
   * @throws IOException if the library can't be loaded
   */
  static synchronized long load(Precision precision) throws IOException {
    if (engine == null) {
      if (!Platform.isLinux() || !Platform.is64Bit() || !Platform.isIntel()) {
        throw unfit(
            precision, "its system is " + System.getProperty("os.name") + " on " + Platform.ARCH);
      }
      try {
        List<File> unpacked = new ArrayList<>();
        // The second needs the first, and finds it since it is loaded.
        library("libgomp.so.1", unpacked);
        Native.register(OneDnn.class, library("libdnnl.so.3", unpacked));
        for (File file : unpacked) {
          // It stays mapped.
          Files.deleteIfExists(file.toPath());
        }
      } catch (UnsatisfiedLinkError e) {
        throw new IOException("oneDNN can't be loaded: " + e.getMessage(), e);
      }
      long[] created = new long[1];
      check(dnnl_engine_create(created, CPU, 0), "dnnl_engine_create");
      engine = created[0];
    }
    checkInstructions(precision, dnnl_get_effective_cpu_isa());
    return engine;
  }

  /**
   * @param precision that is wanted
   * @param instructions as {@link #dnnl_get_effective_cpu_isa} tells them
   * @throws InputException if products of bfloat16 are not among them
   */
  static void checkInstructions(Precision precision, int instructions) {
    if ((instructions & BF16_PRODUCTS) != BF16_PRODUCTS) {
      throw unfit(precision, "its processor has neither AVX512_BF16 nor AMX");
    }
  }

  private static NativeLibrary library(String name, List<File> unpacked) throws IOException {
    File file = Native.extractFromResourcePath(NATIVES + name, OneDnn.class.getClassLoader());
    if (file.getName().startsWith("jna")) {
      unpacked.add(file);
    }
    log.debug("Loading {} from {}", name, file);
    return NativeLibrary.getInstance(file.getAbsolutePath());
  }

  private static InputException unfit(Precision precision, String why) {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "this machine";
    }
    return new InputException(
        "--precision "
            + precision.word()
            + " needs products of bfloat16, which "
            + host
            + " does not have: "
            + why
            + ". Leave it out, or write --precision int8.");
  }

  /** A stream for one thread. */
  static long stream(long engine) {
    long[] created = new long[1];
    check(dnnl_stream_create(created, engine, IN_ORDER), "dnnl_stream_create");
    return created[0];
  }

  static void check(int status, String function) {
    if (status != 0) {
      throw new IllegalStateException(function + " of oneDNN failed with status " + status);
    }
  }

  /** Of OpenMP: for the calling thread, which works alone where it says 1. */
  static native void omp_set_num_threads(int threads);

  static native int dnnl_get_effective_cpu_isa();

  static native int dnnl_engine_create(long[] engine, int kind, long index);

  static native int dnnl_stream_create(long[] stream, long engine, int flags);

  static native int dnnl_stream_wait(long stream);

  static native int dnnl_stream_destroy(long stream);

  static native int dnnl_memory_desc_create_with_strides(
      long[] descriptor, int axes, long[] sizes, int type, long[] strides);

  static native int dnnl_memory_desc_create_with_tag(
      long[] descriptor, int axes, long[] sizes, int type, int tag);

  static native int dnnl_memory_desc_destroy(long descriptor);

  static native long dnnl_memory_desc_get_size(long descriptor);

  static native int dnnl_memory_create(long[] memory, long descriptor, long engine, long data);

  static native int dnnl_memory_get_data_handle(long memory, long[] data);

  static native int dnnl_memory_destroy(long memory);

  static native int dnnl_post_ops_create(long[] operations);

  static native int dnnl_post_ops_append_sum(long operations, float scale, int zeroPoint, int type);

  static native int dnnl_post_ops_append_eltwise(
      long operations, int algorithm, float alpha, float beta);

  static native int dnnl_post_ops_append_binary(long operations, int algorithm, long descriptor);

  static native int dnnl_post_ops_destroy(long operations);

  static native int dnnl_primitive_attr_create(long[] attributes);

  static native int dnnl_primitive_attr_set_scratchpad_mode(long attributes, int mode);

  static native int dnnl_primitive_attr_set_post_ops(long attributes, long operations);

  static native int dnnl_primitive_attr_set_scales_mask(long attributes, int argument, int mask);

  static native int dnnl_primitive_attr_set_zero_points_mask(
      long attributes, int argument, int mask);

  static native int dnnl_primitive_attr_destroy(long attributes);

  static native int dnnl_matmul_primitive_desc_create(
      long[] primitive,
      long engine,
      long source,
      long weights,
      long bias,
      long target,
      long attributes);

  static native int dnnl_layer_normalization_forward_primitive_desc_create(
      long[] primitive,
      long engine,
      int kind,
      long source,
      long target,
      long statistics,
      float epsilon,
      int flags,
      long attributes);

  static native int dnnl_softmax_forward_primitive_desc_create(
      long[] primitive,
      long engine,
      int kind,
      int algorithm,
      long source,
      long target,
      int axis,
      long attributes);

  static native int dnnl_binary_primitive_desc_create(
      long[] primitive,
      long engine,
      int algorithm,
      long source,
      long secondSource,
      long target,
      long attributes);

  static native int dnnl_reduction_primitive_desc_create(
      long[] primitive,
      long engine,
      int algorithm,
      long source,
      long target,
      float p,
      float epsilon,
      long attributes);

  static native int dnnl_reorder_primitive_desc_create(
      long[] primitive,
      long source,
      long sourceEngine,
      long target,
      long targetEngine,
      long attributes);

  /** The result belongs to the primitive's descriptor. */
  static native long dnnl_primitive_desc_query_md(long primitive, int what, int index);

  static native int dnnl_primitive_desc_destroy(long descriptor);

  static native int dnnl_primitive_create(long[] primitive, long descriptor);

  static native int dnnl_primitive_destroy(long primitive);

  static native int dnnl_primitive_execute(
      long primitive, long stream, int arguments, long argumentList);
}
