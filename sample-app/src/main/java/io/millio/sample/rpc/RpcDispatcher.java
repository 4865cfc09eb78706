package io.millio.sample.rpc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/**
 * JSON-RPC 2.0 without a transport: a message in, an answer out, or none. For any thread; the methods are called on the one that brings
 * the message, in the order of a batch, and a method that returns a stage lets the next begin.
 */
@Component
class RpcDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(RpcDispatcher.class);

    private final RequestReader reader;
    private final RpcFunctions functions;
    private final RpcJson json;

    RpcDispatcher(RequestReader reader, RpcFunctions functions, RpcJson json) {
        this.reader = reader;
        this.functions = functions;
        this.json = json;
    }

    /**
     * Does not throw, and the stage does not fail.
     *
     * @param message lent for the length of the call
     * @return the answer, of at most {@link RpcLimits#MESSAGE} bytes and without a line break; null if there is none, as for notifications
     */
    CompletionStage<byte @Nullable []> dispatch(ByteBuffer message) {
        RpcMessage read;
        try {
            read = reader.read(message);
        } catch (RpcException e) {
            return CompletableFuture.<byte @Nullable []>completedFuture(json.error(RpcRequest.NULL_ID, e));
        }
        List<Answer> answers = new ArrayList<>();
        for (RpcRequest request : read.requests()) {
            CompletionStage<byte[]> answer = answer(request);
            if (request.id() != null) {
                answers.add(new Answer(request.id(), answer.toCompletableFuture()));
            }
        }
        return CompletableFuture.allOf(answers.stream().map(Answer::bytes).toArray(CompletableFuture[]::new))
                .<byte @Nullable []>thenApply(unused -> read.batch() ? join(answers) : single(answers));
    }

    private CompletionStage<byte[]> answer(RpcRequest request) {
        String id = Objects.requireNonNullElse(request.id(), RpcRequest.NULL_ID);
        CompletionStage<?> result;
        try {
            Object value = call(request);
            result = value instanceof CompletionStage<?> stage ? stage : CompletableFuture.completedStage(value);
        } catch (Throwable t) {
            result = CompletableFuture.failedStage(t);
        }
        return result.handle(
                (value, thrown) -> thrown == null ? result(request, id, value) : error(request, id, thrown));
    }

    private @Nullable Object call(RpcRequest request) throws Throwable {
        if (request.invalid() != null) {
            throw request.invalid();
        }
        RpcFunction function = functions.find(Objects.requireNonNull(request.method()));
        if (function == null) {
            throw RpcException.methodNotFound();
        }
        return function.call(request.params());
    }

    private byte[] result(RpcRequest request, String id, @Nullable Object value) {
        try {
            return json.result(id, value);
        } catch (JacksonException e) {
            return error(request, id, e);
        }
    }

    private byte[] error(RpcRequest request, String id, Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof RpcException error) {
            return json.error(id, error);
        }
        if (cause instanceof RejectedExecutionException) {
            return json.error(id, RpcException.busy());
        }
        LOG.error("Method '{}' failed; the caller is told of an internal error", request.method(), cause);
        return json.error(id, RpcException.internalError());
    }

    private byte @Nullable [] single(List<Answer> answers) {
        return answers.isEmpty() ? null : answers.get(0).within(RpcLimits.MESSAGE, json);
    }

    /** What does not fit gives way to an error, which is short; each answer leaves room for the errors of those after it. */
    private byte @Nullable [] join(List<Answer> answers) {
        if (answers.isEmpty()) {
            return null;
        }
        int reserved = 2;
        for (Answer answer : answers) {
            reserved += 1 + answer.refusal(json).length;
        }
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (Answer answer : answers) {
            joined.write(joined.size() == 0 ? '[' : ',');
            int refusal = answer.refusal(json).length;
            joined.writeBytes(answer.within(RpcLimits.MESSAGE - joined.size() - reserved + refusal, json));
            reserved -= 1 + refusal;
        }
        joined.write(']');
        return joined.toByteArray();
    }

    /** An answer with the id of its request; complete before it is asked for its bytes. */
    private record Answer(String id, CompletableFuture<byte[]> bytes) {
        byte[] within(int room, RpcJson json) {
            byte[] full = bytes.join();
            return full.length <= room ? full : refusal(json);
        }

        byte[] refusal(RpcJson json) {
            return json.error(id, RpcException.answerTooLarge());
        }
    }
}
