package io.millio.sample.rpc;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import tools.jackson.databind.JsonNode;

/** A dispatcher with methods for tests, without a transport. */
abstract class DispatcherFixture {
    private final AnnotationConfigApplicationContext context = with(Methods.class);

    @AfterEach
    void close() {
        context.close();
    }

    static AnnotationConfigApplicationContext with(Class<?>... methods) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.register(
                RpcJson.class, RequestReader.class, RpcFunctions.class, RpcDispatcher.class, KeyValueStore.class);
        context.register(methods);
        context.refresh();
        return context;
    }

    @Nullable
    String dispatch(byte[] message) throws Exception {
        byte[] answer = context.getBean(RpcDispatcher.class)
                .dispatch(ByteBuffer.wrap(message))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        return answer == null ? null : new String(answer, StandardCharsets.UTF_8);
    }

    @Nullable
    String dispatch(String message) throws Exception {
        return dispatch(message.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    /** A request with the id 1. */
    @Nullable
    String call(String method, String params) throws Exception {
        return dispatch("{'jsonrpc':'2.0','method':'" + method + "','params':" + params + ",'id':1}");
    }

    static String result(String json) {
        return "{\"jsonrpc\":\"2.0\",\"result\":" + json.replace('\'', '"') + ",\"id\":1}";
    }

    static class Methods {
        static final AtomicInteger CALLS = new AtomicInteger();

        Methods() {
            CALLS.set(0);
        }

        @RpcMethod
        int count() {
            return CALLS.incrementAndGet();
        }

        @RpcMethod
        void nothing() {}

        @RpcMethod
        JsonNode echo(@RpcParams JsonNode params) {
            return params;
        }

        @RpcMethod
        JsonNode json(JsonNode value) {
            return value;
        }

        @RpcMethod
        int number(int value) {
            return value;
        }

        @RpcMethod
        String optional(@Nullable String value) {
            return String.valueOf(value);
        }

        @RpcMethod
        String many(String... values) {
            return String.join(",", values);
        }

        @RpcMethod
        String after(String first, String... rest) {
            return first + String.join("", rest);
        }

        @RpcMethod
        int list(List<BigDecimal> values) {
            return values.stream().mapToInt(BigDecimal::intValueExact).max().orElse(0);
        }

        @RpcMethod
        CompletionStage<Integer> later(int value) {
            return CompletableFuture.supplyAsync(() -> value + 1);
        }

        @RpcMethod
        String large(int size) {
            return "x".repeat(size);
        }

        @RpcMethod
        void refuses() {
            throw new RpcException(7, "no", "because");
        }

        @RpcMethod
        void fails() {
            throw new IllegalStateException("secret");
        }

        @RpcMethod
        CompletionStage<Integer> failsLater() {
            return CompletableFuture.supplyAsync(() -> {
                throw new IllegalStateException("secret");
            });
        }

        @RpcMethod
        CompletionStage<Integer> busy() {
            throw new RejectedExecutionException("the NORMAL queue of 'compute' is full");
        }

        @RpcMethod
        Unwritable unwritable() {
            return new Unwritable();
        }
    }

    public static final class Unwritable {
        public String getSecret() {
            throw new IllegalStateException("secret");
        }
    }
}
