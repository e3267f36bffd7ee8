package io.labelmill.hub;

import java.io.IOException;

/** A process that downloads one model, for tests of what several do to one cache. */
final class HubDownload {
  private HubDownload() {}

  public static void main(String[] args) throws IOException {
    HubName name = HubName.parse(args[0]);
    System.out.println(
        new Hub(HubSettings.ofProcess()).download(name, DownloadProgress.NONE).name());
  }
}
