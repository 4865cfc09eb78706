package io.millio.spring.boot.context;

import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;

/** Tells the reasons apart for which a port cannot be opened; stateless. */
final class BindFailure {
    /** Above this, no system asks for privileges. */
    private static final int LAST_PRIVILEGED_PORT = 1023;

    private BindFailure() {}

    static RuntimeException explain(
            ServerDefinition server, String transport, SocketAddress where, UncheckedIOException failure) {
        if (!(where instanceof InetSocketAddress address)) {
            return explainPath(server, failure);
        }
        if (!(failure.getCause() instanceof BindException cause)) {
            return failure;
        }
        String what = "Server '" + server.name() + "' cannot listen on " + transport + " " + Addresses.text(address)
                + ", as "
                + server.property("port")
                + (Addresses.isWildcard(address) ? " demands: " : " and " + server.property("address") + " demand: ");
        if (!isLocal(address)) {
            return new MillStartException(
                    what + "the address belongs to no network interface of this machine (" + cause.getMessage() + ").",
                    "Set " + server.property("address")
                            + " to an address of this machine, or remove it to listen on all.",
                    failure);
        }
        if (address.getPort() <= LAST_PRIVILEGED_PORT && isPermission(cause)) {
            return new MillStartException(
                    what + "the process has no permission to open a port below 1024 (" + cause.getMessage() + ").",
                    "Set " + server.property("port") + " to 1024 or greater, or grant the permission (on Linux"
                            + " CAP_NET_BIND_SERVICE).",
                    failure);
        }
        return new MillStartException(
                what + "the port is in use (" + cause.getMessage() + ").",
                "Stop what listens there, or set " + server.property("port")
                        + " to another port; 0 takes any free one.",
                failure);
    }

    /** The core's own text says what is at the path. */
    private static RuntimeException explainPath(ServerDefinition server, UncheckedIOException failure) {
        return new MillStartException(
                "Server '" + server.name() + "' cannot listen as " + server.property("path") + " demands: "
                        + failure.getMessage() + ".",
                "Set " + server.property("path")
                        + " to a file in a directory that exists and that the process may write to,"
                        + " and that nothing else listens on.",
                failure);
    }

    private static boolean isLocal(InetSocketAddress address) {
        if (Addresses.isWildcard(address)) {
            return true;
        }
        try {
            return NetworkInterface.getByInetAddress(address.getAddress()) != null;
        } catch (SocketException unknown) {
            return true;
        }
    }

    /** The JDK has one exception for all reasons; the system's text is all that tells them apart. */
    private static boolean isPermission(BindException cause) {
        String text = cause.getMessage();
        return text != null && text.contains("ermission");
    }
}
