package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.Dispatch;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Time-outs by hand: the clock of the rig stands at 0. */
class DeadlinesTest {
    private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

    /** A thread that writes reads the clock later than the reactor that looks at the time-outs. */
    @Test
    void whatMayLastForEverIsNotOverWhenTheClockIsReadInAnotherOrder() {
        try (HandRig rig =
                new HandRig((connection, data) -> {}, Dispatch.DIRECT, builder -> builder.idleTimeout(FOR_EVER)
                        .readIdleTimeout(FOR_EVER)
                        .writeIdleTimeout(FOR_EVER)
                        .firstByteTimeout(FOR_EVER)
                        .stallTimeout(FOR_EVER)
                        .maxAge(FOR_EVER, FOR_EVER))) {
            HandTransport transport = new HandTransport();
            transport.room(0);
            StreamConnection connection = rig.open(transport);
            connection.write(ByteBuffer.allocate(1));
            rig.reactor.settle();
            new Deadlines(connection, 5).run();
            rig.reactor.settle();
            assertThat(connection.closeReason()).isNull();
        }
    }
}
