package io.labelmill.score;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The vector instructions of this machine, for a run's record: kernels are chosen by them, and sums
 * come out different in the last bits.
 */
final class InstructionSet {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final List<String> BEST_FIRST =
      List.of("amx_int8", "avx512_vnni", "avx_vnni", "avx512f", "avx2", "avx", "asimd", "sse4_2");

  private InstructionSet() {}

  /** Architecture and the notable extensions, such as {@code amd64 avx512_vnni avx512f avx2}. */
  static String ofThisMachine() {
    String architecture = System.getProperty("os.arch");
    try {
      return Files.isReadable(CPU_INFO)
          ? of(architecture, Files.readAllLines(CPU_INFO))
          : architecture;
    } catch (IOException e) {
      return architecture;
    }
  }

  static String of(String architecture, List<String> cpuInfo) {
    Set<String> flags = new HashSet<>();
    cpuInfo.stream()
        .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
        .findFirst()
        .ifPresent(line -> flags.addAll(Arrays.asList(line.split("\\s+"))));
    StringBuilder text = new StringBuilder(architecture);
    BEST_FIRST.stream().filter(flags::contains).forEach(flag -> text.append(' ').append(flag));
    return text.toString();
  }
}
