package io.labelmill.evaluate.read.truth;

import io.labelmill.error.InputException;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Walks through XML of others: no document type is read, and nothing outside of it. */
final class XmlTruth {
  private XmlTruth() {}

  interface Visitor {
    /**
     * @param path names of the elements from the root, with slashes between them
     */
    default void begin(String path, XMLStreamReader element) {}

    /**
     * @param text within the element alone, stripped
     */
    default void end(String path, String text) {}
  }

  /**
   * @throws InputException where it is no XML, with the reader's own words
   * @throws IOException where it cannot be read
   */
  static void walk(InputStream in, Visitor visitor) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    Deque<String> paths = new ArrayDeque<>();
    Deque<StringBuilder> texts = new ArrayDeque<>();
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(in);
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> {
            String name = reader.getLocalName();
            paths.push(paths.isEmpty() ? name : paths.peek() + "/" + name);
            texts.push(new StringBuilder());
            visitor.begin(paths.peek(), reader);
          }
          case XMLStreamConstants.END_ELEMENT ->
              visitor.end(paths.pop(), texts.pop().toString().strip());
          case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
            if (!texts.isEmpty()) {
              texts.peek().append(reader.getText());
            }
          }
          default -> {}
        }
      }
    } catch (XMLStreamException e) {
      if (e.getNestedException() instanceof IOException cause
          && !(cause instanceof CharConversionException)) {
        throw cause;
      }
      throw new InputException(String.valueOf(e.getMessage()).replaceAll("\\s+", " "), e);
    }
  }
}
