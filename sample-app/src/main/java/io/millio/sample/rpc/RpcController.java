package io.millio.sample.rpc;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The same over HTTP: a message a request. Called by the threads of the web server. */
@RestController
class RpcController {
    private final RpcDispatcher dispatcher;

    RpcController(RpcDispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    /**
     * 200 with the answer, errors of the protocol included, 204 if there is none, 413 above the limit; other types of content are 415
     * by the mapping, which also keeps the forms of strange web pages out.
     */
    @PostMapping(path = "/rpc", consumes = MediaType.APPLICATION_JSON_VALUE)
    CompletionStage<ResponseEntity<byte[]>> answer(HttpServletRequest request) throws IOException {
        byte[] body = request.getContentLengthLong() > RpcLimits.MESSAGE
                ? null
                : request.getInputStream().readNBytes(RpcLimits.MESSAGE + 1);
        if (body == null || body.length > RpcLimits.MESSAGE) {
            return CompletableFuture.completedFuture(
                    ResponseEntity.status(HttpStatus.CONTENT_TOO_LARGE).build());
        }
        return dispatcher.dispatch(ByteBuffer.wrap(body)).thenApply(RpcController::response);
    }

    private static ResponseEntity<byte[]> response(byte @Nullable [] answer) {
        return answer == null
                ? ResponseEntity.noContent().build()
                : ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(answer);
    }
}
