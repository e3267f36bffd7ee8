package io.labelmill.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * A line of Spark that the build knows: the default, or a profile of pom.xml.
 *
 * @param name of the profile, such as {@code spark-4.2}; {@value #DEFAULT} without one
 * @param spark its version, such as {@code 4.2.0}
 * @param scala such as {@code 2.13}
 * @param hadoop the version of its S3 connector and client
 */
record SparkProfile(String name, String spark, String scala, String hadoop) {
  static final String DEFAULT = "default";

  /** All of pom.xml, the default line first. */
  static List<SparkProfile> all() {
    Element project = pom().getDocumentElement();
    Map<String, String> properties = properties(project);
    List<SparkProfile> lines = new ArrayList<>();
    lines.add(of(DEFAULT, properties));
    for (Element profile : children(child(project, "profiles"))) {
      Map<String, String> own = properties(profile);
      if (own.containsKey("spark.version")) {
        Map<String, String> values = new TreeMap<>(properties);
        values.putAll(own);
        lines.add(of(child(profile, "id").getTextContent(), values));
      }
    }
    return lines;
  }

  static SparkProfile named(String name) {
    return all().stream()
        .filter(line -> line.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("pom.xml has no profile " + name));
  }

  private static SparkProfile of(String name, Map<String, String> properties) {
    return new SparkProfile(
        name,
        properties.get("spark.version"),
        properties.get("scala.binary.version"),
        properties.get("hadoop.version"));
  }

  private static Document pom() {
    Path file = SparkJars.project().resolve("pom.xml");
    try {
      return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file + " can't be read", e);
    } catch (SAXException | ParserConfigurationException e) {
      throw new IllegalStateException(file + " is no XML", e);
    }
  }

  private static Map<String, String> properties(Element parent) {
    Map<String, String> values = new TreeMap<>();
    for (Element part : children(parent)) {
      if (part.getTagName().equals("properties")) {
        children(part).forEach(each -> values.put(each.getTagName(), each.getTextContent()));
      }
    }
    return values;
  }

  private static Element child(Element parent, String name) {
    return children(parent).stream()
        .filter(each -> each.getTagName().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("pom.xml has no " + name));
  }

  private static List<Element> children(Element parent) {
    List<Element> elements = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element) {
        elements.add(element);
      }
    }
    return elements;
  }
}
