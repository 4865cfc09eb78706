package io.millio.internal;

import io.millio.internal.poll.PollSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What the transports may ask of a reactor. Methods are for the reactor's thread unless they say otherwise. */
public interface ReactorPort {
    int index();

    /** Any thread: whether the caller is this reactor's thread. */
    boolean inReactor();

    /** Any thread: runs the task on the reactor, in the order of calls; if the reactor has stopped, in its next life. */
    void execute(Runnable task);

    /** Any thread: monotonic time. */
    long nanos();

    /** When the current turn began: good enough for time-outs, and free. */
    long turnNanos();

    /** One direct buffer for reading, shared by all sources of the reactor; its content is gone at the next read. */
    ByteBuffer readBuffer();

    /** Begins to watch the source's channel. */
    void register(PollSource source, int interestOps) throws IOException;

    /** Changes what is watched from the next select on; repeated changes in a turn cost one system call. */
    void interest(PollSource source, int interestOps);

    /** Ends the watch; safe to repeat. */
    void deregister(PollSource source);

    /** Runs once at the end of the current batch; asking twice for the same flush before that is the caller's to avoid. */
    void atBatchEnd(Runnable flush);

    /** Any thread: the lane of DIRECT dispatch. */
    Lane directLane();

    /** Any thread: the lane of WORKERS dispatch. */
    Lane workersLane();

    /** Any thread: the lane of VIRTUAL dispatch, where the JDK has it. */
    Lane virtualLane();

    ReactorCounters counters();
}
