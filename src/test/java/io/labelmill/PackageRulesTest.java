package io.labelmill;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** The directions in which packages may know each other. */
@AnalyzeClasses(packages = "io.labelmill", importOptions = ImportOption.DoNotIncludeTests.class)
class PackageRulesTest {
  private static final String ROOT = "io.labelmill.";

  private static final String[] PLAIN = {
    "io.labelmill.error..",
    "io.labelmill.option..",
    "io.labelmill.decode..",
    "io.labelmill.preprocess..",
    "io.labelmill.segment..",
    "io.labelmill.checkpoint..",
    "io.labelmill.hub..",
    "io.labelmill.graph..",
    "io.labelmill.onednn..",
    "io.labelmill.evaluate.metric.."
  };

  /**
   * Each package may know those before it and none behind it: what an image goes through, what a
   * checkpoint becomes, the job that joins both, what reads its tables or lends its model to
   * others, and at the end the command line, which nobody knows but {@link Main}.
   */
  private static final List<String> ORDER =
      List.of(
          "error",
          "option",
          "decode",
          "preprocess",
          "segment",
          "checkpoint",
          "graph",
          "onednn",
          "hub",
          "table",
          "source",
          "model",
          "tune",
          "sink",
          "score",
          "verify",
          "djl",
          "ml",
          "evaluate",
          "train",
          "demo",
          "bench",
          "command");

  /** Likewise of an evaluation: what it reads, what passes make of that, what is written of it. */
  private static final List<String> ORDER_OF_EVALUATION =
      Stream.of(".metric", ".read.truth", ".read", ".pass", ".write", "")
          .map("io.labelmill.evaluate"::concat)
          .toList();

  @ArchTest
  static void packagesKnowOnlyThoseBeforeThem(JavaClasses classes) {
    assertThat(backwards(classes, each -> stage(each).map(ORDER::indexOf).orElse(-1)))
        .as("against the order of packages " + ORDER)
        .isEmpty();
    assertThat(backwards(classes, each -> ORDER_OF_EVALUATION.indexOf(each.getPackageName())))
        .as("against the order of packages " + ORDER_OF_EVALUATION)
        .isEmpty();
  }

  private static Set<String> backwards(JavaClasses classes, ToIntFunction<JavaClass> place) {
    Set<String> wrong = new TreeSet<>();
    for (JavaClass each : classes) {
      for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
        JavaClass other = dependency.getTargetClass();
        if (place.applyAsInt(each) >= 0 && place.applyAsInt(other) > place.applyAsInt(each)) {
          wrong.add(each.getName() + " knows " + other.getName());
        }
      }
    }
    return wrong;
  }

  @ArchTest
  static void eachPackageHasItsPlace(JavaClasses classes) {
    Set<String> packages = new TreeSet<>();
    Set<String> ofEvaluation = new TreeSet<>();
    for (JavaClass each : classes) {
      stage(each).ifPresent(packages::add);
      if (stage(each).equals(Optional.of("evaluate")) && !each.getName().endsWith("package-info")) {
        ofEvaluation.add(each.getPackageName());
      }
    }
    assertThat(packages).containsExactlyInAnyOrderElementsOf(ORDER);
    assertThat(ofEvaluation).containsExactlyInAnyOrderElementsOf(ORDER_OF_EVALUATION);
  }

  /** The first package below the root; empty for the root itself and for others' classes. */
  private static Optional<String> stage(JavaClass type) {
    String name = type.getPackageName();
    return name.startsWith(ROOT)
        ? Optional.of(name.substring(ROOT.length()).replaceFirst("\\..*", ""))
        : Optional.empty();
  }

  @ArchTest
  static final ArchRule whatIsReadAndWrittenKnowsNothingOfPixelsAndModels =
      noClasses()
          .that()
          .resideInAnyPackage("io.labelmill.source..", "io.labelmill.sink..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.labelmill.decode..",
              "io.labelmill.preprocess..",
              "io.labelmill.graph..",
              "io.labelmill.model..",
              "ai..")
          .because("bytes come from any source and rows go to any sink");

  @ArchTest
  static final ArchRule pixelsKnowNothingOfModels =
      noClasses()
          .that()
          .resideInAnyPackage("io.labelmill.decode..", "io.labelmill.preprocess..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.labelmill.checkpoint..", "io.labelmill.graph..", "io.labelmill.model..")
          .because("pixels are the same whatever looks at them");

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
  static final ArchRule tuningNeedsNoSpark =
      noClasses()
          .that()
          .resideInAPackage("io.labelmill.tune..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
          .because("steps of a training are tested without it");

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
