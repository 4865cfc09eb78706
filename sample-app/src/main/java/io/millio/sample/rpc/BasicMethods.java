package io.millio.sample.rpc;

import io.millio.loop.EventLoop;
import io.millio.work.Priority;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** What can be called: bean methods that know nothing of the protocol. Without state, called by any number of threads at once. */
@Component
class BasicMethods {
    private static final int MOST = 10_000_000;

    private final EventLoop loop;

    BasicMethods(EventLoop loop) {
        this.loop = loop;
    }

    @RpcMethod
    String ping() {
        return "pong";
    }

    @RpcMethod
    JsonNode echo(@RpcParams JsonNode params) {
        return params;
    }

    @RpcMethod
    BigDecimal add(BigDecimal a, BigDecimal b) {
        return a.add(b);
    }

    @RpcMethod
    BigDecimal subtract(BigDecimal minuend, BigDecimal subtrahend) {
        return minuend.subtract(subtrahend);
    }

    @RpcMethod
    BigDecimal sum(BigDecimal... values) {
        return Stream.of(values).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** In ISO-8601. */
    @RpcMethod
    Instant getTime() {
        return Instant.now();
    }

    /** The slow one: it would hold up a worker, so it runs on the compute pool, which has a bounded queue. */
    @RpcMethod
    CompletionStage<Integer> countPrimes(int below) {
        if (below < 0 || below > MOST) {
            throw RpcException.invalidParams("'below' is from 0 to " + MOST);
        }
        return loop.compute().submit(Priority.NORMAL, () -> primes(below)).result();
    }

    private static int primes(int below) {
        BitSet composite = new BitSet(below);
        int count = 0;
        for (int candidate = 2; candidate < below; candidate++) {
            if (!composite.get(candidate)) {
                count++;
                for (long multiple = (long) candidate * candidate; multiple < below; multiple += candidate) {
                    composite.set((int) multiple);
                }
            }
        }
        return count;
    }

    /** The specification's examples tell it things that way. */
    @RpcMethod
    void update(@RpcParams JsonNode params) {}

    @RpcMethod("notify_hello")
    void notifyHello(@RpcParams JsonNode params) {}

    @RpcMethod("notify_sum")
    void notifySum(BigDecimal... values) {}

    @RpcMethod("get_data")
    List<Object> getData() {
        return List.of("hello", 5);
    }
}
