package io.millio.time;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a wheel promises, as a sorted map and without any of its cleverness. One thread; driven in step with the wheel,
 * by the same calls and from inside the same callbacks.
 */
final class WheelModel {
    static final class Timer {
        final int id;
        final long period;
        long deadline;
        long arrival;
        int madeInTurn;
        boolean ended;
        boolean cancelled;

        Timer(int id, long deadline, long period) {
            this.id = id;
            this.deadline = deadline;
            this.period = period;
        }

        @Override
        public String toString() {
            return "#" + id + " deadline=" + deadline + " period=" + period + (cancelled ? " cancelled" : "");
        }
    }

    private static final Comparator<Timer> ORDER =
            Comparator.<Timer>comparingLong(t -> t.deadline / 1_000_000).thenComparingLong(t -> t.arrival);

    private final TreeMap<Timer, Timer> waiting = new TreeMap<>(ORDER);
    private final List<Timer> inbox = new ArrayList<>();
    private final List<Timer> toUnlink = new ArrayList<>();
    private long arrivals;
    private int turn;
    private long horizon;
    private boolean inTurn;
    private @Nullable Timer running;
    int ids;
    long fired;
    long cancelled;

    Timer schedule(long now, long delay, long period) {
        Timer timer = new Timer(ids++, plus(now, delay), period);
        arrive(timer);
        return timer;
    }

    Timer submit(long now, long delay, long period) {
        Timer timer = new Timer(ids++, plus(now, delay), period);
        inbox.add(timer);
        return timer;
    }

    /** Takes the inbox in; the wheel does so at the begin of an advance and of nanosUntilNext. */
    void drain() {
        for (Timer timer : inbox) {
            if (timer.cancelled) {
                cancelled++;
            } else {
                arrive(timer);
            }
        }
        inbox.clear();
        for (Timer timer : toUnlink) {
            unlink(timer);
        }
        toUnlink.clear();
    }

    boolean cancel(Timer timer, boolean byOwner) {
        if (timer.ended || timer.cancelled) {
            return false;
        }
        timer.cancelled = true;
        if (inbox.contains(timer) || timer == running) {
            return true;
        }
        if (byOwner) {
            unlink(timer);
        } else {
            toUnlink.add(timer);
        }
        return true;
    }

    void beginTurn(long now) {
        drain();
        turn++;
        horizon = now;
        inTurn = true;
    }

    /** The timer that must fire next in this turn, or null if none may. */
    @Nullable
    Timer poll() {
        Timer next = due();
        while (next != null && next.cancelled) {
            unlink(next);
            next = due();
        }
        if (next != null) {
            waiting.remove(next);
            next.ended = next.period == 0;
            running = next.period == 0 ? null : next;
            fired++;
        }
        return next;
    }

    void ran(Timer timer, long now) {
        running = null;
        if (timer.period == 0) {
            return;
        }
        if (timer.cancelled) {
            cancelled++;
            return;
        }
        if (timer.period < 0) {
            timer.deadline = plus(now, -timer.period);
        } else {
            timer.deadline = nextMultiple(timer.deadline, timer.period, now);
        }
        arrive(timer);
    }

    void endTurn() {
        inTurn = false;
    }

    long nanosUntilNext(long now) {
        long earliest = Long.MAX_VALUE;
        for (Timer timer : waiting.keySet()) {
            earliest = Math.min(earliest, timer.deadline);
        }
        return earliest == Long.MAX_VALUE ? earliest : Math.max(0, earliest - now);
    }

    int pending() {
        return waiting.size() + inbox.size() + (running == null ? 0 : 1);
    }

    /** Returns how many runs were prevented by this. */
    int clear() {
        drain();
        int count = 0;
        if (running != null && !running.cancelled) {
            running.cancelled = true;
            count++;
        }
        for (Timer timer : waiting.keySet()) {
            count += timer.cancelled ? 0 : 1;
            timer.cancelled = true;
            cancelled++;
        }
        waiting.clear();
        return count;
    }

    private @Nullable Timer due() {
        for (Timer timer : waiting.keySet()) {
            if (timer.deadline / 1_000_000 > horizon / 1_000_000) {
                return null;
            }
            if (timer.deadline <= horizon && !(inTurn && timer.madeInTurn == turn)) {
                return timer;
            }
        }
        return null;
    }

    private void arrive(Timer timer) {
        timer.arrival = arrivals++;
        timer.madeInTurn = inTurn ? turn : 0;
        waiting.put(timer, timer);
    }

    private void unlink(Timer timer) {
        if (waiting.remove(timer) != null) {
            cancelled++;
        }
    }

    private static long nextMultiple(long deadline, long period, long now) {
        BigInteger periods = BigInteger.valueOf(now - deadline)
                .divide(BigInteger.valueOf(period))
                .add(BigInteger.ONE);
        BigInteger next = BigInteger.valueOf(deadline).add(periods.multiply(BigInteger.valueOf(period)));
        return next.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
    }

    private static long plus(long now, long delay) {
        return Math.max(0, delay) > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + Math.max(0, delay);
    }
}
