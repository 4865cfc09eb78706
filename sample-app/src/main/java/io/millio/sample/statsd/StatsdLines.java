package io.millio.sample.statsd;

import io.millio.spring.boot.annotation.MillHandler;
import java.nio.ByteBuffer;
import org.springframework.stereotype.Component;

/** StatsD over TCP, where nothing is lost on the way. Called on the workers, for one connection in turn. */
@Component
class StatsdLines {
    private final StatsdReceiver receiver;

    StatsdLines(StatsdReceiver receiver) {
        this.receiver = receiver;
    }

    @MillHandler(server = "statsd-tcp")
    void line(ByteBuffer line) {
        receiver.receive(line, false);
    }
}
