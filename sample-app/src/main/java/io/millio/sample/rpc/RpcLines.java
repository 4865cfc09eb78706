package io.millio.sample.rpc;

import io.millio.spring.boot.annotation.MillHandler;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * JSON-RPC over TCP, a message a line. Called on the workers, for one connection in turn; the answers are sent in the order of the
 * messages, whichever is ready first.
 */
@Component
class RpcLines {
    private final RpcDispatcher dispatcher;

    RpcLines(RpcDispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    /** The buffer is lent for the length of the call, and the dispatcher has read it by then. */
    @MillHandler(server = "rpc")
    CompletionStage<byte @Nullable []> answer(ByteBuffer line) {
        return dispatcher.dispatch(line);
    }
}
