package io.millio.sample.rpc;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One request of a message. Immutable, for any thread.
 *
 * @param id as JSON, digit by digit as it came; null for a notification
 * @param method null if the request is invalid
 * @param params an array or an object; null if there are none
 * @param invalid why it is no request, or null if it is one
 */
record RpcRequest(
        @Nullable String id,
        @Nullable String method,
        @Nullable JsonNode params,
        @Nullable RpcException invalid) {
    static final String NULL_ID = "null";

    static RpcRequest invalid(@Nullable String id, @Nullable String why) {
        return new RpcRequest(id == null ? NULL_ID : id, null, null, RpcException.invalidRequest(why));
    }
}
