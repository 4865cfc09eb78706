package io.millio.spring.boot.context;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Addresses as people write them; stateless. */
final class Addresses {
    private Addresses() {}

    /** An address and what else is to be known, as in {@code 127.0.0.1:7001 (token 1, DIRECT)}. */
    static String describe(SocketAddress address, String... details) {
        String all = String.join(", ", details);
        return text(address) + " (" + (isWildcard(address) ? "all addresses, " : "") + all + ")";
    }

    /** Host and port; a host that stands for all addresses is 0.0.0.0, whatever the system calls it. */
    static String text(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return address.toString();
        }
        if (isWildcard(address)) {
            return "0.0.0.0:" + inet.getPort();
        }
        String host =
                inet.isUnresolved() ? inet.getHostString() : inet.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + inet.getPort();
    }

    static boolean isWildcard(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                && !inet.isUnresolved()
                && inet.getAddress().isAnyLocalAddress();
    }
}
