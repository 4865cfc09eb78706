package io.millio.net;

import io.millio.internal.VirtualThreads;
import io.millio.loop.Dispatch;
import java.util.stream.Stream;

/** The ways to serve a connection between which no test may see a difference. */
enum Mode {
    DIRECT_1(Dispatch.DIRECT, 1),
    DIRECT_2(Dispatch.DIRECT, 2),
    WORKERS_1(Dispatch.WORKERS, 1),
    WORKERS_2(Dispatch.WORKERS, 2),
    VIRTUAL_2(Dispatch.VIRTUAL, 2);

    final Dispatch dispatch;
    final int reactors;

    Mode(Dispatch dispatch, int reactors) {
        this.dispatch = dispatch;
        this.reactors = reactors;
    }

    /** Those that this JDK has. */
    static Stream<Mode> available() {
        return Stream.of(values()).filter(mode -> mode.dispatch != Dispatch.VIRTUAL || VirtualThreads.supported());
    }
}
