package io.millio.pool;

import java.util.Locale;

/**
 * How closely a pool watches for what is acquired and never released. A constant of the pool, chosen when it is built;
 * any thread may read it.
 *
 * <p>In every mode what a leaked object held returns to the pool's bound once the garbage collector has found it, and
 * the leak is counted. The modes differ in what else is known and what it costs.
 */
public enum LeakDetection {
    /**
     * Handles are used again, no garbage; a leak is reported without a place. A second release is refused until the
     * same handle has been lent again; from then on it cannot be told from the new borrower's own.
     */
    OFF,
    /** Every loan has a handle of its own, so each misuse of a handle is refused; one loan in 128 records its stack. */
    SAMPLED,
    /** As SAMPLED, with the stack of every loan: for tests and for the hunt, not for production. */
    ALL;

    /** The system property that chooses the mode of pools that were not told one: off, sampled or all. */
    public static final String PROPERTY = "millio.leakDetection";

    /**
     * The mode that {@link #PROPERTY} asks for now, OFF if it is not set.
     *
     * @throws IllegalArgumentException if the property has any other value
     */
    public static LeakDetection fromSystemProperty() {
        String value = System.getProperty(PROPERTY, "off");
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "off" -> OFF;
            case "sampled" -> SAMPLED;
            case "all" -> ALL;
            default ->
                throw new IllegalArgumentException(
                        "system property " + PROPERTY + " is '" + value + "'; set it to off, sampled or all");
        };
    }
}
