package io.labelmill.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of the links to folders elsewhere are closed for each folder to be listed once. */
class FolderLinkTest {
  private final List<FolderLink> links = new ArrayList<>();

  @Test
  void linksToFoldersOfTheirOwnStayOpen() {
    link("a", "/out/a");
    link("b", "/out/b");
    link("c", "/out/bc");
    assertClosed();
  }

  @Test
  void ofLinksToOneFolderTheFirstByItsNameStaysOpen() {
    link("b", "/out");
    link("a", "/out");
    link("c/d", "/out");
    link("a", "/out");
    assertClosed("b", "c/d");
  }

  @Test
  void aLinkIntoAFolderThatAnotherLeadsToIsClosedUnlessItIsHiddenThere() {
    link("a", "/out/x/y");
    link("b", "/out/.versions/5");
    link("z", "/out");
    assertClosed("a");
  }

  /** Here in/a/n and in/z/x/n are the same link, and in/a is not gone into. */
  @Test
  void whatOnlyAClosedLinkLeadsToIsKeptOpenElsewhere() {
    link("a", "/out/x");
    link("a/n", "/far");
    link("z", "/out");
    link("z/x/n", "/far");
    assertClosed("a");
  }

  private void link(String path, String real) {
    links.add(new FolderLink("file:/in", "/in/" + path, real));
  }

  private void assertClosed(String... paths) {
    List<String> expected = new ArrayList<>();
    for (String path : paths) {
      expected.add("/in/" + path);
    }
    assertThat(FolderLink.closed(links)).containsExactlyInAnyOrderElementsOf(expected);
  }
}
