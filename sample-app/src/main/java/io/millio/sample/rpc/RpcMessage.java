package io.millio.sample.rpc;

import java.util.List;

/**
 * What came in one line or one HTTP request. Immutable, for any thread.
 *
 * @param batch whether the answers go into an array
 */
record RpcMessage(List<RpcRequest> requests, boolean batch) {
    RpcMessage {
        requests = List.copyOf(requests);
    }
}
