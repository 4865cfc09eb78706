package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millio.net.CloseReason;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.spring.boot.annotation.MillAdvice;
import io.millio.spring.boot.annotation.MillClose;
import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.annotation.MillOpen;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Runners;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.beans.BeanUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ResolvableType;

@ExtendWith(OutputCaptureExtension.class)
class MethodHandlerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static ApplicationContextRunner with(Class<?> handler) {
        return Runners.lines().withBean("handler", handler);
    }

    /** Sends and receives a line. */
    private static String answer(Client client, String line, int length) throws Exception {
        return client.send(line + "\n").receive(length);
    }

    @Test
    void textComesInAndGoesOutAsALine() {
        with(Greeter.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("wörld\n").receive(14)).isEqualTo("hello, wörld\n");
            }
        });
    }

    @Test
    void parametersAreGivenByTypeInAnyOrder() {
        with(Everything.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("x\n").receive(12)).isEqualTo("x:true:true\n");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"workers", "direct"})
    void aBorrowedBufferMayBeReturned(String dispatch) {
        with(Buffers.class)
                .withPropertyValues("mill.servers.lines.dispatch=" + dispatch)
                .run(context -> {
                    try (Client client = Client.of(context, "lines")) {
                        assertThat(client.echo("abc\n")).isEqualTo("abc\n");
                        assertThat(client.echo("def\n")).isEqualTo("def\n");
                    }
                });
    }

    @Test
    void withoutFramingBytesComeAsTheyDo() {
        Runners.echo().withBean("handler", Bytes.class).run(context -> {
            try (Client client = Client.of(context, "echo")) {
                assertThat(client.echo("abc")).isEqualTo("abc");
            }
        });
    }

    @Test
    void voidAndNullSendNothing() {
        with(Silent.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("a\nquiet\nb\n").receive(4)).isEqualTo("a\nb\n");
            }
        });
    }

    @Test
    void payloadsAreJsonWithTheirGenericTypes() {
        with(Json.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                String reply = "{\"names\":{\"a\":2,\"b\":1}}\n";
                assertThat(answer(client, "[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"a\"}]", reply.length()))
                        .isEqualTo(reply);
            }
        });
    }

    @Test
    void aConverterOfTheApplicationsOwnComesBeforeJson() {
        with(Json.class).withBean(Fixed.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(answer(client, "whatever", 6)).isEqualTo("fixed\n");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theMethodIsCalledThroughTheProxyOfItsBean(boolean byClass) {
        AtomicInteger calls = new AtomicInteger();
        with(byClass ? Greeter.class : GreeterByContract.class)
                .withBean("counter", MethodInterceptor.class, () -> invocation -> {
                    calls.incrementAndGet();
                    return invocation.proceed();
                })
                .withBean(BeanNameAutoProxyCreator.class, () -> {
                    BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
                    creator.setBeanNames("handler");
                    creator.setInterceptorNames("counter");
                    creator.setProxyTargetClass(byClass);
                    return creator;
                })
                .run(context -> {
                    try (Client client = Client.of(context, "lines")) {
                        assertThat(answer(client, "you", 11)).isEqualTo("hello, you\n");
                    }
                    assertThat(calls).hasValue(1);
                });
    }

    @Test
    void openAndCloseAreCalledOnceForEachConnectionAndAdviceAroundThem() {
        with(Polite.class).withBean(Auditor.class).run(context -> {
            Auditor auditor = context.getBean(Auditor.class);
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.receive(8)).isEqualTo("welcome\n");
                assertThat(client.echo("x\n")).isEqualTo("x\n");
            }
            await().atMost(PATIENCE).until(() -> auditor.seen.contains("close PEER"));
            assertThat(auditor.seen).containsExactly("open", "close PEER");
            assertThat(context.getBean(Polite.class).seen).containsExactly("open", "close");
        });
    }

    @Test
    void adviceForAnotherServerIsNotAsked() {
        with(Polite.class)
                .withPropertyValues("mill.servers.other.enabled=false")
                .withBean(OtherAuditor.class)
                .run(context -> {
                    try (Client client = Client.of(context, "lines")) {
                        assertThat(client.receive(8)).isEqualTo("welcome\n");
                    }
                    await().atMost(PATIENCE)
                            .until(() -> context.getBean(Polite.class).seen.contains("close"));
                    assertThat(context.getBean(OtherAuditor.class).seen).isEmpty();
                });
    }

    @Test
    void theNearestExceptionHandlerAnswersAndTheConnectionStaysOpen() {
        with(Failing.class).withBean(Fallback.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(answer(client, "NumberFormatException", 4)).isEqualTo("own\n");
                assertThat(answer(client, "ArithmeticException", 9)).isEqualTo("fallback\n");
                assertThat(answer(client, "IllegalStateException", 7)).isEqualTo("silent\n");
                assertThat(context.getBean(MillServers.class)
                                .server("lines")
                                .stats()
                                .handlerErrors())
                        .isEmpty();
            }
        });
    }

    @Test
    void aPayloadThatCannotBeReadGoesToTheExceptionHandler() {
        with(Json.class).withBean(Fallback.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(answer(client, "{", 9)).isEqualTo("fallback\n");
            }
        });
    }

    @Test
    void anExceptionThatNobodyHandlesClosesItsConnectionAndIsCountedAsItself() {
        with(Failing.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("ArithmeticException\n").receiveAll()).isEmpty();
            }
            assertThat(context.getBean(MillServers.class)
                            .server("lines")
                            .stats()
                            .handlerErrors())
                    .containsEntry("ArithmeticException", 1L);
        });
    }

    @ParameterizedTest
    @ValueSource(classes = {CountingMethods.class, CountingHandler.class})
    void aPrototypeServesOneConnectionAndIsDestroyedAfterIt(Class<?> type) {
        Counted.made.set(0);
        Counted.destroyed.set(0);
        prototype(type.asSubclass(Counted.class)).run(context -> {
            assertThat(Counted.made).hasValue(0);
            try (Client one = Client.of(context, "lines");
                    Client two = Client.of(context, "lines")) {
                assertThat(one.send("x\nx\n").receive(4)).isEqualTo("1\n2\n");
                assertThat(two.send("x\n").receive(2)).isEqualTo("1\n");
            }
            assertThat(Counted.made).hasValue(2);
            await().atMost(PATIENCE).until(() -> Counted.destroyed.get() == 2);
        });
    }

    private static <T extends Counted> ApplicationContextRunner prototype(Class<T> type) {
        return Runners.lines().withBean("handler", type, () -> BeanUtils.instantiateClass(type), definition -> {
            definition.setScope("prototype");
            definition.setDestroyMethodName("destroy");
        });
    }

    @Test
    void aFactoryMakesAHandlerForEachConnection() {
        Runners.lines().withUserConfiguration(Factory.class).run(context -> {
            try (Client one = Client.of(context, "lines");
                    Client two = Client.of(context, "lines")) {
                assertThat(one.send("x\nx\n").receive(4)).isEqualTo("1\n2\n");
                assertThat(two.send("x\n").receive(2)).isEqualTo("1\n");
            }
        });
    }

    /** Nobody destroys these: whoever asks a provider for a prototype owns it. */
    @Test
    void aFactoryMayTakePrototypesFromAProvider() {
        Counted.made.set(0);
        prototype(UnnamedHandler.class)
                .withUserConfiguration(ProvidingFactory.class)
                .run(context -> {
                    try (Client one = Client.of(context, "lines");
                            Client two = Client.of(context, "lines")) {
                        assertThat(one.send("x\nx\n").receive(4)).isEqualTo("1\n2\n");
                        assertThat(two.send("x\n").receive(2)).isEqualTo("1\n");
                    }
                    assertThat(Counted.made).hasValue(2);
                });
    }

    @ParameterizedTest
    @ValueSource(classes = {CountingMethods.class, CountingHandler.class})
    void aPrototypeIsDestroyedWithItsConnectionWhenTheContextCloses(Class<?> type) throws Exception {
        Counted.made.set(0);
        Counted.destroyed.set(0);
        List<Client> open = new ArrayList<>();
        prototype(type.asSubclass(Counted.class))
                .withPropertyValues("mill.servers.lines.socket.linger=50ms")
                .run(context -> {
                    open.add(Client.of(context, "lines"));
                    assertThat(open.get(0).send("x\n").receive(2)).isEqualTo("1\n");
                    assertThat(Counted.destroyed).hasValue(0);
                });
        assertThat(Counted.made).hasValue(1);
        await().atMost(PATIENCE).until(() -> Counted.destroyed.get() == 1);
        open.get(0).close();
    }

    @Test
    void theClassNamesTheServerForItsMethods() {
        with(NamedByClass.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.echo("abc\n")).isEqualTo("abc\n");
            }
        });
    }

    static class Greeter {
        @MillHandler(server = "lines")
        String greet(String name) {
            return "hello, " + name;
        }
    }

    interface GreeterContract {
        String greet(String name);
    }

    static class GreeterByContract implements GreeterContract {
        @Override
        @MillHandler(server = "lines")
        public String greet(String name) {
            return "hello, " + name;
        }
    }

    static class Everything {
        @MillHandler(server = "lines")
        public String all(SocketAddress peer, byte[] data, Connection connection) {
            return new String(data, StandardCharsets.UTF_8) + ":" + connection.isOpen() + ":"
                    + peer.equals(connection.remoteAddress());
        }
    }

    static class Buffers {
        @MillHandler(server = "lines")
        ByteBuffer echo(ByteBuffer data) {
            return data;
        }
    }

    static class Bytes {
        @MillHandler(token = 1)
        byte[] echo(byte[] data) {
            return data;
        }
    }

    static class Silent {
        @MillHandler(server = "lines")
        String some(String line) {
            return line.equals("quiet") ? null : line;
        }
    }

    record Named(String name) {}

    record Counts(Map<String, Integer> names) {}

    static class Json {
        @MillHandler(server = "lines")
        Counts count(List<Named> all) {
            Map<String, Integer> counts = new TreeMap<>();
            all.forEach(one -> counts.merge(one.name(), 1, Integer::sum));
            return new Counts(counts);
        }
    }

    static class Fixed implements PayloadConverter {
        @Override
        public boolean supports(ResolvableType type) {
            return true;
        }

        @Override
        public Object read(ByteBuffer frame, ResolvableType type) {
            return List.of();
        }

        @Override
        public ByteBuffer write(Object value, ResolvableType type) {
            return ByteBuffer.wrap("fixed".getBytes(StandardCharsets.UTF_8));
        }
    }

    static class Polite {
        final Queue<String> seen = new ConcurrentLinkedQueue<>();

        @MillOpen
        String open() {
            seen.add("open");
            return "welcome";
        }

        @MillHandler(server = "lines")
        String echo(String line) {
            return line;
        }

        @MillClose
        void close() {
            seen.add("close");
        }
    }

    @MillAdvice
    static class Auditor {
        final Queue<String> seen = new ConcurrentLinkedQueue<>();

        @MillOpen
        void open(Connection connection) {
            seen.add("open");
        }

        @MillClose
        void close(CloseReason reason) {
            seen.add("close " + reason);
        }
    }

    @MillAdvice(servers = "other")
    static class OtherAuditor extends Auditor {}

    static class Failing {
        @MillHandler(server = "lines")
        String fail(String type) throws Exception {
            throw (Exception)
                    Class.forName("java.lang." + type).getConstructor().newInstance();
        }

        @MillExceptionHandler
        String own(IllegalArgumentException thrown) {
            return "own";
        }

        @MillExceptionHandler(IllegalStateException.class)
        void silent(Connection connection) {
            connection.writeFrame(ByteBuffer.wrap("silent".getBytes(StandardCharsets.UTF_8)));
        }
    }

    @MillAdvice
    static class Fallback {
        @MillExceptionHandler
        String all(RuntimeException thrown) {
            return "fallback";
        }
    }

    abstract static class Counted {
        static final AtomicInteger made = new AtomicInteger();
        static final AtomicInteger destroyed = new AtomicInteger();
        int calls;

        Counted() {
            made.incrementAndGet();
        }

        public void destroy() {
            destroyed.incrementAndGet();
        }
    }

    static class CountingMethods extends Counted {
        @MillHandler(server = "lines")
        String count(String line) {
            calls++;
            return Integer.toString(calls);
        }
    }

    @MillHandler(server = "lines")
    static class CountingHandler extends UnnamedHandler {}

    static class UnnamedHandler extends Counted implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            calls++;
            connection.writeFrame(ByteBuffer.wrap(new byte[] {(byte) ('0' + calls)}));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ProvidingFactory {
        @Bean
        @MillHandler(server = "lines")
        ConnectionHandlerFactory factory(ObjectProvider<UnnamedHandler> handlers) {
            return handlers::getObject;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Factory {
        @Bean
        @MillHandler(server = "lines")
        ConnectionHandlerFactory factory() {
            return CountingHandler::new;
        }
    }

    @MillHandler(server = "lines")
    static class NamedByClass {
        @MillHandler
        String echo(String line) {
            return line;
        }
    }
}
