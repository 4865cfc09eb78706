package io.millio.spring.boot.context;

import io.micrometer.observation.Observation;

/**
 * What an observation of a handler method's call knows, for conventions and handlers of the application's own. Belongs
 * to the call.
 */
public final class MillHandlerContext extends Observation.Context {
    private final String server;
    private final String method;
    private volatile boolean ended;

    MillHandlerContext(String server, String method) {
        this.server = server;
        this.method = method;
    }

    /** The key below {@code mill.servers}. */
    public String server() {
        return server;
    }

    /** Class and name of the method, as in {@code Greeter.greet}. */
    public String method() {
        return method;
    }

    /** {@code success} or {@code error}; {@code unknown} before the end. */
    public String outcome() {
        return getError() != null ? "error" : ended ? "success" : "unknown";
    }

    void end() {
        ended = true;
    }
}
