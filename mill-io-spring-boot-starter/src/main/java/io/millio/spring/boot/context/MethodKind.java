package io.millio.spring.boot.context;

import io.millio.spring.boot.annotation.MillClose;
import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.annotation.MillOpen;
import java.lang.annotation.Annotation;

/** The annotations for methods, and the shapes that such methods may have. */
enum MethodKind {
    HANDLER(
            MillHandler.class,
            "Connection, SocketAddress, and one of ByteBuffer, byte[], String or a type that a PayloadConverter bean reads (JSON, with"
                    + " Jackson 3 on the class path)",
            "void, ByteBuffer, byte[], String, a type that a PayloadConverter bean writes, or a CompletionStage of one of these"),
    DATAGRAM(
            MillHandler.class,
            "for a server of transport udp UdpEndpoint, SocketAddress (the sender's), and one of ByteBuffer, byte[], String or a type that"
                    + " a PayloadConverter bean reads (JSON, with Jackson 3 on the class path)",
            "void, ByteBuffer, byte[], String, a type that a PayloadConverter bean writes, or a CompletionStage of one of these"),
    OPEN(
            MillOpen.class,
            "Connection and SocketAddress",
            "void, ByteBuffer, byte[], String or a type that a PayloadConverter bean writes"),
    CLOSE(MillClose.class, "Connection, SocketAddress and CloseReason", "void"),
    EXCEPTION(
            MillExceptionHandler.class,
            "a type of Throwable, Connection and SocketAddress",
            "void, ByteBuffer, byte[], String or a type that a PayloadConverter bean writes");

    private final Class<? extends Annotation> annotation;
    private final String parameters;
    private final String results;

    MethodKind(Class<? extends Annotation> annotation, String parameters, String results) {
        this.annotation = annotation;
        this.parameters = parameters;
        this.results = results;
    }

    /** Whether such methods are given what peers send. */
    boolean handles() {
        return annotation == MillHandler.class;
    }

    Class<? extends Annotation> annotation() {
        return annotation;
    }

    /** What to write instead of a signature that cannot work. */
    String shapes() {
        return "Write a method that is neither private nor static. Parameters of @" + annotation.getSimpleName()
                + " methods, each at most once and in any order, may be " + parameters + "; they may return " + results
                + ".";
    }
}
