package io.millio.net;

import io.millio.loop.Dispatch;

/** The ways to serve a connection between which no test may see a difference. */
enum Mode {
    DIRECT_1(Dispatch.DIRECT, 1),
    DIRECT_2(Dispatch.DIRECT, 2),
    WORKERS_1(Dispatch.WORKERS, 1),
    WORKERS_2(Dispatch.WORKERS, 2);

    final Dispatch dispatch;
    final int reactors;

    Mode(Dispatch dispatch, int reactors) {
        this.dispatch = dispatch;
        this.reactors = reactors;
    }
}
