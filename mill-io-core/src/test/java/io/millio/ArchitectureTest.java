package io.millio;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the shape of the core: who may import whom, and who may start threads, read clocks or draw random numbers.
 * The rules read the compiled classes, so they also see what arrives without an import. A package that does not exist yet
 * satisfies its rule; a package without a rule fails {@link #everyPackageHasItsPlace()}.
 */
class ArchitectureTest {
    /** The only classes that may start a thread, nested classes included. */
    private static final Set<String> THREAD_OWNERS = Set.of(
            "io.millio.loop.ReactorRunner",
            "io.millio.work.Worker",
            "io.millio.loop.Watchdog",
            "io.millio.net.NameLookups",
            "io.millio.watch.WatchThread");

    /** The type behind which the clock is read; implementations stand in its own package. */
    private static final String TICKER = "io.millio.time.Ticker";

    /** The only classes that may create a source of random numbers. */
    private static final Set<String> RANDOM_SOURCES = Set.of();

    /** Each package, and the other packages of the core that it may use. */
    private static final Map<String, List<String>> MAY_USE = new TreeMap<>(Map.ofEntries(
            entry("net.pool", "net", "time"),
            entry("net", "loop", "pool", "limit", "time", "internal.."),
            entry("watch", "loop", "time", "internal", "internal.component"),
            entry("internal.component", "loop", "time", "internal"),
            entry("loop", "work", "time", "internal.."),
            entry("work", "time", "internal.."),
            entry("pool", "time", "internal", "internal.poll"),
            entry("limit", "time", "internal.."),
            entry("time", "internal.."),
            entry("internal.transport", "internal", "internal.poll", "pool"),
            entry("internal", "internal.poll"),
            entry("internal.poll")));

    private static final Path MAIN_CLASSES = Path.of("target", "classes");
    private static final Path EXAMPLE_CLASSES = Path.of("target", "example-classes");
    private static final JavaClasses CORE = new ClassFileImporter().importPath(MAIN_CLASSES);

    @Test
    void theRulesSeeTheCore() {
        assertThat(CORE).as("classes in %s", MAIN_CLASSES.toAbsolutePath()).isNotEmpty();
    }

    @Test
    void everyPackageHasItsPlace() {
        check(classes()
                .that()
                .haveSimpleNameNotStartingWith("module-info")
                .should()
                .resideInAnyPackage(MAY_USE.keySet().toArray(String[]::new)));
    }

    static Stream<String> packages() {
        return MAY_USE.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void importsGoOneWay(String layer) {
        List<String> allowed = new ArrayList<>(List.of("java..", "org.jspecify..", layer));
        allowed.addAll(MAY_USE.get(layer));
        check(classes()
                .that()
                .resideInAPackage(layer)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed.toArray(String[]::new)));
    }

    @Test
    void packagesFormNoCycle() {
        check(slices().matching("io.millio.(**)").should().beFreeOfCycles());
    }

    @Test
    void theCoreUsesNothingButJava() {
        check(classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", "io.millio.."));
    }

    @Test
    void publicTypesShowNothingInternal() {
        check(classes()
                .that()
                .arePublic()
                .and()
                .resideOutsideOfPackage("io.millio.internal..")
                .should(PublicShape.without("io.millio.internal.")));
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(CORE.stream()
                        .filter(type -> !type.getPackageName().isEmpty())
                        .map(JavaClass::getPackage)
                        .filter(held -> !held.isAnnotatedWith(NullMarked.class))
                        .map(held -> held.getName() + " needs a package-info.java with @NullMarked")
                        .distinct())
                .isEmpty();
    }

    @Test
    void onlyTheTickerReadsTheClock() {
        check(classes().should(ForbiddenUse.ofClocks().except(ArchitectureTest::isTicker)));
    }

    @Test
    void nothingSleeps() {
        check(classes().should(ForbiddenUse.ofSleep()));
    }

    @Test
    void onlyTheirOwnersStartThreads() {
        check(classes().should(ForbiddenUse.ofThreads().except(type -> isOneOf(THREAD_OWNERS, type))));
    }

    @Test
    void nothingDrawsItsOwnRandomNumbers() {
        check(classes().should(ForbiddenUse.ofRandomness().except(type -> isOneOf(RANDOM_SOURCES, type))));
    }

    @Test
    void examplesStandInTheUnnamedPackageAndTheirPartsInOneOfTheirOwn() {
        checkExamples(classes().should().resideInAnyPackage("", "http"));
        checkExamples(classes()
                .that()
                .resideInAPackage("http")
                .should()
                .onlyBeAccessed()
                .byClassesThat(resideInAPackage("http").or(simpleName("HttpServer"))));
    }

    @Test
    void examplesUseOnlyWhatUsersHave() {
        checkExamples(classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("", "http", "java..", "io.millio..", "org.jspecify..")
                        .and(resideOutsideOfPackage("io.millio.internal.."))));
    }

    @Test
    void noExampleNeedsAnother() {
        checkExamples(slices().assignedFrom(new SourceFiles()).should().notDependOnEachOther());
    }

    private static Map.Entry<String, List<String>> entry(String from, String... to) {
        return Map.entry(
                "io.millio." + from, Stream.of(to).map("io.millio."::concat).toList());
    }

    private static boolean isTicker(JavaClass type) {
        return type.getPackageName().equals("io.millio.time") && type.isAssignableTo(TICKER);
    }

    /** Whether the type is one of the named ones or nested in one. */
    private static boolean isOneOf(Set<String> names, JavaClass type) {
        return names.contains(type.getName().replaceFirst("\\$.*", ""));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(CORE);
    }

    /** The compiler creates the directory with the first example; importing a missing one yields no classes. */
    private static void checkExamples(ArchRule rule) {
        rule.allowEmptyShould(true).check(new ClassFileImporter().importPath(EXAMPLE_CLASSES));
    }

    /** Puts each example with all classes of its file into one slice. */
    private static final class SourceFiles implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return type.getPackageName().isEmpty()
                    ? SliceIdentifier.of(
                            type.getSource().flatMap(Source::getFileName).orElse(type.getName()))
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "example files";
        }
    }
}
