package io.millio.internal.transport;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.Map;

/** Applies socket options; stateless. */
final class NioOptions {
    private NioOptions() {}

    static void apply(NetworkChannel channel, Map<SocketOption<?>, Object> options) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
            set(channel, option.getKey(), option.getValue());
        }
    }

    @SuppressWarnings("unchecked") // the map pairs each option with a value of its type
    private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value) throws IOException {
        channel.setOption(option, (T) value);
    }
}
