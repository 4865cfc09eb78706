/** The core of Mill-IO: an event loop and raw sockets on {@code java.base} alone. */
module io.millio.core {
    requires static org.jspecify;

    exports io.millio.pool;
}
