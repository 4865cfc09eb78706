package io.millio.spring.boot.actuate;

import java.util.Comparator;

/** What connections can be sorted by; those that are equal in it are sorted by id. */
public enum ConnectionOrder {
    /** The order in which they were opened. */
    ID,
    /** The peer's address. */
    REMOTE_ADDRESS,
    /** Time since they were opened. */
    AGE,
    /** Time since bytes last went in either direction. */
    IDLE,
    /** Bytes received. */
    BYTES_IN,
    /** Bytes sent. */
    BYTES_OUT,
    /** Bytes written and not yet taken by the network. */
    PENDING_BYTES;

    Comparator<ConnectionState> comparator(boolean descending) {
        Comparator<ConnectionState> ascending = ascending();
        return (descending ? ascending.reversed() : ascending).thenComparingLong(ConnectionState::id);
    }

    private Comparator<ConnectionState> ascending() {
        return switch (this) {
            case ID -> Comparator.comparingLong(ConnectionState::id);
            case REMOTE_ADDRESS -> Comparator.comparing(ConnectionState::remoteAddress);
            case AGE -> Comparator.comparing(ConnectionState::age);
            case IDLE -> Comparator.comparing(ConnectionState::idle);
            case BYTES_IN -> Comparator.comparingLong(ConnectionState::bytesIn);
            case BYTES_OUT -> Comparator.comparingLong(ConnectionState::bytesOut);
            case PENDING_BYTES -> Comparator.comparingLong(ConnectionState::pendingBytes);
        };
    }
}
