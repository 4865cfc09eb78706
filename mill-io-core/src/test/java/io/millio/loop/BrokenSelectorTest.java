package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.FakePoller.Select;
import io.millio.testkit.SocketPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A selector that fails or spins is replaced, and nobody who is registered notices. */
class BrokenSelectorTest {
    private static final int PREMATURE = 512;

    /** Returns at once and finds nothing, as the JDK's has done on some kernels. */
    private static final Select SPINNING = (real, collector, timeout) -> real.select(key -> {}, 0) * 0;

    private final TestLoop test = new TestLoop(builder -> builder.pollTimeout(Duration.ZERO));
    private final List<SocketPair> pairs = new ArrayList<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final List<AtomicInteger> received = new ArrayList<>();

    @BeforeEach
    void startWithSomeChannels() throws Exception {
        test.loop.start();
        for (int i = 0; i < 20; i++) {
            SocketPair pair = SocketPair.open();
            AtomicInteger count = new AtomicInteger();
            pairs.add(pair);
            received.add(count);
            registrations.add(test.loop.register(
                    pair.near(),
                    Token.of(i),
                    Interest.READABLE,
                    i % 2 == 0 ? Dispatch.DIRECT : Dispatch.WORKERS,
                    event -> {
                        if (event.isReadable()) {
                            count.addAndGet(Math.max(0, pair.near().read(ByteBuffer.allocate(64))));
                        }
                    }));
        }
        Await.until("all are armed", () -> test.reactor().keys() == pairs.size());
    }

    @AfterEach
    void end() throws Exception {
        test.close();
        for (SocketPair pair : pairs) {
            pair.close();
        }
    }

    private void everybodyIsServed() throws Exception {
        for (int i = 0; i < pairs.size(); i++) {
            int n = i;
            int before = received.get(i).get();
            pairs.get(i).far().write(ByteBuffer.allocate(3));
            Await.until("channel " + i + " is served", () -> received.get(n).get() == before + 3);
        }
        assertThat(test.reactor().keys()).isEqualTo(pairs.size());
        assertThat(registrations).allMatch(Registration::isOpen);
    }

    private void breakIt(Select behaviour) {
        test.selectors.onSelect(behaviour);
        // The reactor sleeps in a select that still behaves.
        test.loop.execute(() -> {});
    }

    @Test
    void aSelectorThatSpinsIsReplacedAfter512Returns() throws Exception {
        AtomicInteger spins = new AtomicInteger();
        int opened = test.selectors.opens.get();
        breakIt((real, collector, timeout) -> {
            if (test.selectors.opens.get() > opened || timeout == 0) {
                return real.select(collector, timeout);
            }
            spins.incrementAndGet();
            return 0;
        });
        Await.until("replaced", () -> test.reactor().rebuilds() == 1);
        assertThat(spins).hasValue(PREMATURE);
        Await.until("the old one is closed", () -> test.selectors.closes.get() == 1);
        everybodyIsServed();
        assertThat(test.errors).isEmpty();
        assertThat(test.reactor().rebuilds()).isEqualTo(1);
    }

    @Test
    void whatArrivesWhileItSpinsIsNotLost() throws Exception {
        breakIt(SPINNING);
        for (SocketPair pair : pairs) {
            pair.far().write(ByteBuffer.allocate(3));
        }
        Await.until("replaced", () -> test.reactor().rebuilds() >= 1);
        test.selectors.onSelect((real, collector, timeout) -> real.select(collector, timeout));
        for (int i = 0; i < pairs.size(); i++) {
            AtomicInteger count = received.get(i);
            Await.until("channel " + i, () -> count.get() == 3);
        }
        everybodyIsServed();
    }

    @Test
    void tasksAndTimersRunWhileItSpins() throws Exception {
        breakIt(SPINNING);
        CountDownLatch done = new CountDownLatch(3);
        test.loop.execute(done::countDown);
        test.loop.schedule(Duration.ofMillis(5), done::countDown);
        test.loop.submit(done::countDown);
        Await.open("task, timer and submission", done);
    }

    @Test
    void aSelectThatFailsIsReportedAndTheSelectorReplaced() throws Exception {
        IOException planted = new IOException("planted");
        AtomicInteger failures = new AtomicInteger(1);
        breakIt((real, collector, timeout) -> {
            if (failures.getAndDecrement() > 0) {
                throw planted;
            }
            return real.select(collector, timeout);
        });
        Await.until("replaced", () -> test.reactor().rebuilds() == 1);
        assertThat(test.errors).singleElement().satisfies(failure -> {
            assertThat(failure.error()).isSameAs(planted);
            assertThat(failure.source()).hasToString("reactor 0");
        });
        everybodyIsServed();
    }

    /** What it had handed out before it failed belongs to the old selector, and is reported again by the new one. */
    @Test
    void aSelectThatFailsHalfwayLosesNothing() throws Exception {
        AtomicInteger failures = new AtomicInteger(1);
        for (SocketPair pair : pairs) {
            registrations.get(pairs.indexOf(pair)).pause();
        }
        CountDownLatch ready = new CountDownLatch(1);
        test.loop.execute(ready::countDown);
        Await.open("paused", ready);
        for (SocketPair pair : pairs) {
            pair.far().write(ByteBuffer.allocate(3));
        }
        test.selectors.onSelect((real, collector, timeout) -> {
            int selected = real.select(collector, timeout);
            if (selected > 5 && failures.getAndDecrement() > 0) {
                throw new IOException("planted after " + selected + " keys");
            }
            return selected;
        });
        test.loop.execute(() -> registrations.forEach(Registration::resume));
        for (int i = 0; i < pairs.size(); i++) {
            AtomicInteger count = received.get(i);
            Await.until("channel " + i, () -> count.get() == 3);
        }
        assertThat(test.reactor().rebuilds()).isEqualTo(1);
        everybodyIsServed();
    }

    @Test
    void aReplacementThatCannotBeOpenedIsTriedAgain() throws Exception {
        IOException planted = new IOException("planted: too many open files");
        test.selectors.failNextOpen(planted);
        test.selectors.failNextOpen(planted);
        int opened = test.selectors.opens.get();
        breakIt((real, collector, timeout) -> {
            if (test.selectors.opens.get() > opened || timeout == 0) {
                return real.select(collector, timeout);
            }
            return 0;
        });
        Await.until("replaced at last", () -> test.reactor().rebuilds() == 1);
        assertThat(test.errors).hasSize(2).allMatch(failure -> failure.error() == planted);
        everybodyIsServed();
    }

    @Test
    void aReplacementThatCannotBeOpenedAfterAFailedSelectIsTriedAgain() throws Exception {
        IOException planted = new IOException("planted: too many open files");
        test.selectors.failNextOpen(planted);
        int opened = test.selectors.opens.get();
        breakIt((real, collector, timeout) -> {
            if (test.selectors.opens.get() > opened) {
                return real.select(collector, timeout);
            }
            throw new IOException("planted: select");
        });
        Await.until("replaced at last", () -> test.reactor().rebuilds() == 1);
        everybodyIsServed();
    }

    @Test
    void aSelectThatFailsOtherwiseIsReplacedToo() throws Exception {
        AtomicInteger failures = new AtomicInteger(1);
        AtomicReference<Error> planted = new AtomicReference<>(new InternalError("planted"));
        breakIt((real, collector, timeout) -> {
            if (failures.getAndDecrement() > 0) {
                throw planted.get();
            }
            return real.select(collector, timeout);
        });
        Await.until("reported", () -> !test.errors.isEmpty());
        assertThat(test.errors)
                .singleElement()
                .extracting(TestLoop.Failure::error)
                .isSameAs(planted.get());
        everybodyIsServed();
    }

    @Test
    void interestsPausesAndClosesSurviveTheReplacement() throws Exception {
        registrations.get(0).pause();
        registrations.get(1).interest(Interest.READABLE_OR_WRITABLE);
        registrations.get(1).interest(Interest.READABLE);
        registrations.remove(2).close();
        received.remove(2);
        pairs.remove(2).close();
        breakIt(SPINNING);
        Await.until("replaced", () -> test.reactor().rebuilds() >= 1);
        test.selectors.onSelect((real, collector, timeout) -> real.select(collector, timeout));
        pairs.get(0).far().write(ByteBuffer.allocate(3));
        CountDownLatch later = new CountDownLatch(1);
        test.loop.schedule(Duration.ofMillis(50), later::countDown);
        Await.open("later", later);
        assertThat(received.get(0)).as("still paused").hasValue(0);
        registrations.get(0).resume();
        Await.until("resumed", () -> received.get(0).get() == 3);
        everybodyIsServed();
    }

    @Test
    void aChannelClosedByAnotherThreadWhileItSpinsEndsItsRegistration() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        SocketPair pair = SocketPair.open();
        Registration registration = test.loop.register(pair.near(), Token.of(99), Interest.READABLE, event -> {
            if (event.isClosed()) {
                closed.countDown();
            }
        });
        breakIt(SPINNING);
        Await.until("spinning", () -> test.selectors.selects.get() > 100);
        pair.close();
        Await.open("told", closed);
        assertThat(registration.isOpen()).isFalse();
        test.selectors.onSelect((real, collector, timeout) -> real.select(collector, timeout));
        everybodyIsServed();
    }

    @Test
    void wakeUpsReachTheReplacement() throws Exception {
        breakIt(SPINNING);
        Await.until("replaced", () -> test.reactor().rebuilds() >= 1);
        test.selectors.onSelect((real, collector, timeout) -> real.select(collector, timeout));
        Reactor reactor = (Reactor) test.port().reactor(0);
        for (int i = 0; i < 100; i++) {
            Await.until("asleep", reactor::isAsleep);
            CountDownLatch done = new CountDownLatch(1);
            test.loop.execute(done::countDown);
            Await.open("awake", done);
        }
    }
}
