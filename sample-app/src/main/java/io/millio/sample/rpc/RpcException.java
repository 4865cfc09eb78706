package io.millio.sample.rpc;

import org.jspecify.annotations.Nullable;

/**
 * An error as the caller gets it: everything in it leaves the process. Immutable, for any thread; it has no stack trace, for it is an
 * answer and not a defect.
 */
public final class RpcException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int RESERVED_FROM = -32768;
    private static final int RESERVED_TO = -32100;

    private final int code;
    private final @Nullable String data;

    /**
     * An error of the application.
     *
     * @param code outside -32768 to -32100, which the protocol keeps for itself
     * @param message a short sentence
     * @param data what else the caller may know, or null
     * @throws IllegalArgumentException if the code is reserved
     */
    public RpcException(int code, String message, @Nullable String data) {
        this(message, data, code);
        if (code >= RESERVED_FROM && code <= RESERVED_TO) {
            throw new IllegalArgumentException("code " + code + " is reserved by JSON-RPC; take one outside "
                    + RESERVED_FROM + " to " + RESERVED_TO);
        }
    }

    private RpcException(String message, @Nullable String data, int code) {
        super(message, null, false, false);
        this.code = code;
        this.data = data;
    }

    static RpcException parseError(@Nullable String data) {
        return new RpcException("Parse error", data, -32700);
    }

    static RpcException invalidRequest(@Nullable String data) {
        return new RpcException("Invalid Request", data, -32600);
    }

    static RpcException methodNotFound() {
        return new RpcException("Method not found", null, -32601);
    }

    static RpcException invalidParams(String data) {
        return new RpcException("Invalid params", data, -32602);
    }

    static RpcException internalError() {
        return new RpcException("Internal error", null, -32603);
    }

    static RpcException busy() {
        return new RpcException("Server busy", "too much is being computed; call again later", -32000);
    }

    static RpcException answerTooLarge() {
        return new RpcException("Answer too large", "an answer has at most " + RpcLimits.MESSAGE + " bytes", -32001);
    }

    /** The code of the error. */
    public int code() {
        return code;
    }

    /** What else the caller may know, or null. */
    public @Nullable String data() {
        return data;
    }
}
