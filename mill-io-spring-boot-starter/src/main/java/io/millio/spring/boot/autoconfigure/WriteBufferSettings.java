package io.millio.spring.boot.autoconfigure;

import io.millio.net.Framing;
import io.millio.net.TcpServer;
import io.millio.spring.boot.context.ServerDefinition;
import org.jspecify.annotations.Nullable;

/**
 * The watermarks of a server, where each one may be set alone and then has to fit the defaults of the others; used by the
 * thread that refreshes the context.
 */
final class WriteBufferSettings {
    private static final int DEFAULT_LOW = 32 * 1024;
    private static final int DEFAULT_HIGH = 64 * 1024;
    private static final int DEFAULT_CAP = 4 * 1024 * 1024;

    private final String server;
    private final @Nullable Integer low;
    private final @Nullable Integer high;
    private final @Nullable Integer cap;

    WriteBufferSettings(String server, MillProperties.@Nullable WriteBuffer keys) {
        this.server = server;
        this.low = keys == null ? null : Checked.bytes(property("low"), keys.low());
        this.high = keys == null ? null : Checked.bytes(property("high"), keys.high());
        this.cap = keys == null ? null : Checked.bytes(property("cap"), keys.cap());
    }

    void apply(TcpServer.Builder builder, Framing framing) {
        int lowest = low == null ? DEFAULT_LOW : low;
        int middle = high == null ? DEFAULT_HIGH : high;
        int highest = cap == null ? DEFAULT_CAP : cap;
        if (middle < 1) {
            throw Checked.invalid(property("high"), middle, "it must be at least one byte");
        }
        if (lowest > middle) {
            throw low != null
                    ? Checked.invalid(
                            property("low"), lowest, "it is above " + property("high") + ", which is " + middle)
                    : Checked.invalid(
                            property("high"), middle, "it is below " + property("low") + ", which is " + lowest);
        }
        if (middle > highest) {
            throw high != null
                    ? Checked.invalid(
                            property("high"), middle, "it is above " + property("cap") + ", which is " + highest)
                    : Checked.invalid(
                            property("cap"), highest, "it is below " + property("high") + ", which is " + middle);
        }
        builder.writeBuffer(lowest, middle, highest);
        checkFrame(framing.maxFrame(), highest);
    }

    /** An answer as large as the greatest frame must fit while another one is still under way. */
    private void checkFrame(int maxFrame, int highest) {
        if (highest / 2 >= maxFrame) {
            return;
        }
        String rule = "the cap of the write buffer must be at least twice the greatest frame";
        if (cap != null) {
            throw Checked.invalid(property("cap"), highest, rule + ", which is " + maxFrame + " bytes");
        }
        String key = ServerDefinition.property(server, "framing.max-frame");
        throw Checked.invalid(
                key,
                maxFrame,
                rule + ", but " + property("cap") + " is " + highest + " bytes; raise that to " + 2L * maxFrame
                        + "B at least");
    }

    private String property(String key) {
        return ServerDefinition.property(server, "write-buffer." + key);
    }
}
