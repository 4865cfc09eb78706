package io.millio;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * A rule condition that some calls, constructors and method references appear in a few classes only. Immutable; any
 * thread may evaluate it.
 */
final class ForbiddenUse extends ArchCondition<JavaClass> {
    private static final String CONSTRUCTOR = "<init>";
    private static final Set<String> DELAYED = Set.of("delayedExecutor", "orTimeout", "completeOnTimeout");

    private final Predicate<JavaAccess<?>> use;
    private final Predicate<JavaClass> owner;

    private ForbiddenUse(String description, Predicate<JavaAccess<?>> use, Predicate<JavaClass> owner) {
        super(description);
        this.use = use;
        this.owner = owner;
    }

    /** The same rule with {@code owner} naming the classes that the use belongs to. */
    ForbiddenUse except(Predicate<JavaClass> owner) {
        return new ForbiddenUse(getDescription(), use, owner);
    }

    static ForbiddenUse ofClocks() {
        return new ForbiddenUse("not read a clock but through the Ticker", ForbiddenUse::readsClock, type -> false);
    }

    static ForbiddenUse ofSleep() {
        return new ForbiddenUse("not sleep", ForbiddenUse::sleeps, type -> false);
    }

    static ForbiddenUse ofThreads() {
        return new ForbiddenUse("not start a thread outside the thread owners", ForbiddenUse::startsThread, t -> false);
    }

    static ForbiddenUse ofRandomness() {
        return new ForbiddenUse("take random numbers from a given source", ForbiddenUse::drawsRandom, type -> false);
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        if (owner.test(type)) {
            return;
        }
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
            if (use.test(access)) {
                events.add(SimpleConditionEvent.violated(type, access.getDescription()));
            }
        }
    }

    private static boolean readsClock(JavaAccess<?> access) {
        JavaClass target = access.getTargetOwner();
        String name = access.getName();
        return target.isEquivalentTo(System.class) && (name.equals("nanoTime") || name.equals("currentTimeMillis"))
                || target.getPackageName().equals("java.time") && (name.equals("now") || name.startsWith("system"))
                || target.isEquivalentTo(java.util.Date.class) && name.equals(CONSTRUCTOR);
    }

    private static boolean sleeps(JavaAccess<?> access) {
        JavaClass target = access.getTargetOwner();
        return access.getName().equals("sleep")
                && (target.isAssignableTo(Thread.class) || target.isAssignableTo(TimeUnit.class));
    }

    private static boolean startsThread(JavaAccess<?> access) {
        JavaClass target = access.getTargetOwner();
        String name = access.getName();
        boolean creates = name.equals(CONSTRUCTOR)
                && (target.isAssignableTo(Thread.class)
                        || target.isAssignableTo(ExecutorService.class)
                        || target.isAssignableTo(Timer.class));
        boolean asksFactory = target.isAssignableTo(ThreadFactory.class) && name.equals("newThread")
                || target.isEquivalentTo(Executors.class)
                || target.isEquivalentTo(Cleaner.class) && name.equals("create");
        return creates || asksFactory || usesSharedThreads(access);
    }

    /** Futures run on threads of the JDK when they are not given an executor, and keep a timer thread for delays. */
    private static boolean usesSharedThreads(JavaAccess<?> access) {
        if (!(access.getTarget() instanceof CodeUnitAccessTarget target)
                || !target.getOwner().isAssignableTo(CompletionStage.class)) {
            return false;
        }
        boolean namesExecutor =
                target.getRawParameterTypes().stream().anyMatch(type -> type.isAssignableTo(Executor.class));
        return DELAYED.contains(target.getName()) || target.getName().endsWith("Async") && !namesExecutor;
    }

    private static boolean drawsRandom(JavaAccess<?> access) {
        JavaClass target = access.getTargetOwner();
        String name = access.getName();
        boolean creates = name.equals(CONSTRUCTOR) && target.isAssignableTo(RandomGenerator.class);
        boolean shared = target.isEquivalentTo(ThreadLocalRandom.class) && name.equals("current")
                || name.equals("random")
                        && (target.isEquivalentTo(Math.class) || target.isEquivalentTo(StrictMath.class))
                || name.equals("randomUUID")
                || target.isEquivalentTo(RandomGenerator.class) && (name.equals("of") || name.equals("getDefault"));
        return creates || shared;
    }
}
