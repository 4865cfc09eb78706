/** The core of Mill-IO: an event loop and raw sockets on {@code java.base} alone. */
module io.millio.core {
    requires static org.jspecify;

    exports io.millio.limit;
    exports io.millio.loop;
    exports io.millio.net;
    exports io.millio.net.pool;
    exports io.millio.pool;
    exports io.millio.time;
    exports io.millio.watch;
    exports io.millio.work;
}
