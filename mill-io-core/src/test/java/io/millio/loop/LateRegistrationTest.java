package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.SelectorProvider;
import org.junit.jupiter.api.Test;

/** A close that comes in the midst of a registration. */
class LateRegistrationTest {
    /** Closes the loop when it is entered into the registry, which asks for its hash. */
    private static final class Closing extends AbstractSelectableChannel {
        private final EventLoop loop;

        Closing(EventLoop loop) {
            super(SelectorProvider.provider());
            this.loop = loop;
        }

        @Override
        public int hashCode() {
            loop.close();
            return 1;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int validOps() {
            return SelectionKey.OP_READ;
        }

        @Override
        protected void implCloseSelectableChannel() {}

        @Override
        protected void implConfigureBlocking(boolean block) {}
    }

    @Test
    void aRegistrationDuringTheCloseIsRefusedAndLeavesNothing() throws Exception {
        EventLoop loop = EventLoop.create();
        try (SelectableChannel channel = new Closing(loop)) {
            assertThatIllegalStateException()
                    .isThrownBy(
                            () -> loop.register(channel, Token.of(1), Interest.READABLE, Dispatch.DIRECT, event -> {}))
                    .withMessageContaining("is closed for good");
            assertThat(channel.isOpen()).as("it stays its owner's").isTrue();
            assertThat(loop.deregister(Token.of(1))).isFalse();
        }
    }
}
