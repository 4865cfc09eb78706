package io.millio.spring.boot.context;

import io.millio.net.UdpEndpoint;

/**
 * A bean that changes a configured server of transport udp before it is built, after everything that the properties say and with its
 * handler set; several are called in their order. Called by the thread that refreshes the application context.
 */
@FunctionalInterface
public interface UdpEndpointCustomizer {
    /**
     * Changes the builder.
     *
     * @param name the server's key below {@code mill.servers}
     */
    void customize(String name, UdpEndpoint.Builder builder);
}
