package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import io.labelmill.evaluate.read.truth.FoundTruth.Labelled;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import javax.xml.stream.XMLStreamReader;
import org.apache.hadoop.fs.Path;

/**
 * CVAT's "CVAT for images": an {@code annotations.xml} with the tags and shapes of each image. An
 * image has all their labels, and may have none.
 */
final class CvatTruth implements TruthForm {
  private static final String FILE = "annotations.xml";

  @Override
  public boolean fits(TruthPlace place) throws IOException {
    Optional<Path> file = file(place);
    return file.isPresent() && place.at(file.get()).head().contains("<annotations>");
  }

  private static Optional<Path> file(TruthPlace place) throws IOException {
    if (!place.isFile()) {
      return place.entry(FILE);
    }
    return VocTruth.isXml(place.name()) ? Optional.of(place.path()) : Optional.empty();
  }

  @Override
  public FoundTruth read(TruthPlace place) throws IOException {
    Path file =
        file(place)
            .orElseThrow(
                () ->
                    new InputException(
                        "The truth " + place.location() + " has no file " + FILE + "."));
    List<Labelled> images = new ArrayList<>();
    try (InputStream in = place.open(file)) {
      XmlTruth.walk(in, new Images(images));
    } catch (InputException e) {
      throw new InputException(
          "The truth " + place.location() + " is no XML: " + e.getMessage(), e);
    }
    if (images.isEmpty()) {
      throw new InputException(
          "The truth " + place.location() + " names no image: export it as \"CVAT for images\".");
    }
    return FoundTruth.of(place.spark(), images, "CVAT annotations");
  }

  private static final class Images implements XmlTruth.Visitor {
    private final List<Labelled> images;
    private final TreeSet<String> labels = new TreeSet<>();
    private String name;

    Images(List<Labelled> images) {
      this.images = images;
    }

    @Override
    public void begin(String path, XMLStreamReader element) {
      String label = element.getAttributeValue(null, "label");
      if (path.equals("annotations/image")) {
        labels.clear();
        name = element.getAttributeValue(null, "name");
      } else if (path.startsWith("annotations/image/") && label != null) {
        labels.add(label);
      }
    }

    @Override
    public void end(String path, String text) {
      if (path.equals("annotations/image")) {
        images.add(new Labelled(name, List.copyOf(labels)));
      }
    }
  }
}
