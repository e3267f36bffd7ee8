package io.labelmill;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The directions in which packages may know each other. */
@AnalyzeClasses(packages = "io.labelmill", importOptions = ImportOption.DoNotIncludeTests.class)
class PackageRulesTest {
  private static final String[] PLAIN = {
    "io.labelmill.error..",
    "io.labelmill.decode..",
    "io.labelmill.preprocess..",
    "io.labelmill.checkpoint..",
    "io.labelmill.hub..",
    "io.labelmill.graph.."
  };

  @ArchTest
  static final ArchRule plainPackagesAreFreeOfSpark =
      noClasses()
          .that()
          .resideInAnyPackage(PLAIN)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark..",
              "org.apache.hadoop..",
              "scala..",
              "ai.djl..",
              "ai.onnxruntime..")
          .because("they are tested in milliseconds and used wherever a JVM runs");

  @ArchTest
  static final ArchRule djlNeedsNoSpark =
      noClasses()
          .that()
          .resideInAPackage("io.labelmill.djl..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
          .because("an exported model runs in programs without Spark");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices()
          .matching("io.labelmill.(*)..")
          .should()
          .beFreeOfCycles()
          .because("data moves one way, and so do imports");

  @ArchTest
  static final ArchRule onlyTheEndsEndTheJvm =
      classes()
          .that()
          .doNotHaveFullyQualifiedName("io.labelmill.Main")
          .should(
              com.tngtech.archunit.lang.conditions.ArchConditions.not(
                  com.tngtech.archunit.lang.conditions.ArchConditions.callMethod(
                      System.class, "exit", int.class)))
          .because("the exit code is the command's result, decided in one place");
}
