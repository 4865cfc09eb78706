package io.millio.net;

import io.millio.loop.Event;
import io.millio.loop.EventHandler;
import io.millio.loop.EventLoop;
import io.millio.loop.Interest;
import io.millio.loop.Registration;
import io.millio.loop.Token;
import io.millio.loop.Trigger;
import io.millio.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Raw registrations and triggers under random tokens, and the model of who holds which. A slot stands for one token and is guarded
 * by its monitor, so that the model is exact for each token while different ones are used at the same time; any thread.
 */
final class RandomTokens {
    private static final int TOKENS = 64;
    private static final byte POISON = 0;

    private final EventLoop loop;
    private final Queue<String> breaches;
    private final Slot[] slots = new Slot[TOKENS];
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong poisoned = new AtomicLong();
    private final AtomicLong reported = new AtomicLong();

    RandomTokens(EventLoop loop, Queue<String> breaches) {
        this.loop = loop;
        this.breaches = breaches;
        for (int i = 0; i < TOKENS; i++) {
            slots[i] = new Slot(Token.of(1000 + i));
        }
    }

    void operate(Random random) {
        operations.incrementAndGet();
        try {
            slots[random.nextInt(TOKENS)].operate(random);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a handler of these threw it, on purpose, which is counted, or a channel was closed before the loop could watch it. */
    boolean isExpected(Throwable error) {
        if (error instanceof Poisoned) {
            reported.incrementAndGet();
            return true;
        }
        return error instanceof ClosedChannelException;
    }

    /** Waits until every holder has received what it was sent, and ends it. */
    void settle() {
        for (Slot slot : slots) {
            slot.settle();
        }
        Await.until(
                () -> reported + " errors reported, " + poisoned + " thrown", () -> reported.get() == poisoned.get());
    }

    String figures() {
        return "tokenOperations=" + operations + " refused=" + refused + " thrown=" + poisoned;
    }

    private void breach(Object where, String what) {
        breaches.add(where + ": " + what);
    }

    /** What a handler throws when it is told to. */
    private static final class Poisoned extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Poisoned() {
            super("on purpose", null, false, false);
        }
    }

    /** Who holds a token. A holder is ended by its owner at once, or by others, which the loop notices a moment later. */
    private interface Holder {
        boolean isHeld();

        /** True if somebody other than the owner has begun to end it. */
        boolean isLeaving();

        void use(Random random) throws IOException;

        void close();

        /** The token is somebody else's, or nobody's, for good. */
        void gone() throws IOException;

        void settle() throws IOException;
    }

    private final class Slot {
        private final Token token;
        private @Nullable Holder holder;
        private int lives;

        Slot(Token token) {
            this.token = token;
        }

        synchronized void operate(Random random) throws IOException {
            switch (random.nextInt(8)) {
                case 0, 1 -> register(random.nextInt(4) == 0);
                case 2 -> deregister(random.nextBoolean());
                default -> {
                    if (holder != null) {
                        holder.use(random);
                    }
                }
            }
        }

        private void register(boolean trigger) throws IOException {
            Holder next = trigger ? new Bell(token) : new Reader(token, ++lives);
            try {
                if (next instanceof Bell bell) {
                    bell.trigger = loop.trigger(token, bell);
                } else if (next instanceof Reader reader) {
                    reader.registration = loop.register(reader.pipe.source(), token, Interest.READABLE, reader);
                }
            } catch (IllegalArgumentException taken) {
                refused.incrementAndGet();
                next.gone();
                if (holder == null) {
                    breach(token, "refused although it is free: " + taken.getMessage());
                }
                return;
            }
            if (holder != null) {
                if (!holder.isLeaving() || holder.isHeld()) {
                    breach(token, "given away although it is held");
                }
                holder.gone();
            }
            holder = next;
        }

        private void deregister(boolean byToken) throws IOException {
            Holder leaving = holder;
            holder = null;
            if (leaving == null) {
                if (loop.deregister(token)) {
                    breach(token, "deregistered although it is free");
                }
                return;
            }
            if (byToken) {
                if (!loop.deregister(token) && !leaving.isLeaving()) {
                    breach(token, "not found although it is held");
                }
            } else {
                leaving.close();
            }
            if (leaving.isHeld()) {
                breach(token, "held after it was deregistered");
            }
            leaving.gone();
        }

        synchronized void settle() {
            try {
                if (holder != null) {
                    holder.settle();
                }
                deregister(true);
                deregister(true);
            } catch (IOException e) {
                breach(token, "failed: " + e);
            }
        }
    }

    /** A trigger; fired under its slot's monitor, called by the loop. */
    private static final class Bell implements Holder, EventHandler {
        private final Token token;
        private @Nullable Trigger trigger;
        private final AtomicLong fired = new AtomicLong();
        private volatile long heard;

        Bell(Token token) {
            this.token = token;
        }

        private Trigger trigger() {
            return Objects.requireNonNull(trigger);
        }

        @Override
        public void onEvent(Event event) {
            heard = fired.get();
        }

        @Override
        public boolean isHeld() {
            return trigger().isOpen();
        }

        @Override
        public boolean isLeaving() {
            return false;
        }

        @Override
        public void use(Random random) {
            fired.incrementAndGet();
            trigger().fire();
        }

        @Override
        public void close() {
            trigger().close();
        }

        @Override
        public void gone() {}

        @Override
        public void settle() {
            Await.until(() -> token + " heard " + heard + " of " + fired, () -> heard == fired.get());
        }
    }

    /** The reading end of a pipe; written to, paused and closed under its slot's monitor, called by the loop. */
    private final class Reader implements Holder, EventHandler {
        private final Token token;
        private final Pipe pipe;
        private final byte mark;
        private final AtomicBoolean inside = new AtomicBoolean();
        private final AtomicLong received = new AtomicLong();
        private @Nullable Registration registration;
        private long written;
        private boolean closedByOthers;
        private boolean poisonSent;
        private final AtomicInteger ends = new AtomicInteger();
        private volatile boolean threw;

        Reader(Token token, int life) throws IOException {
            this.token = token;
            this.pipe = Pipe.open();
            this.mark = (byte) (1 + life % 127);
            pipe.sink().configureBlocking(false);
        }

        private Registration registration() {
            return Objects.requireNonNull(registration);
        }

        @Override
        public void onEvent(Event event) throws IOException {
            if (!inside.compareAndSet(false, true)) {
                breach(token, "called twice at a time");
            }
            try {
                // A channel that was closed by others while its handler threw may be reported as closed behind that.
                if (ends.get() > 0 || (threw && !event.isClosed())) {
                    breach(token, "called after its end, which was " + (threw ? "thrown" : "told"));
                } else if (event.isClosed()) {
                    ends.incrementAndGet();
                } else {
                    read();
                }
            } finally {
                inside.set(false);
            }
        }

        private void read() {
            ByteBuffer bytes = ByteBuffer.allocate(128);
            try {
                pipe.source().read(bytes);
            } catch (IOException closedMeanwhile) {
                return;
            }
            bytes.flip();
            while (bytes.hasRemaining()) {
                byte next = bytes.get();
                if (next == POISON) {
                    threw = true;
                    poisoned.incrementAndGet();
                    throw new Poisoned();
                }
                if (next != mark) {
                    breach(token, "received a byte of another life");
                }
                received.incrementAndGet();
            }
        }

        @Override
        public boolean isHeld() {
            return registration().isOpen();
        }

        @Override
        public boolean isLeaving() {
            return closedByOthers || poisonSent;
        }

        @Override
        public void use(Random random) throws IOException {
            switch (random.nextInt(40)) {
                case 0 -> {
                    closedByOthers = true;
                    pipe.source().close();
                }
                case 1 -> {
                    if (write(POISON, 1) == 1) {
                        poisonSent = true;
                    }
                }
                case 2, 3, 4 -> registration().pause();
                case 5, 6, 7, 8, 9, 10 -> registration().resume();
                default -> written += isLeaving() ? 0 : write(mark, 1 + random.nextInt(64));
            }
        }

        private int write(byte value, int count) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(count);
            while (bytes.hasRemaining()) {
                bytes.put(value);
            }
            try {
                return pipe.sink().write(bytes.flip());
            } catch (IOException broken) {
                if (isLeaving()) {
                    return 0;
                }
                throw broken;
            }
        }

        @Override
        public void close() {
            registration().close();
        }

        @Override
        public void gone() throws IOException {
            pipe.sink().close();
            pipe.source().close();
        }

        @Override
        public void settle() {
            registration().resume();
            if (!isLeaving()) {
                Await.until(() -> token + " received " + received + " of " + written, () -> received.get() == written);
                return;
            }
            Await.until(() -> token + " is noticed to be closed", () -> !registration()
                    .isOpen());
            if (!poisonSent) {
                Await.until(() -> token + " is told of its end, was " + ends + " times", () -> ends.get() == 1);
            }
        }
    }
}
