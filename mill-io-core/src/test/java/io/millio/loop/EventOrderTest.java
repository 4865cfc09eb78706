package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.SocketPair;
import io.millio.testkit.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Callbacks of one source never overlap and never reorder: a million events over a hundred sources, checked by the handlers. Ten
 * million by hand:
 *
 * <pre>{@code
 * mvn -pl mill-io-core test -Dtest=EventOrderTest -DargLine=-Dmillio.events=10000000
 * }</pre>
 */
@Timeout(600)
class EventOrderTest {
    private static final int SOURCES = 100;
    private static final int PRODUCERS = 4;
    private static final long EVENTS = Long.getLong("millio.events", 1_000_000);

    /** What the handler of one source keeps. The plain field stays right only if each callback comes after the one before. */
    private static final class Checked {
        private final AtomicBoolean inside = new AtomicBoolean();
        private long last;

        /** Whether the callback is alone. */
        boolean enter() {
            return inside.compareAndSet(false, true);
        }

        void leave() {
            inside.set(false);
        }
    }

    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void triggersOfOneSourceNeverOverlapAndNeverReorder(Dispatch dispatch) throws Exception {
        try (TestLoop test =
                TestLoop.started(builder -> builder.reactors(2).workers(8).dispatch(dispatch))) {
            AtomicLong[] published = new AtomicLong[SOURCES];
            AtomicLong[] seen = new AtomicLong[SOURCES];
            Trigger[] triggers = new Trigger[SOURCES];
            AtomicInteger wrong = new AtomicInteger();
            LongAdder calls = new LongAdder();
            for (int i = 0; i < SOURCES; i++) {
                int n = i;
                Checked checked = new Checked();
                published[i] = new AtomicLong();
                seen[i] = new AtomicLong();
                triggers[i] = test.loop.trigger(Token.of(i), event -> {
                    boolean alone = checked.enter();
                    long value = published[n].get();
                    if (!alone || value < checked.last) {
                        wrong.incrementAndGet();
                    }
                    checked.last = value;
                    calls.increment();
                    seen[n].set(value);
                    if (calls.sum() < EVENTS) {
                        published[n].incrementAndGet();
                        triggers[n].fire();
                    }
                    checked.leave();
                });
            }
            List<Thread> producers = new ArrayList<>();
            for (int p = 0; p < PRODUCERS; p++) {
                producers.add(Threads.start("producer-" + p, () -> {
                    while (calls.sum() < EVENTS && wrong.get() == 0) {
                        for (int i = 0; i < SOURCES; i++) {
                            published[i].incrementAndGet();
                            triggers[i].fire();
                        }
                        Thread.yield();
                    }
                }));
            }
            for (Thread producer : producers) {
                producer.join();
            }
            assertThat(wrong).hasValue(0);
            for (int i = 0; i < SOURCES; i++) {
                int n = i;
                Await.until(
                        () -> "source " + n + " saw " + seen[n] + " of " + published[n],
                        () -> seen[n].get() == published[n].get());
            }
            assertThat(calls.sum()).isGreaterThanOrEqualTo(EVENTS);
            assertThat(wrong).hasValue(0);
            assertThat(test.errors).isEmpty();
        }
    }

    /** Each byte carries the low bits of its number, so a byte read by two callbacks at once, or out of turn, shows. */
    @ParameterizedTest
    @MethodSource("io.millio.loop.TestLoop#dispatches")
    void bytesOfOneChannelAreReadByOneHandlerAtATimeAndInOrder(Dispatch dispatch) throws Exception {
        List<SocketPair> pairs = new ArrayList<>();
        try (TestLoop test =
                TestLoop.started(builder -> builder.reactors(2).workers(8).dispatch(dispatch))) {
            long each = EVENTS / SOURCES;
            AtomicLong total = new AtomicLong();
            AtomicInteger wrong = new AtomicInteger();
            for (int i = 0; i < SOURCES; i++) {
                SocketPair pair = SocketPair.open();
                pairs.add(pair);
                Checked checked = new Checked();
                ByteBuffer one = ByteBuffer.allocate(1 + i % 7);
                test.loop.register(pair.near(), Token.of(i), Interest.READABLE, event -> {
                    if (!event.isReadable()) {
                        return;
                    }
                    if (!checked.enter()) {
                        wrong.incrementAndGet();
                    }
                    read(pair, one, checked, total, wrong);
                    checked.leave();
                });
            }
            List<Thread> writers = new ArrayList<>();
            for (int w = 0; w < PRODUCERS; w++) {
                int first = w;
                writers.add(Threads.start("writer-" + w, () -> write(pairs, first, each)));
            }
            for (Thread writer : writers) {
                writer.join();
            }
            Await.until(() -> total + " of " + each * SOURCES + " bytes", () -> total.get() == each * SOURCES);
            assertThat(wrong).hasValue(0);
            assertThat(test.errors).isEmpty();
        } finally {
            for (SocketPair pair : pairs) {
                pair.close();
            }
        }
    }

    private static void read(SocketPair pair, ByteBuffer few, Checked checked, AtomicLong total, AtomicInteger wrong)
            throws IOException {
        int count = Math.max(0, pair.near().read(few.clear()));
        few.flip();
        while (few.hasRemaining()) {
            if (few.get() != (byte) checked.last++) {
                wrong.incrementAndGet();
            }
        }
        total.addAndGet(count);
    }

    private static void write(List<SocketPair> pairs, int first, long each) {
        ByteBuffer chunk = ByteBuffer.allocate(100);
        try {
            for (long sent = 0; sent < each; sent += chunk.capacity()) {
                for (int i = first; i < SOURCES; i += PRODUCERS) {
                    chunk.clear().limit((int) Math.min(chunk.capacity(), each - sent));
                    for (int n = 0; n < chunk.limit(); n++) {
                        chunk.put(n, (byte) (sent + n));
                    }
                    pairs.get(i).far().write(chunk);
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
