package io.millio.internal.component;

import io.millio.internal.DrainCount;
import io.millio.internal.LoopAccess;
import io.millio.internal.LoopComponent;
import io.millio.internal.LoopPort;
import io.millio.internal.ReactorPort;
import io.millio.loop.Dispatch;
import io.millio.loop.DrainReport;
import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The order of the lives of a component that lives on one reactor, each of which is an {@code L}. For any thread; its state is guarded
 * by its monitor, which is never held while a life, the loop or a handler is called.
 *
 * <pre>
 *   IDLE ---start, loop started---> OPEN ---drain---> DRAINING ---ended---> IDLE ...    close(): final
 *                                     \---loop stopped, ended---------------^
 * </pre>
 */
public abstract class ComponentLives<L> implements LoopComponent {
    public final @Nullable Token token;
    public final Dispatch dispatch;
    protected final EventLoop loop;
    protected final LoopPort port;
    protected final ReactorPort reactor;

    /** Held while a life begins, by whoever starts the component or its loop: the others find it begun then. */
    private final Object opening = new Object();

    /** Written under the monitor. */
    private volatile @Nullable L life;

    /** The one that is or was; written under the monitor. */
    private volatile @Nullable L last;

    // Guarded by this.
    private boolean startsWithLoop = true;
    private boolean draining;
    private boolean closed;
    private CompletableFuture<DrainCount> ended = CompletableFuture.completedFuture(DrainCount.NOTHING);

    /** Without a dispatch of its own it has the loop's. */
    protected ComponentLives(EventLoop loop, @Nullable Token token, @Nullable Dispatch dispatch) {
        this.loop = loop;
        this.port = LoopAccess.of(loop);
        this.token = token;
        this.dispatch = dispatch == null ? loop.dispatch() : dispatch;
        this.reactor = port.nextReactor();
    }

    /** Ties it to the loop; the last statement of a constructor, since the loop may call at once. */
    protected final void attach() {
        if (token != null) {
            port.reserveToken(token.value(), toString());
        }
        port.attach(this);
    }

    // ---- one life ---------------------------------------------------------------------------------------------------

    /** A new life, which may fail to get what it needs. */
    protected abstract L create();

    /** It is the one that lives now; ends it before it throws. */
    protected abstract void begin(L opened);

    /** Any thread: does what was begun, and calls {@link #ended}. */
    protected abstract void drain(L current);

    /** Any thread: ends without that. */
    protected abstract void cut(L current);

    /** On its reactor, in that one's last turn. */
    protected abstract void stop(L current);

    /** Any thread: the reactor runs no more, or it never was the one that lives; releases what it has. */
    protected abstract void abandon(L left);

    protected abstract DrainCount count(L over);

    // ---- opening ----------------------------------------------------------------------------------------------------

    public final void start() {
        L before;
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException(this + " is closed for good; build a new one");
            }
            if (isOpen()) {
                return;
            }
            startsWithLoop = true;
            before = last;
        }
        if (!port.isRunning() && !port.ensureStarted()) {
            throw new IllegalStateException(this + " cannot start: " + loop + " is not running; start it");
        }
        // The start of the loop may have begun a life that has ended by now: a handler may end what called it.
        synchronized (opening) {
            if (last == before) {
                open();
            }
        }
    }

    @Override
    public final void loopStarted() {
        synchronized (opening) {
            if (wantsToOpen()) {
                open();
            }
        }
    }

    private synchronized boolean wantsToOpen() {
        return startsWithLoop && !closed && life == null;
    }

    private void open() {
        L opened = create();
        String refusal = publish(opened);
        if (refusal != null) {
            abandon(opened);
            throw new IllegalStateException(this + " is " + refusal);
        }
        begin(opened);
    }

    private synchronized @Nullable String publish(L opened) {
        if (closed) {
            return "closed for good; build a new one";
        }
        if (life != null) {
            return "open still; start it when it has drained";
        }
        life = opened;
        last = opened;
        draining = false;
        ended = new CompletableFuture<>();
        return null;
    }

    public final synchronized boolean isOpen() {
        return life != null && !draining;
    }

    /** The one that lives now, be it that it drains. */
    public final @Nullable L life() {
        return life;
    }

    /** The one that lives or the one that did. */
    protected final @Nullable L last() {
        return last;
    }

    // ---- closing ----------------------------------------------------------------------------------------------------

    @Override
    public final CompletionStage<DrainCount> drain() {
        L current;
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            startsWithLoop = false;
            current = life;
            if (current == null) {
                return CompletableFuture.completedFuture(DrainCount.NOTHING);
            }
            end = ended;
            if (draining) {
                return end.minimalCompletionStage();
            }
            draining = true;
        }
        drain(current);
        return end.minimalCompletionStage();
    }

    @Override
    public final void cut() {
        L current = life;
        if (current != null) {
            cut(current);
        }
    }

    @Override
    public final void reactorStopping(ReactorPort stopping) {
        L current = life;
        if (current != null && stopping == reactor) {
            stop(current);
        }
    }

    @Override
    public void loopStopped() {
        synchronized (this) {
            startsWithLoop = false;
        }
        L left = life;
        if (left != null) {
            abandon(left);
            ended(left);
        }
    }

    /** Any thread: nothing is left of it, and its handler has had its last call. */
    public final void ended(L over) {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            if (life != over) {
                return;
            }
            life = null;
            draining = false;
            end = ended;
        }
        end.complete(count(over));
    }

    public final CompletionStage<DrainReport> shutdown(Duration timeout) {
        return Shutdown.within(timeout, this, loop, port);
    }

    public final void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Shutdown.forGood(this, loop, port, token);
    }

    public final void awaitClose() throws InterruptedException {
        CompletableFuture<DrainCount> end;
        synchronized (this) {
            end = ended;
        }
        Shutdown.await(end, this);
    }
}
