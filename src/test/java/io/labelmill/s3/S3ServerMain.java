package io.labelmill.s3;

import java.io.IOException;

/**
 * Runs S3Proxy in a process of its own, on its own class path, until standard input ends: however
 * the tests end, the pipe to it closes. Says {@value #READY} when it answers.
 */
final class S3ServerMain {
  static final String READY = "ready";

  private S3ServerMain() {}

  public static void main(String[] args) throws ReflectiveOperationException, IOException {
    Class.forName("org.gaul.s3proxy.Main")
        .getMethod("main", String[].class)
        .invoke(null, (Object) args);
    System.out.println(READY);
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0);
  }
}
