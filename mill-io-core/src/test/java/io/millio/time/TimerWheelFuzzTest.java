package io.millio.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.millio.testkit.ManualTicker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories, the same ones given to the wheel and to {@link WheelModel}, with a structure check after each step.
 * {@code -Dmillio.fuzz.rounds=1000} looks longer.
 */
class TimerWheelFuzzTest {
    private static final int ROUNDS = Integer.getInteger("millio.fuzz.rounds", 8);

    private static final ExecutorService OTHER_THREAD = Executors.newSingleThreadExecutor();

    @AfterAll
    static void endOtherThread() {
        OTHER_THREAD.shutdownNow();
    }

    static List<Long> clockOrigins() {
        List<Long> origins = new ArrayList<>(List.of(Long.MIN_VALUE, -1L, -5L, 0L, Long.MAX_VALUE - 5, Long.MAX_VALUE));
        Random random = new Random();
        for (int i = 0; i < 10; i++) {
            origins.add(random.nextLong());
        }
        return origins;
    }

    @ParameterizedTest
    @MethodSource("clockOrigins")
    void theWheelDoesWhatASortedMapWouldDoWhereverTheClockStarts(long origin) {
        for (int round = 0; round < ROUNDS; round++) {
            long seed = new Random().nextLong();
            History history = new History(origin, seed);
            try {
                history.run(1_500);
            } catch (Throwable failure) {
                throw new AssertionError("origin " + origin + "L, seed " + seed + "L, step " + history.step, failure);
            }
        }
    }

    private static final class History {
        private final Random random;
        private final long origin;
        private final ManualTicker ticker;
        private final TimerWheel wheel;
        private final WheelModel model = new WheelModel();
        private final List<WheelModel.Timer> timers = new ArrayList<>();
        private final List<Timeout> handles = new ArrayList<>();
        private final List<Throwable> reported = new ArrayList<>();
        private final boolean crowded;
        private final boolean dense;
        private long thrown;
        private @Nullable Throwable mismatch;
        int step;

        History(long origin, long seed) {
            this.origin = origin;
            random = new Random(seed);
            ticker = new ManualTicker(origin);
            wheel = new TimerWheel(ticker, reported::add);
            crowded = random.nextBoolean();
            dense = random.nextInt(3) == 0;
        }

        void run(int steps) {
            for (step = 0; step < steps; step++) {
                int choice = random.nextInt(100);
                if (choice < (crowded ? 75 : 40)) {
                    change();
                } else if (choice < 99) {
                    moveClock();
                    advance();
                } else {
                    assertThat(wheel.clear()).isEqualTo(model.clear());
                }
                compare();
            }
        }

        private void change() {
            int choice = random.nextInt(10);
            if (choice < 7 || timers.isEmpty()) {
                add(choice < 2);
            } else {
                cancel(random.nextInt(4) == 0);
            }
        }

        private void add(boolean submitted) {
            long delay = randomDelay();
            long period = random.nextInt(8) == 0 ? 1 + Math.max(0, randomDelay() - 1) : 0;
            period = random.nextBoolean() ? period : -period;
            Runnable task = new Task(timers.size());
            timers.add(submitted ? model.submit(now(), delay, period) : model.schedule(now(), delay, period));
            handles.add(submitted ? submit(delay, period, task) : schedule(delay, period, task));
        }

        private Timeout schedule(long delay, long period, Runnable task) {
            return period == 0
                    ? wheel.schedule(delay, task)
                    : period > 0
                            ? wheel.scheduleAtFixedRate(delay, period, task)
                            : wheel.scheduleWithFixedDelay(delay, -period, task);
        }

        private Timeout submit(long delay, long period, Runnable task) {
            return period == 0
                    ? wheel.submit(delay, task)
                    : period > 0
                            ? wheel.submitAtFixedRate(delay, period, task)
                            : wheel.submitWithFixedDelay(delay, -period, task);
        }

        private void cancel(boolean elsewhere) {
            int recent = 1 + random.nextInt(dense ? 20 : 100);
            int id = random.nextInt(4) == 0 ? random.nextInt(timers.size()) : Math.max(0, timers.size() - recent);
            boolean prevented = elsewhere
                    ? cancelElsewhere(handles.get(id))
                    : handles.get(id).cancel();
            assertThat(prevented).isEqualTo(model.cancel(timers.get(id), !elsewhere));
        }

        private void moveClock() {
            model.drain();
            long untilNext = wheel.nanosUntilNext();
            long jump =
                    switch (random.nextInt(dense ? 4 : 12)) {
                        case 0 -> 0;
                        case 1, 2, 3 -> random.nextInt(1_000_000);
                        case 4, 5, 6 -> random.nextInt(100_000_000);
                        case 7, 8 -> untilNext;
                        case 9 -> Math.max(0, untilNext - 1);
                        case 10 -> random.nextInt(3_600) * 1_000_000_000L;
                        default -> 1L << random.nextInt(random.nextInt(20) == 0 ? 62 : 44);
                    };
            long clockLeft = Long.MAX_VALUE - now();
            ticker.advanceNanos(Math.min(jump, clockLeft / 16));
        }

        private void advance() {
            int limit = random.nextInt(3) == 0 ? random.nextInt(4) : Integer.MAX_VALUE;
            long before = model.fired;
            model.beginTurn(now());
            int ran = wheel.advance(limit);
            if (mismatch != null) {
                throw new AssertionError("in a callback", mismatch);
            }
            assertThat((long) ran).isEqualTo(model.fired - before).isLessThanOrEqualTo(limit);
            if (ran < limit) {
                WheelModel.Timer left = model.poll();
                if (left != null) {
                    fail("the wheel should have fired %s", left);
                }
            }
            model.endTurn();
        }

        private void compare() {
            WheelStructure.check(wheel);
            assertThat(wheel.pending()).isEqualTo(model.pending());
            assertThat(wheel.fired()).isEqualTo(model.fired);
            assertThat(wheel.cancelled()).isEqualTo(model.cancelled);
            assertThat((long) reported.size()).isEqualTo(thrown);
            compareSleep();
            compareHandle(random.nextInt(timers.size() + 1) - 1);
        }

        private void compareSleep() {
            model.drain();
            long expected = model.nanosUntilNext(now());
            long actual = wheel.nanosUntilNext();
            boolean exact = model.pending() <= TimerLevels.SEARCH_LIMIT;
            if (exact ? actual != expected : actual > expected) {
                fail("nanosUntilNext is %d, the earliest deadline is in %d", actual, expected);
            }
        }

        private void compareHandle(int id) {
            if (id >= 0) {
                WheelModel.Timer timer = timers.get(id);
                assertThat(handles.get(id).isDone()).isEqualTo(timer.ended || timer.cancelled);
                assertThat(handles.get(id).isCancelled()).isEqualTo(timer.cancelled);
                assertThat(handles.get(id).deadlineNanos()).isEqualTo(origin + timer.deadline);
            }
        }

        private long now() {
            return ticker.nanos() - origin;
        }

        private long randomDelay() {
            return switch (random.nextInt(dense ? 4 : 10)) {
                case 0 -> -random.nextInt(100);
                case 1 -> 0;
                case 2, 3 -> random.nextInt(3_000_000);
                case 4, 5 -> random.nextInt(200) * 1_000_000L;
                case 6 -> random.nextInt(300_000) * 1_000_000L;
                case 7 -> 1L << random.nextInt(63);
                case 8 -> (1L << 6 * random.nextInt(7)) * 1_000_000L + random.nextInt(5) - 2;
                default -> random.nextInt(10) == 0 ? Long.MAX_VALUE - random.nextInt(2) : random.nextInt(1_000_000_000);
            };
        }

        /** Asks the model whose turn it is, then does something random to both from inside the callback. */
        private final class Task implements Runnable {
            private final int id;

            Task(int id) {
                this.id = id;
            }

            @Override
            public void run() {
                boolean fails = false;
                try {
                    WheelModel.Timer expected = model.poll();
                    if (expected == null || expected.id != id) {
                        fail("fired %s at %d, expected %s", timers.get(id), now(), expected);
                    }
                    fails = act();
                    model.ran(expected, now());
                } catch (Throwable unexpected) {
                    mismatch = mismatch == null ? unexpected : mismatch;
                }
                if (fails) {
                    thrown++;
                    throw new IllegalStateException("on purpose");
                }
            }

            private boolean act() {
                switch (random.nextInt(14)) {
                    case 0, 1 -> add(false);
                    case 2 -> add(true);
                    case 3 -> cancel(false);
                    case 4 -> cancel(true);
                    case 5 -> assertThat(handles.get(id).cancel()).isEqualTo(model.cancel(timers.get(id), true));
                    case 6 -> ticker.advanceNanos(random.nextInt(3_000_000));
                    case 7 -> compareSleep();
                    case 8 -> {
                        if (random.nextInt(20) == 0) {
                            assertThat(wheel.clear()).isEqualTo(model.clear());
                        }
                    }
                    case 9 -> {
                        return true;
                    }
                    default -> {}
                }
                return false;
            }
        }
    }

    private static boolean cancelElsewhere(Timeout timeout) {
        try {
            return OTHER_THREAD.submit(timeout::cancel).get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
