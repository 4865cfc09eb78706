package io.millio.internal.transport;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.List;
import java.util.Map;

/** Socket options to be applied to one channel after the other, without garbage; immutable. */
final class NioOptions {
    private final List<Map.Entry<SocketOption<?>, Object>> options;

    NioOptions(Map<SocketOption<?>, Object> options) {
        this.options = List.copyOf(options.entrySet());
    }

    void apply(NetworkChannel channel) throws IOException {
        for (int i = 0; i < options.size(); i++) {
            set(channel, options.get(i).getKey(), options.get(i).getValue());
        }
    }

    @SuppressWarnings("unchecked") // the map pairs each option with a value of its type
    private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value) throws IOException {
        channel.setOption(option, (T) value);
    }
}
