#!/usr/bin/env bash
# A JVM that is held to its quick compiler, as is advised for fast starts, computes SHA-256 several times slower.
#
# Expected: -XX:TieredStopAtLevel=1 costs little where the time goes into SHA-256, for which HotSpot has code of its own
#   that uses the processor's instructions; CRC32C, for which it has such code too, is as fast either way.
# Seen: that code is put in by the second compiler alone. With the quick one SHA-256 runs as compiled Java, here ten
#   times as long: hashing a checkpoint of 350 MB takes seconds, more than the start gained. CRC32C stays as fast. What
#   helps: both compilers with higher thresholds (-XX:Tier4InvocationThreshold and its kin) in place of level 1.
# Versions: OpenJDK 17.0.15 (Debian) on x86-64 with SHA instructions.
# Source: observed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >Hashing.java <<'JAVA'
import java.security.MessageDigest;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

public class Hashing {
  public static void main(String[] args) throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    CRC32C crc = new CRC32C();
    System.out.printf("%.0f %.0f%n", speed(sha::update), speed(piece -> crc.update(piece, 0, piece.length)));
  }

  /** MB/s, the best of six tries. */
  static double speed(Consumer<byte[]> hash) {
    byte[] piece = new byte[1 << 20];
    double best = 0;
    for (int attempt = 0; attempt < 6; attempt++) {
      long start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        hash.accept(piece);
      }
      best = Math.max(best, 100 * piece.length * 1e3 / (System.nanoTime() - start));
    }
    return best;
  }
}
JAVA
javac Hashing.java
java -version 2>&1 | head -1
read -r sha crc <<<"$(java Hashing)"
read -r quick_sha quick_crc <<<"$(java -XX:TieredStopAtLevel=1 Hashing)"
echo "SHA-256: $sha MB/s with both compilers, $quick_sha with the quick one"
echo "CRC32C: $crc MB/s with both compilers, $quick_crc with the quick one"
((sha > 3 * quick_sha)) || { echo "SHA-256 is no longer slow with the quick compiler"; exit 1; }
((2 * quick_crc > crc)) || { echo "CRC32C is slow with the quick compiler as well"; exit 1; }
