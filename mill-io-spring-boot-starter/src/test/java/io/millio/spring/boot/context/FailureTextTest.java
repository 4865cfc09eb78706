package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.Event;
import io.millio.loop.EventHandler;
import io.millio.loop.EventLoop;
import io.millio.loop.Interest;
import io.millio.loop.Token;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class FailureTextTest {
    private static final String KNOWN = "Known: server 'echo' (mill.servers.echo.token = 1).";

    @Test
    void aHandlerThatNamesNeitherServerNorTokenIsShownWhatThereIs() {
        FailureAnalysis failure = Failures.of(Runners.echo().withBean("aimless", Handlers.Aimless.class));
        assertThat(failure.getDescription())
                .isEqualTo(
                        "The @MillHandler bean 'aimless' (io.millio.spring.boot.testkit.Handlers$Aimless) names neither a"
                                + " server nor a token. " + KNOWN);
        assertThat(failure.getAction()).contains("@MillHandler(server = \"...\") or @MillHandler(token = ...)");
    }

    @Test
    void aHandlerOfAnUnknownServerIsShownWhatThereIs() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.old.enabled=false")
                .withBean("greeter", Handlers.RawGreeter.class));
        assertThat(failure.getDescription())
                .contains("bean 'greeter'", "names server 'raw', which is not configured.")
                .endsWith("Known: server 'echo' (mill.servers.echo.token = 1), server 'old' (no mill.servers.old.token,"
                        + " disabled).");
        assertThat(failure.getAction()).contains("mill.servers.raw.port");
    }

    @Test
    void aHandlerOfAnUnknownTokenIsShownWhatThereIs() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.token=99")
                .withBean("echo", Handlers.EchoByToken.class)
                .withBean("pings", MillChannelFactory.class, FailureTextTest::datagrams));
        assertThat(failure.getDescription())
                .contains("bean 'echo'", "names token 1, which no server and no MillChannelFactory has.")
                .endsWith("Known: server 'echo' (mill.servers.echo.token = 99), channel of bean 'pings' (token 9).");
        assertThat(failure.getAction()).contains("set the token of its server to 1");
    }

    @Test
    void withoutAnyServerTheTextSaysSo() {
        FailureAnalysis failure = Failures.of(Runners.plain().withBean("echo", Handlers.Echo.class));
        assertThat(failure.getDescription()).endsWith("No server is configured below mill.servers.");
    }

    @Test
    void aTokenBelowZeroIsRefused() {
        FailureAnalysis failure = Failures.of(Runners.echo().withBean("echo", Handlers.BadToken.class));
        assertThat(failure.getDescription()).contains("bean 'echo'", "names token -7. " + KNOWN);
        assertThat(failure.getAction()).isEqualTo("Use a token of 0 or greater.");
    }

    @Test
    void serverAndTokenThatDisagreeAreRefused() {
        FailureAnalysis failure = Failures.of(Runners.echo().withBean("echo", Handlers.Contradictory.class));
        assertThat(failure.getDescription())
                .contains("names server 'echo' and token 2, which are not the same. " + KNOWN);
        assertThat(failure.getAction()).contains("mill.servers.echo.token=2");
    }

    @Test
    void aServerWithoutHandlerIsNamed() {
        FailureAnalysis failure = Failures.of(Runners.echo());
        assertThat(failure.getDescription()).isEqualTo("Server 'echo' has no handler.");
        assertThat(failure.getAction()).contains("@MillHandler(server = \"echo\")", "mill.servers.echo.enabled=false");
    }

    @Test
    void twoHandlersOfOneServerAreBothNamed() {
        FailureAnalysis failure = Failures.of(
                Runners.echo().withBean("first", Handlers.Echo.class).withBean("second", Handlers.SecondEcho.class));
        assertThat(failure.getDescription())
                .contains("Server 'echo' has two handlers", "bean 'first'", "bean 'second'", "Handlers$SecondEcho");
        assertThat(failure.getAction()).contains("Keep one of them");
    }

    @Test
    void twoHandlersOfOneTokenAreBothNamed() {
        FailureAnalysis failure = Failures.of(
                Runners.echo().withBean("first", Handlers.Echo.class).withBean("second", Handlers.EchoByToken.class));
        assertThat(failure.getDescription()).contains("two handlers", "bean 'first'", "bean 'second'");
    }

    @Test
    void aHandlerOfNoSuitableTypeIsToldTheTypes() {
        FailureAnalysis failure = Failures.of(Runners.echo().withBean("stray", Handlers.NoHandler.class));
        assertThat(failure.getDescription())
                .contains(
                        "bean 'stray'",
                        "implements neither io.millio.net.ConnectionHandler nor"
                                + " io.millio.spring.boot.context.ConnectionHandlerFactory nor io.millio.net.DatagramHandler nor"
                                + " io.millio.loop.EventHandler nor io.millio.watch.FileWatchHandler.");
        assertThat(failure.getAction()).contains("ConnectionHandler for the connections", "EventHandler for the bare");
    }

    @Test
    void aHandlerOfBothTypesIsToldToChoose() {
        FailureAnalysis failure = Failures.of(Runners.echo().withBean("both", Handlers.Both.class));
        assertThat(failure.getDescription()).contains("bean 'both'", "implements both");
        assertThat(failure.getAction()).contains("exactly one");
    }

    @Test
    void aProxyThatHidesTheTypeIsNamedAsTheCause() {
        FailureAnalysis failure =
                Failures.of(Runners.echo().withBean("hidden", Hidden.class).withBean(HidingProxies.class));
        assertThat(failure.getDescription())
                .contains("bean 'hidden'", "FailureTextTest$Hidden", "implements neither", "as its proxy shows it");
    }

    @Test
    void aPortInUseIsNamedWithItsPropertyAndAddress() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            FailureAnalysis failure = Failures.of(Runners.echo()
                    .withPropertyValues("mill.servers.echo.port=" + taken.getLocalPort())
                    .withBean(Handlers.Echo.class));
            assertThat(failure.getDescription())
                    .contains(
                            "Server 'echo' cannot listen on tcp 127.0.0.1:" + taken.getLocalPort(),
                            "mill.servers.echo.port",
                            "the port is in use");
            assertThat(failure.getAction()).contains("set mill.servers.echo.port to another port");
        }
    }

    @Test
    void aPortInUseIsNamedForAListeningChannelToo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            FailureAnalysis failure = Failures.of(
                    raw("mill.servers.raw.address=0.0.0.0", "mill.servers.raw.port=" + taken.getLocalPort()));
            assertThat(failure.getDescription())
                    .contains("Server 'raw'", "as mill.servers.raw.port demands: the port is in use");
        }
    }

    @Test
    void anAddressOfAnotherMachineIsToldFromAPortInUse() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.address=192.0.2.1")
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription())
                .contains("192.0.2.1:0", "mill.servers.echo.address", "belongs to no network interface");
        assertThat(failure.getAction()).contains("remove it to listen on all");
    }

    /** Which ports need a privilege, and who has it, is the system's affair; its answer is always the same. */
    @Test
    void aPortThatNeedsAPrivilegeIsToldFromAPortInUse() {
        ServerDefinition server = new ServerDefinition("echo", null, false, null);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 80);
        RuntimeException failure = BindFailure.explain(
                server, "tcp", address, new UncheckedIOException(new BindException("Permission denied")));
        assertThat(failure).isInstanceOfSatisfying(MillStartException.class, explained -> {
            assertThat(explained.description())
                    .isEqualTo("Server 'echo' cannot listen on tcp 127.0.0.1:80, as mill.servers.echo.port and"
                            + " mill.servers.echo.address demand: the process has no permission to open a port below 1024"
                            + " (Permission denied).");
            assertThat(explained.action()).contains("1024 or greater", "CAP_NET_BIND_SERVICE");
        });
    }

    @Test
    void moreConnectionsThanFilesAreRefusedIfTheyWereAskedFor() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.max-connections=500")
                .withBean(DescriptorLimit.class, () -> new DescriptorLimit(400))
                .withBean(Handlers.Echo.class));
        assertThat(failure.getDescription())
                .isEqualTo(
                        "Server 'echo' may have 500 connections, but this process may have no more than 400 files open, and"
                                + " each connection is one.");
        assertThat(failure.getAction()).contains("ulimit -n", "mill.servers.echo.max-connections");
    }

    @Test
    void moreConnectionsThanFilesByDefaultAreWarnedOf(CapturedOutput output) {
        Runners.echo()
                .withBean(DescriptorLimit.class, () -> new DescriptorLimit(400))
                .withBean(Handlers.Echo.class)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(output).containsPattern("WARN .*Server 'echo' may have 16384 connections");
                });
        assertThat(DescriptorLimit.ofProcess().files()).isPositive();
    }

    @Test
    void aServerWithoutPortIsToldTheProperty() {
        FailureAnalysis failure = Failures.of(
                Runners.plain().withPropertyValues("mill.servers.echo.token=1").withBean(Handlers.Echo.class));
        assertThat(failure.getDescription()).isEqualTo("Server 'echo' has no port.");
        assertThat(failure.getAction()).contains("Set mill.servers.echo.port; 0 takes any free one");
    }

    @Test
    void keysOfConnectionsOnAServerWithoutThemAreListed() {
        FailureAnalysis failure = Failures.of(raw(
                "mill.servers.raw.idle-timeout=5m",
                "mill.servers.raw.max-connections=16384",
                "mill.servers.raw.framing.type=line",
                "mill.servers.raw.backlog=7"));
        assertThat(failure.getDescription())
                .contains("server 'raw'", "bean 'raw'", "EventHandler")
                .endsWith(
                        "mill.servers.raw.max-connections, mill.servers.raw.idle-timeout, mill.servers.raw.framing.type.");
        assertThat(failure.getAction()).contains("implement ConnectionHandler instead");
    }

    @Test
    void aListeningChannelNeedsAToken() {
        FailureAnalysis failure = Failures.of(Runners.plain()
                .withPropertyValues("mill.servers.raw.port=0")
                .withBean("raw", Handlers.RawGreeter.class));
        assertThat(failure.getDescription()).contains("Server 'raw' has no token");
        assertThat(failure.getAction()).contains("mill.servers.raw.token");
    }

    private static ApplicationContextRunner raw(String... properties) {
        return Runners.plain()
                .withPropertyValues(
                        "mill.servers.raw.address=127.0.0.1", "mill.servers.raw.port=0", "mill.servers.raw.token=7")
                .withPropertyValues(properties)
                .withBean("raw", Handlers.RawGreeter.class);
    }

    @Test
    void aChannelWithoutHandlerIsNamed() {
        FailureAnalysis failure =
                Failures.of(Runners.plain().withBean("pings", MillChannelFactory.class, FailureTextTest::datagrams));
        assertThat(failure.getDescription())
                .isEqualTo("The channel of MillChannelFactory bean 'pings' (token 9) has no handler.");
        assertThat(failure.getAction()).contains("@MillHandler(token = 9)");
    }

    @Test
    void aTokenOfAServerAndAChannelIsNamedWithBoth() {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withPropertyValues("mill.servers.echo.token=9")
                .withBean(Handlers.Echo.class)
                .withBean("pings", MillChannelFactory.class, FailureTextTest::datagrams)
                .withBean(Pinger.class));
        assertThat(failure.getDescription())
                .isEqualTo("Token 9 is used twice, by server 'echo' (mill.servers.echo.token) and by MillChannelFactory"
                        + " bean 'pings'.");
        assertThat(failure.getAction()).contains("token of its own");
    }

    @Test
    void aTokenThatTheApplicationHasRegisteredIsNamed() {
        FailureAnalysis failure =
                Failures.of(Runners.echo().withBean(Handlers.Echo.class).withBean(Registering.class));
        assertThat(failure.getDescription()).contains("Server 'echo' cannot be built", "token 1 is taken by");
        assertThat(failure.getAction()).contains("mill.servers.echo.*");
    }

    @Test
    void aChannelThatCannotBeOpenedIsNamedWithItsBean() {
        FailureAnalysis failure = Failures.of(Runners.plain()
                .withBean(
                        "pings",
                        MillChannelFactory.class,
                        () -> MillChannelFactory.of(9, Interest.READABLE, () -> {
                            throw new IOException("no such luck");
                        }))
                .withBean(Pinger.class));
        assertThat(failure.getDescription())
                .isEqualTo(
                        "MillChannelFactory bean 'pings' (token 9) cannot open its channel: java.io.IOException: no such"
                                + " luck.");
    }

    private static MillChannelFactory datagrams() {
        return MillChannelFactory.of(9, Interest.READABLE, DatagramChannel::open);
    }

    @MillHandler(server = "echo")
    static class Hidden extends Handlers.Echo implements Runnable {
        @Override
        public void run() {}
    }

    static class HidingProxies implements BeanPostProcessor {
        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            if (!(bean instanceof Hidden)) {
                return bean;
            }
            ProxyFactory proxy = new ProxyFactory();
            proxy.setTarget(bean);
            proxy.setInterfaces(Runnable.class);
            return proxy.getProxy();
        }
    }

    @MillHandler(token = 9)
    static class Pinger implements EventHandler {
        @Override
        public void onEvent(Event event) {}
    }

    static class Registering {
        Registering(EventLoop loop) {
            loop.trigger(Token.of(1), event -> {});
        }
    }
}
