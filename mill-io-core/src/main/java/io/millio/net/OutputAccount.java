package io.millio.net;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a connection still owes its peer, in one word so that each question has one answer: bytes accepted and not yet written, open
 * {@link Work}, and whether the output was closed. For any thread.
 *
 * <pre>
 *   63       62 ......... 48   47 ............ 0
 *   closed   open work         bytes pending
 * </pre>
 *
 * <p>Bytes are added before they are handed to the transport and taken off after they were written, so the word can only equal
 * "closed and nothing else" when the last byte is out and nobody may add another: whoever makes it so sends the FIN.
 *
 * <p>The base of a connection and no part of it: there is one for every connection, and an object of its own would cost each 20 bytes.
 */
abstract class OutputAccount {
    static final int TAKEN = 0;
    static final int CLOSED = 1;
    static final int FULL = 2;
    static final int MAX_WORK = (1 << 15) - 1;

    private static final long CLOSED_BIT = Long.MIN_VALUE;
    private static final int WORK_SHIFT = 48;
    private static final long ONE_WORK = 1L << WORK_SHIFT;
    private static final long BYTES = ONE_WORK - 1;
    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(OutputAccount.class, "word", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long word;

    /** Adds bytes unless the output is closed with no work open, or they would exceed the cap although something is pending. */
    final int takeOutput(int bytes, long cap) {
        while (true) {
            long now = word;
            if (isOver(now)) {
                return CLOSED;
            }
            long pending = now & BYTES;
            if (pending != 0 && pending + bytes > cap) {
                return FULL;
            }
            if (WORD.compareAndSet(this, now, now + bytes)) {
                return TAKEN;
            }
        }
    }

    private static boolean isOver(long now) {
        return now < 0 && (now & ~CLOSED_BIT) >>> WORK_SHIFT == 0;
    }

    /** Takes off what was written; true if that settled the account. */
    final boolean outputWritten(long bytes) {
        return (long) WORD.getAndAdd(this, -bytes) - bytes == CLOSED_BIT;
    }

    /** Accepts no more but from open work; true if the account is settled. */
    final boolean closeOutput() {
        return ((long) WORD.getAndBitwiseOr(this, CLOSED_BIT) | CLOSED_BIT) == CLOSED_BIT;
    }

    /** False if the output is over. */
    final boolean tryBeginWork() {
        while (true) {
            long now = word;
            if (isOver(now)) {
                return false;
            }
            if ((now & ~CLOSED_BIT) >>> WORK_SHIFT == MAX_WORK) {
                throw new IllegalStateException(MAX_WORK + " works of one connection are open; close each as it ends");
            }
            if (WORD.compareAndSet(this, now, now + ONE_WORK)) {
                return true;
            }
        }
    }

    /** True if that settled the account. */
    final boolean endWork() {
        return (long) WORD.getAndAdd(this, -ONE_WORK) - ONE_WORK == CLOSED_BIT;
    }

    final boolean isOutputSettled() {
        return word == CLOSED_BIT;
    }

    /** As {@link Connection#pendingBytes}. */
    public final long pendingBytes() {
        return word & BYTES;
    }
}
