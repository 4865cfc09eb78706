package io.millio.pool;

import java.util.concurrent.atomic.AtomicLong;

/** An amount that is never overdrawn, not for an instant; any thread may reserve and give back. */
final class Budget {
    private final long max;
    private final AtomicLong reserved = new AtomicLong();

    Budget(long max) {
        this.max = max;
    }

    boolean tryReserve(long amount) {
        long current = reserved.get();
        while (amount <= max - current) {
            long witness = reserved.compareAndExchange(current, current + amount);
            if (witness == current) {
                return true;
            }
            current = witness;
        }
        return false;
    }

    void giveBack(long amount) {
        long left = reserved.addAndGet(-amount);
        assert left >= 0 : "gave back " + amount + " that nobody had reserved, now at " + left;
    }

    long reserved() {
        return reserved.get();
    }

    long max() {
        return max;
    }
}
