package io.millio.internal;

/** What one reactor has done; written by the reactor alone, read by any thread. */
public final class ReactorCounters {
    public final Counter selectsReady = new Counter();
    public final Counter selectsEmpty = new Counter();
    public final Counter selectsTimeout = new Counter();
    public final Counter activeNanos = new Counter();
    public final Counter idleNanos = new Counter();
    public final Counter accepts = new Counter();
    public final Counter reads = new Counter();
    public final Counter writes = new Counter();
    public final Counter connects = new Counter();
    public final Counter tasks = new Counter();
    public final Counter rebuilds = new Counter();
    public final Counter stalls = new Counter();

    /** How often the reactor has come back from its selector. */
    public long selects() {
        return selectsReady.get() + selectsEmpty.get() + selectsTimeout.get();
    }
}
