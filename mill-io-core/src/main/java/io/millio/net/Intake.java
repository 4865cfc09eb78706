package io.millio.net;

/**
 * Decides when a connection reads. Confined to the connection's reactor, except for the methods that say otherwise.
 *
 * <p>Reading stops for a full mailbox, a congested output, the user's pause, a lack of memory, or a limit of the rate, and whoever
 * removes the cause must not miss that it has stopped. So the reactor first publishes {@code stopped} and then looks at the causes once more; the other side
 * first removes the cause and then looks at {@code stopped}. Both use volatile accesses, so at least one of them sees the other.
 */
final class Intake {
    /** The mailbox holds 128 KiB at the most, and one read may add 64 KiB to what is there. */
    private static final int STOP_ABOVE_BYTES = 64 * 1024;

    private static final int RESUME_AT_BYTES = 32 * 1024;

    private final StreamConnection connection;

    // Any thread.
    private volatile boolean userPaused;
    private volatile boolean framesLackMemory;
    private volatile boolean stopped;

    // The reactor's.
    private boolean reading = true;
    private boolean lacksMemory;
    private boolean draining;
    private boolean readingTheRest;
    private boolean dry;

    Intake(StreamConnection connection) {
        this.connection = connection;
    }

    /** Any thread: whether the handler is to be given nothing now, for a reason that lies on this side. */
    boolean holdsDelivery() {
        Throttle throttle = connection.throttle();
        return userPaused || framesLackMemory || (throttle != null && throttle.deliveryHeld && !connection.gone);
    }

    /** Reads or stops reading as the causes demand, now. */
    void update() {
        if (connection.isClosed()) {
            return;
        }
        boolean wanted = wantsInput();
        if (!wanted && !stopped) {
            stopped = true;
            connection.shard().counters().readsPaused.increment();
            wanted = wantsInput();
        }
        if (wanted) {
            stopped = false;
        }
        boolean drains = draining && connection.takesInput();
        setReading(wanted && !(drains && dry));
        if (drains && reading && !readingTheRest) {
            readTheRest();
        }
    }

    private boolean wantsInput() {
        int bound = stopped ? RESUME_AT_BYTES : STOP_ABOVE_BYTES;
        Throttle throttle = connection.throttle();
        return !connection.takesInput()
                || (connection.mayDeliver()
                        && !lacksMemory
                        && (throttle == null || !throttle.readHeld)
                        && connection.delivery().undelivered() <= bound);
    }

    private void setReading(boolean on) {
        if (reading != on) {
            reading = on;
            if (on) {
                connection.transport().resumeReading();
            } else {
                connection.transport().pauseReading();
            }
        }
    }

    // ---- those who remove a cause -----------------------------------------------------------------------------------

    /** The delivery's: some bytes have left the mailbox. */
    void delivered() {
        if (stopped && connection.delivery().undelivered() <= RESUME_AT_BYTES) {
            connection.onReactor(this::update);
        }
    }

    /** Any thread: the output is below its low watermark again. The caller may be in the midst of a write, hence a task. */
    void uncongested() {
        if (stopped) {
            connection.reactor().execute(this::update);
        }
    }

    /** Any thread: the user's pause. */
    void pause() {
        userPaused = true;
        connection.onReactor(this::update);
    }

    /** Any thread. Always as a task: the caller may be in the midst of what lies in the buffer into which a drain reads. */
    void resume() {
        userPaused = false;
        connection.delivery().wake();
        connection.reactor().execute(this::update);
    }

    // ---- memory -----------------------------------------------------------------------------------------------------

    /**
     * How many bytes a read may bring. If none, reading goes on when there is some memory again; delivery goes on meanwhile, for that
     * gives memory back.
     */
    int receivable() {
        int bytes = connection.shard().reserve().readable(this);
        if (bytes == 0 && !lacksMemory) {
            lacksMemory = true;
            update();
            connection.shard().awaitMemory(this);
        }
        Throttle throttle = connection.throttle();
        return throttle == null || bytes == 0 ? bytes : admitted(throttle, bytes);
    }

    /** Whether nothing that was received or written occupies memory. */
    boolean holdsNone() {
        return connection.pendingBytes() == 0 && connection.delivery().holdsNone();
    }

    void memoryIsBack() {
        lacksMemory = false;
        update();
    }

    /** The delivery's: an unfinished frame cannot be kept; what follows it stays in the mailbox meanwhile. */
    void awaitFrameMemory() {
        framesLackMemory = true;
        connection.onReactor(() -> {
            update();
            connection.shard().retryLater(() -> {
                framesLackMemory = false;
                connection.delivery().wake();
                update();
            });
        });
    }

    // ---- limits of the rate -----------------------------------------------------------------------------------------

    /** How many of the bytes a read may bring by the limits; asked when something is there to be read, so that a quiet peer never waits. */
    private int admitted(Throttle throttle, int bytes) {
        long wait = throttle.read();
        if (wait == 0) {
            return Math.min(bytes, throttle.mostPerRead());
        }
        if (!throttle.readHeld) {
            throttle.readHeld = true;
            update();
            connection.shard().runLater(wait, () -> {
                throttle.readHeld = false;
                connection.throttleOver();
                update();
            });
        }
        return 0;
    }

    /** The delivery's: whether the limits admit another message now; if not, delivery goes on when they do. */
    boolean admitsMessage(Throttle throttle) {
        long wait = throttle.message();
        if (wait > 0) {
            throttle.deliveryHeld = true;
            connection.onReactor(() -> {
                update();
                connection.shard().runLater(wait, () -> {
                    throttle.deliveryHeld = false;
                    connection.throttleOver();
                    connection.delivery().wake();
                    update();
                });
            });
        }
        return wait == 0;
    }

    // ---- drain ------------------------------------------------------------------------------------------------------

    boolean isDraining() {
        return draining;
    }

    /** Reads what has arrived by now and no more. */
    void drain() {
        draining = true;
        update();
    }

    /** What the reads bring comes back to {@link #update}, which may stop them but does not begin anew. */
    private void readTheRest() {
        readingTheRest = true;
        dry = connection.transport().readAvailable();
        readingTheRest = false;
        if (dry && connection.takesInput()) {
            setReading(false);
            connection.delivery().inputDry();
        }
    }
}
