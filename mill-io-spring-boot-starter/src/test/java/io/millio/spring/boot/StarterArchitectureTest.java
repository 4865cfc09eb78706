package io.millio.spring.boot;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

class StarterArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.millio.spring.boot");

    @Test
    void importsGoOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("autoconfigure")
                .definedBy("io.millio.spring.boot.autoconfigure..")
                .layer("context")
                .definedBy("io.millio.spring.boot.context..")
                .layer("actuate")
                .definedBy("io.millio.spring.boot.actuate..")
                .layer("annotation")
                .definedBy("io.millio.spring.boot.annotation..")
                .whereLayer("autoconfigure")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("context")
                .mayOnlyBeAccessedByLayers("autoconfigure")
                .whereLayer("actuate")
                .mayOnlyBeAccessedByLayers("autoconfigure")
                .check(CLASSES);
        slices().matching("io.millio.spring.boot.(**)")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    void nothingReachesIntoTheCore() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.millio.internal..")
                .check(CLASSES);
    }

    @Test
    void onlyTheMetersAndTheirWiringKnowMicrometer() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millio.spring.boot.actuate..")
                .and()
                .doNotHaveSimpleName("MillMetricsAutoConfiguration")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer.core..")
                .check(CLASSES);
    }

    @Test
    void onlyTheObservationsAndTheirWiringKnowObservations() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.(HandlerObservations.*|MillHandlerContext|MillObservationAutoConfiguration)")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer.observation..", "io.micrometer.common..")
                .check(CLASSES);
    }

    @Test
    void onlyTheConverterAndItsWiringKnowJackson() {
        noClasses()
                .that()
                .doNotHaveSimpleName("JacksonPayloadConverter")
                .and()
                .doNotHaveSimpleName("MillJacksonAutoConfiguration")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("tools.jackson..", "com.fasterxml..")
                .check(CLASSES);
    }

    @Test
    void onlyThePackageForItAndItsWiringKnowActuator() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millio.spring.boot.actuate..")
                .and()
                .doNotHaveSimpleName("MillActuatorAutoConfiguration")
                .and()
                .doNotHaveSimpleName("MillHealthAutoConfiguration")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.boot.actuate..", "org.springframework.boot.health..")
                .check(CLASSES);
    }

    @Test
    void beanMethodsOfAutoConfigurationsArePackagePrivate() {
        methods()
                .that()
                .areAnnotatedWith(Bean.class)
                .should()
                .bePackagePrivate()
                .check(CLASSES);
        ArchRuleDefinition.classes()
                .that()
                .areAnnotatedWith(AutoConfiguration.class)
                .should()
                .bePublic()
                .andShould()
                .haveModifier(JavaModifier.FINAL)
                .check(CLASSES);
    }
}
