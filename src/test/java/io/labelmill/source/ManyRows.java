package io.labelmill.source;

import io.labelmill.GeneratedCode;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets the few rows of a class of tests take the way of many: by Spark jobs and files, and by code
 * that Spark writes for them, as it does by default.
 */
public final class ManyRows implements BeforeAllCallback, AfterAllCallback {
  private static final String PROPERTY = "labelmill.few-rows";

  private final GeneratedCode written = new GeneratedCode();

  @Override
  public void beforeAll(ExtensionContext context) {
    System.setProperty(PROPERTY, "0");
    written.beforeAll(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    System.clearProperty(PROPERTY);
    written.afterAll(context);
  }
}
