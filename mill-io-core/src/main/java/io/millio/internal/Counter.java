package io.millio.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A count with one writing thread at a time and any number of readers; an increment costs a plain load and an opaque store. */
public final class Counter {
    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long value;

    /** Writer only. */
    public void add(long amount) {
        VALUE.setOpaque(this, value + amount);
    }

    /** Writer only. */
    public void increment() {
        add(1);
    }

    /** Any thread: a value at most an instant old. */
    public long get() {
        return (long) VALUE.getOpaque(this);
    }
}
