package io.millio.net;

import io.millio.testkit.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** The transports by which a served connection comes in, between which no test may see a difference that is not named here. */
enum Door {
    TCP {
        @Override
        SocketAddress fresh() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        }
    },
    /** Knows no resets: what TCP tells by one is an end here, as long as all that was sent to the one who aborts has been read. */
    UNIX {
        @Override
        SocketAddress fresh() {
            try {
                Path unused = Files.createTempFile("mill", ".sock");
                Files.delete(unused);
                return UnixDomainSocketAddress.of(unused);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        String endByAbort() {
            return "FIN";
        }

        @Override
        CloseReason reasonOfReset() {
            return CloseReason.PEER;
        }
    },
    LOCAL {
        @Override
        SocketAddress fresh() {
            return LocalAddress.of("contract " + COUNT.incrementAndGet());
        }
    };

    private static final AtomicInteger COUNT = new AtomicInteger();

    /** An address on which nobody listens. */
    abstract SocketAddress fresh();

    /** What {@link Peer#end} says to a peer, all of whose bytes were read, when the server aborts. */
    String endByAbort() {
        return "RESET";
    }

    /** Why a connection ends for a server that has nothing to write, after {@link Peer#reset}. */
    CloseReason reasonOfReset() {
        return CloseReason.RESET;
    }
}
