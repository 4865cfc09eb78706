package io.millio.loop;

/** Told when a reactor is blocked. */
@FunctionalInterface
public interface StallListener {
    /** Called on the watchdog's thread, once for each stall; what it throws is reported as an error. */
    void onStall(Stall stall);
}
