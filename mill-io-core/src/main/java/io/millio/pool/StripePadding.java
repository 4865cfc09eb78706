package io.millio.pool;

/**
 * Empty space in front of a stripe's fields, so that two stripes never share a cache line. Owned by no thread: nobody
 * reads or writes it.
 *
 * <p>The int is there on purpose: the JVM would otherwise put the subclass's lock word into the four bytes that follow
 * a 12-byte object header, in front of the padding.
 */
@SuppressWarnings("unused")
abstract class StripePadding {
    private int gap;
    private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14, p15;
}
