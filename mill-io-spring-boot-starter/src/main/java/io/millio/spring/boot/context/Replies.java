package io.millio.spring.boot.context;

import io.millio.net.Connection;
import io.millio.net.Work;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The replies of one connection that are still under way. Begun by the connection's callbacks, completed by any thread.
 *
 * <p>Replies that keep the order of their requests wait in a queue. Whoever completes one counts up, and who finds zero sends from the
 * head of the queue whatever is complete there, until nobody has counted up meanwhile: so one thread sends at a time, none waits for
 * another, and no lock is held while something is sent.
 *
 * <p>At a limit reading pauses, and goes on at half of it: of the requests under way, and of the bytes of replies that are ready and wait
 * for one before them, which would otherwise be kept, and then written at once, without end. The callback first pauses and then says so;
 * whoever completes first counts down and then looks. As the callback looks at the counts once more, one of both sees the other, and one
 * alone resumes.
 */
final class Replies {
    static final int LIMIT = 128;
    static final int WAITING_LIMIT = 1 << 20;

    private final Connection connection;
    private final BeanMethod handler;
    private final Recovery recovery;
    private final @Nullable Queue<Pending> queue;
    private final AtomicInteger completions = new AtomicInteger();
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicBoolean paused = new AtomicBoolean();

    Replies(Connection connection, BeanMethod handler, boolean ordered, Recovery recovery) {
        this.connection = connection;
        this.handler = handler;
        this.recovery = recovery;
        this.queue = ordered ? new ConcurrentLinkedQueue<>() : null;
    }

    /** In a callback of the connection. */
    Pending begin(CallObserver.Observed call) {
        Pending pending = new Pending(connection.beginWork(), call);
        if (queue != null) {
            queue.add(pending);
        }
        boolean full = outstanding.incrementAndGet() >= LIMIT || waitingBytes.get() >= WAITING_LIMIT;
        if (full && !paused.get()) {
            connection.pauseReading();
            paused.set(true);
            resumeIfFew();
        }
        return pending;
    }

    private void resumeIfFew() {
        boolean few = outstanding.get() <= LIMIT / 2 && waitingBytes.get() <= WAITING_LIMIT / 2;
        if (few && paused.compareAndSet(true, false)) {
            connection.resumeReading();
        }
    }

    private void sendInOrder(Queue<Pending> pendings) {
        if (completions.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Pending head = pendings.peek(); head != null && head.complete; head = pendings.peek()) {
                pendings.remove();
                head.send();
            }
            seen = completions.addAndGet(-seen);
        } while (seen != 0);
    }

    /** Asks the exception handlers; throws what none of them is for. */
    @FunctionalInterface
    interface Recovery {
        @Nullable
        ByteBuffer recover(Connection connection, Throwable thrown);
    }

    /** One request that is not answered yet. */
    final class Pending {
        private final Work work;
        private final CallObserver.Observed call;
        private @Nullable ByteBuffer reply;
        private int size;

        /** Publishes the reply and its size. */
        private volatile boolean complete;

        private Pending(Work work, CallObserver.Observed call) {
            this.work = work;
            this.call = call;
        }

        /** Any thread: the stage has ended. */
        void settle(@Nullable Object value, @Nullable Throwable error) {
            ByteBuffer bytes;
            try {
                if (error != null) {
                    throw Thrown.cause(error);
                }
                bytes = handler.reply(value);
            } catch (Throwable t) {
                end(t);
                connection.execute(() -> fail(t));
                return;
            }
            end(null);
            complete(bytes);
        }

        /** In a callback of the connection: there will be no stage. */
        void refuse(Throwable thrown) {
            end(thrown);
            fail(thrown);
        }

        /** Here and not with the reply, for that is dropped if the connection is closed. */
        private void end(@Nullable Throwable thrown) {
            if (thrown != null) {
                call.failed(thrown);
            }
            call.ended();
        }

        /** In a callback of the connection. */
        private void fail(Throwable thrown) {
            ByteBuffer bytes = null;
            try {
                bytes = recovery.recover(connection, thrown);
            } finally {
                complete(bytes);
            }
        }

        /** Any thread. */
        private void complete(@Nullable ByteBuffer bytes) {
            reply = bytes;
            size = bytes == null ? 0 : bytes.remaining();
            waitingBytes.addAndGet(size);
            complete = true;
            if (queue == null) {
                send();
            } else {
                sendInOrder(queue);
            }
        }

        private void send() {
            try (work) {
                MethodConnection.send(connection, reply);
            } catch (Throwable t) {
                connection.execute(() -> {
                    throw Thrown.<RuntimeException>as(t);
                });
            } finally {
                waitingBytes.addAndGet(-size);
                outstanding.decrementAndGet();
                resumeIfFew();
            }
        }
    }
}
