package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.Dispatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is known of a connection and what is known of a group say the same, whoever adds and removes at once. */
class GroupsTest {
    private static final int ROUNDS = 20_000;
    private static final int BURST = 8;
    private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    private final Groups groups = new Groups();

    /** How many of the two are at the start of a round, or of what comes after it; together they count on by two. */
    private final AtomicInteger arrived = new AtomicInteger();

    private volatile boolean over;

    private void meet(int count) {
        arrived.incrementAndGet();
        while (arrived.get() < 2 * count && !over) {
            Thread.onSpinWait();
            if (arrived.get() < 2 * count) {
                Thread.yield();
            }
        }
    }

    private Void removeInRounds(StreamConnection connection) {
        for (int round = 1; !over; round++) {
            meet(2 * round - 1);
            for (int n = 0; n < BURST; n++) {
                groups.remove("room", connection);
            }
            meet(2 * round);
        }
        return null;
    }

    private void addInRounds(StreamConnection connection) {
        long start = System.nanoTime();
        for (int round = 1; round <= ROUNDS && System.nanoTime() - start < LIMIT_NANOS; round++) {
            meet(2 * round - 1);
            for (int n = 0; n < BURST; n++) {
                groups.add("room", connection);
            }
            meet(2 * round);
            groups.removeFromAll(connection);
            assertThat(groups.members("room")).as("in round " + round).isEmpty();
        }
    }

    /** A closed connection that stayed in a group would be written to, and kept, for ever. */
    @Test
    void aConnectionThatHasLeftAllGroupsIsInNone() throws Exception {
        try (HandRig rig = new HandRig((connection, data) -> {}, Dispatch.DIRECT, builder -> builder)) {
            StreamConnection connection = rig.open(new HandTransport());
            rig.reactor.settle();
            FutureTask<Void> remover = new FutureTask<>(() -> removeInRounds(connection));
            new Thread(remover, "remover").start();
            try {
                addInRounds(connection);
            } finally {
                over = true;
                remover.get(30, TimeUnit.SECONDS);
            }
        }
    }
}
