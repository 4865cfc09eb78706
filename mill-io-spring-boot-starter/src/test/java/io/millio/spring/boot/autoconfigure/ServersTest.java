package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.millio.loop.Event;
import io.millio.loop.EventHandler;
import io.millio.loop.Interest;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.context.MillChannelFactory;
import io.millio.spring.boot.context.MillServers;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@ExtendWith(OutputCaptureExtension.class)
class ServersTest {
    @ParameterizedTest
    @ValueSource(strings = {"workers", "direct"})
    void anAnnotatedBeanAnswersOnThePortThatTheSystemChose(String dispatch) {
        Runners.echo()
                .withPropertyValues("mill.servers.echo.dispatch=" + dispatch)
                .withBean(Handlers.EchoByToken.class)
                .run(context -> {
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                });
    }

    @Test
    void eachServerIsAnnouncedInTheLog(CapturedOutput output) {
        Runners.echo()
                .withPropertyValues(
                        "mill.servers.echo.dispatch=direct", "mill.servers.raw.token=2", "mill.servers.raw.port=0")
                .withBean(Handlers.Echo.class)
                .withBean(Handlers.RawGreeter.class)
                .run(context -> {
                    MillServers servers = context.getBean(MillServers.class);
                    assertThat(output)
                            .contains("Mill-IO server 'echo' listening on tcp 127.0.0.1:" + servers.port("echo")
                                    + " (token 1, DIRECT)")
                            .contains("Mill-IO server 'raw' listening on tcp 0.0.0.0:" + servers.port("raw")
                                    + " (all addresses, token 2, raw, WORKERS)");
                });
    }

    @Test
    void withoutAnAddressAllAddressesAreServed(CapturedOutput output) {
        Runners.plain()
                .withPropertyValues("mill.servers.echo.port=0")
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                    SocketAddress address = context.getBean(MillServers.class).localAddress("echo");
                    assertThat(((InetSocketAddress) address).getAddress().isAnyLocalAddress())
                            .isTrue();
                    assertThat(output).contains("(all addresses, no token, WORKERS)");
                });
    }

    @Test
    void framingCutsWhatTheHandlerGets() {
        Runners.echo()
                .withPropertyValues(
                        "mill.servers.echo.framing.type=delimiter", "mill.servers.echo.framing.delimiter=\\r\\n")
                .withBean(Counting.class)
                .run(context -> {
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.send("a\r\nbc\r\n").receive(4)).isEqualTo("<a><");
                        assertThat(client.receive(3)).isEqualTo("bc>");
                    }
                });
    }

    @Test
    void aServerIsFoundByNameAndNotByAnother() {
        Runners.echo().withBean(Handlers.Echo.class).run(context -> {
            MillServers servers = context.getBean(MillServers.class);
            assertThat(servers.names()).containsExactly("echo");
            assertThat(servers.server("echo").name()).isEqualTo("echo");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> servers.localAddress("ecko"))
                    .withMessage("there is no server 'ecko'; known are [echo]");
        });
    }

    @Test
    void aServerThatIsAskedForBeforeItIsBuiltSaysSo() {
        Runners.echo().withBean(Handlers.Echo.class).withBean(Hasty.class).run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure()).rootCause().hasMessageContaining("server 'echo' is not built yet");
        });
    }

    @Test
    void aDisabledServerStaysClosedAndItsHandlerIsLeftAlone() {
        Runners.echo()
                .withPropertyValues("mill.servers.echo.enabled=false")
                .withBean(Handlers.EchoByToken.class)
                .run(context ->
                        assertThat(context.getBean(MillServers.class).names()).isEmpty());
    }

    @Test
    void anEventHandlerGetsTheReadinessOfTheListeningChannel() {
        Runners.plain()
                .withPropertyValues(
                        "mill.servers.raw.address=127.0.0.1", "mill.servers.raw.port=0", "mill.servers.raw.token=7")
                .withBean(Handlers.RawGreeter.class)
                .run(context -> {
                    try (Client client = Client.of(context, "raw")) {
                        assertThat(client.receiveAll()).isEqualTo("hello");
                    }
                    assertThatIllegalStateException()
                            .isThrownBy(() -> context.getBean(MillServers.class).server("raw"))
                            .withMessageContaining("EventHandler");
                });
    }

    @Test
    void anEventHandlerGetsTheReadinessOfAFactorysChannel() {
        Runners.plain().withUserConfiguration(Datagrams.class).run(context -> {
            try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                socket.setSoTimeout(20_000);
                SocketAddress peer = context.getBean(Datagrams.class).bound.get();
                socket.send(new DatagramPacket(new byte[] {1, 2, 3}, 3, peer));
                DatagramPacket answer = new DatagramPacket(new byte[16], 16);
                socket.receive(answer);
                assertThat(answer.getLength()).isEqualTo(3);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aProxiedHandlerIsCalledThroughItsProxy(boolean byClass) {
        AtomicInteger calls = new AtomicInteger();
        Runners.echo()
                .withBean("counter", MethodInterceptor.class, () -> invocation -> {
                    calls.incrementAndGet();
                    return invocation.proceed();
                })
                .withBean(BeanNameAutoProxyCreator.class, () -> proxies(byClass))
                .withUserConfiguration(ByFactoryMethod.class)
                .run(context -> {
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                    assertThat(calls).hasPositiveValue();
                });
    }

    @Test
    void lazyInitialisationChangesNothing() {
        Runners.echo()
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    try (Client client = Client.of(context, "echo")) {
                        assertThat(client.echo("hello")).isEqualTo("hello");
                    }
                });
    }

    private static BeanNameAutoProxyCreator proxies(boolean byClass) {
        BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
        creator.setBeanNames("proxied*");
        creator.setInterceptorNames("counter");
        creator.setProxyTargetClass(byClass);
        return creator;
    }

    @Configuration(proxyBeanMethods = false)
    static class ByFactoryMethod {
        @Bean
        ConnectionHandler proxiedEcho() {
            return new Handlers.Echo();
        }
    }

    @MillHandler(server = "echo")
    static class Counting implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer frame) {
            String text = "<" + StandardCharsets.UTF_8.decode(frame) + ">";
            connection.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    static class Hasty {
        Hasty(MillServers servers) {
            servers.server("echo");
        }
    }

    @Configuration
    static class Datagrams {
        final AtomicReference<SocketAddress> bound = new AtomicReference<>();

        @Bean
        MillChannelFactory datagrams() {
            return MillChannelFactory.of(9, Interest.READABLE, () -> {
                DatagramChannel channel =
                        DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                bound.set(channel.getLocalAddress());
                return channel;
            });
        }

        @Bean
        DatagramEcho datagramEcho() {
            return new DatagramEcho();
        }
    }

    @MillHandler(token = 9)
    static class DatagramEcho implements EventHandler {
        @Override
        public void onEvent(Event event) throws IOException {
            if (event.isClosed()) {
                return;
            }
            ByteBuffer buffer = ByteBuffer.allocate(64);
            DatagramChannel channel = (DatagramChannel) event.channel();
            SocketAddress peer = channel.receive(buffer);
            if (peer != null) {
                channel.send(buffer.flip(), peer);
            }
        }
    }
}
