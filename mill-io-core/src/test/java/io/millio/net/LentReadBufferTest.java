package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.Dispatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All sources of a reactor read into one buffer, so nothing may be read while a handler still looks at what lies in it. */
class LentReadBufferTest {
    private final HandTransport first = new HandTransport();
    private final HandTransport second = new HandTransport();
    private final List<String> calls = new ArrayList<>();

    @Test
    void aHandlerThatResumesADrainingConnectionKeepsItsData() {
        List<StreamConnection> open = new ArrayList<>();
        ConnectionHandler handler = (connection, data) -> {
            if (connection == open.get(0)) {
                open.get(1).resumeReading();
                calls.add("unread meanwhile " + second.unread());
            } else {
                calls.add("second " + data.remaining());
            }
        };
        try (HandRig rig = new HandRig(handler, Dispatch.DIRECT, builder -> builder)) {
            open.add(rig.open(first));
            open.add(rig.open(second));
            rig.reactor.settle();
            StreamConnection draining = open.get(1);
            draining.pauseReading();
            second.arrive(new byte[7]);
            draining.drain(CloseReason.DRAINED);
            rig.reactor.settle();

            first.arrive(new byte[3]);
            first.read();
            rig.reactor.settle();
            assertThat(calls).containsExactly("unread meanwhile 1", "second 7");
            assertThat(draining.closeReason()).isEqualTo(CloseReason.DRAINED);
        }
    }

    @Test
    void whatIsResumedOnTheReactorIsReadAgain() {
        try (HandRig rig = new HandRig(
                (connection, data) -> calls.add("data " + data.remaining()), Dispatch.DIRECT, builder -> builder)) {
            StreamConnection connection = rig.open(first);
            rig.reactor.settle();
            connection.pauseReading();
            first.arrive(new byte[5]);
            assertThat(first.read()).as("read although paused").isFalse();
            connection.resumeReading();
            rig.reactor.settle();
            assertThat(first.read()).isTrue();
            assertThat(calls).containsExactly("data 5");
            assertThat(connection.write(ByteBuffer.allocate(1))).isEqualTo(WriteResult.ACCEPTED);
        }
    }
}
