package io.millio.spring.boot.context;

import org.jspecify.annotations.Nullable;

/**
 * A context cannot start as it is configured; says in prose what is wrong and what to do. Immutable. Spring Boot prints both
 * parts under "APPLICATION FAILED TO START".
 */
public final class MillStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String description;
    private final String action;

    /** A mistake in what was configured or declared. */
    public MillStartException(String description, String action) {
        this(description, action, null);
    }

    /** A failure of the system, explained. */
    public MillStartException(String description, String action, @Nullable Throwable cause) {
        super(description + " " + action, cause);
        this.description = description;
        this.action = action;
    }

    /** What is wrong, with the names and values that matter. */
    public String description() {
        return description;
    }

    /** What to do about it. */
    public String action() {
        return action;
    }
}
