package io.millio.loop;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * What a registration waits for, as in mio: readable on a listening channel means that a connection can be accepted, writable
 * on a connecting one that it is connected (or has failed to: {@code finishConnect} tells).
 */
public enum Interest {
    /** Bytes, a datagram, the end of the stream, or a connection to accept. */
    READABLE,
    /** Room to write, or the end of a connection attempt. */
    WRITABLE,
    /** Both. */
    READABLE_OR_WRITABLE;

    int operations(SelectableChannel channel) {
        int operations = 0;
        if (this != WRITABLE) {
            operations |= SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;
        }
        if (this != READABLE) {
            boolean connecting = channel instanceof SocketChannel socket && !socket.isConnected();
            operations |= connecting ? SelectionKey.OP_CONNECT : SelectionKey.OP_WRITE;
        }
        return operations & channel.validOps();
    }

    /** Throws if the channel can never be ready for this. */
    void check(SelectableChannel channel) {
        if (operations(channel) == 0) {
            throw new IllegalArgumentException(channel.getClass().getSimpleName() + " can never be " + this
                    + "; its valid operations are 0x" + Integer.toHexString(channel.validOps()));
        }
    }
}
