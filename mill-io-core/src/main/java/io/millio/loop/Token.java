package io.millio.loop;

/**
 * The user's name for one registration of one loop; immutable, for any thread.
 * Mill-IO's own registrations (wake-ups, connections) are outside this space, so every value from 0 on is free for use.
 *
 * @param value 0 to {@link Long#MAX_VALUE}
 */
public record Token(long value) {
    /** Checks the range. */
    public Token {
        if (value < 0) {
            throw new IllegalArgumentException("a token must be 0 or greater, but is " + value);
        }
    }

    /** The token of this value; throws IllegalArgumentException if it is negative. */
    public static Token of(long value) {
        return new Token(value);
    }

    @Override
    public String toString() {
        return "token " + value;
    }
}
