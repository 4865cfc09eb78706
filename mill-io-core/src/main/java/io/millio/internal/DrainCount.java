package io.millio.internal;

/**
 * What one component has drained; immutable.
 *
 * @param drained connections and endpoints that were answered, flushed and closed
 * @param cut those that were still open at the deadline
 */
public record DrainCount(long drained, long cut) {
    public static final DrainCount NOTHING = new DrainCount(0, 0);
}
