package io.millio;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;

/**
 * A rule condition that what users can see of a type names no type they cannot: supertypes, and the signatures of public
 * and protected members. Immutable; any thread may evaluate it.
 */
final class PublicShape extends ArchCondition<JavaClass> {
    private final String hiddenPrefix;

    private PublicShape(String hiddenPrefix) {
        super("show no type of " + hiddenPrefix + " to users");
        this.hiddenPrefix = hiddenPrefix;
    }

    static PublicShape without(String hiddenPrefix) {
        return new PublicShape(hiddenPrefix);
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        type.getAllRawSuperclasses().forEach(parent -> report(type, type.getDescription(), parent, events));
        type.getAllRawInterfaces().forEach(parent -> report(type, type.getDescription(), parent, events));
        for (JavaMember member : type.getMembers()) {
            if (isVisible(member)) {
                member.getAllInvolvedRawTypes().forEach(used -> report(type, member.getDescription(), used, events));
            }
        }
    }

    private static boolean isVisible(JavaMember member) {
        Set<JavaModifier> modifiers = member.getModifiers();
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private void report(JavaClass type, String place, JavaClass used, ConditionEvents events) {
        if (used.getBaseComponentType().getName().startsWith(hiddenPrefix)) {
            events.add(SimpleConditionEvent.violated(type, place + " shows " + used.getName()));
        }
    }
}
