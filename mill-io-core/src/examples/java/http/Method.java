package http;

/** The methods between which the parser distinguishes. Constants. */
enum Method {
    GET,
    HEAD,
    /** The only one with a target of the form {@code *}. */
    OPTIONS,
    /** The only one with a target of the form {@code host:port}. */
    CONNECT,
    OTHER;

    /** Methods are case-sensitive. */
    static Method of(String name) {
        return switch (name) {
            case "GET" -> GET;
            case "HEAD" -> HEAD;
            case "OPTIONS" -> OPTIONS;
            case "CONNECT" -> CONNECT;
            default -> OTHER;
        };
    }

    boolean isServed() {
        return this == GET || this == HEAD;
    }
}
