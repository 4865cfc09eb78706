package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.EventLoop;
import io.millio.loop.LoopStats;
import io.millio.net.TcpServer;
import io.millio.net.UdpEndpoint;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.context.MillServers;
import io.millio.spring.boot.context.TcpServerCustomizer;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import io.millio.watch.FileEvent;
import io.millio.watch.FileWatch;
import io.millio.watch.FileWatchHandler;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A loop that outlives the context keeps nothing of it. */
@ExtendWith(OutputCaptureExtension.class)
class ForeignLoopTest {
    private final EventLoop loop = EventLoop.builder().name("own").build();

    @AfterEach
    void close() {
        loop.close();
    }

    private ApplicationContextRunner on(ApplicationContextRunner runner) {
        return runner.withBean(EventLoop.class, () -> loop, definition -> definition.setDestroyMethodName(""));
    }

    private ApplicationContextRunner echo() {
        return on(Runners.echo())
                .withPropertyValues("mill.servers.datagrams.transport=udp", "mill.servers.datagrams.port=0")
                .withPropertyValues("mill.servers.datagrams.address=127.0.0.1", "mill.servers.datagrams.token=2");
    }

    @Test
    void theTokensOfAContextThatWasClosedAreFree() {
        loop.start();
        for (int i = 0; i < 2; i++) {
            echo().withBean(Handlers.Echo.class)
                    .withBean(Handlers.EchoOfDatagrams.class)
                    .run(context -> {
                        try (Client client = Client.of(context, "echo")) {
                            assertThat(client.echo("hello")).isEqualTo("hello");
                        }
                    });
        }
    }

    @Test
    void aStartThatFailsLeavesTheTokensFree() {
        loop.start();
        echo().withBean(Handlers.Echo.class)
                .withBean(Handlers.EchoOfDatagrams.class)
                .withPropertyValues("mill.servers.other.port=0", "mill.servers.other.max-connections=1")
                .withBean("refusing", TcpServerCustomizer.class, () -> (name, builder) -> {
                    if (name.equals("other")) {
                        throw new IllegalStateException("planted");
                    }
                })
                .withBean(OtherEcho.class)
                .run(context -> assertThat(context).hasFailed());
        echo().withBean(Handlers.Echo.class)
                .withBean(Handlers.EchoOfDatagrams.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void aLoopThatStartsAfterTheContextWasClosedOpensNothing() {
        AtomicReference<TcpServer> server = new AtomicReference<>();
        AtomicReference<UdpEndpoint> endpoint = new AtomicReference<>();
        echo().withBean(Handlers.Echo.class)
                .withBean(Handlers.EchoOfDatagrams.class)
                .run(context -> {
                    server.set(context.getBean(MillServers.class).server("echo"));
                    endpoint.set(context.getBean(MillServers.class).datagrams("datagrams"));
                });
        loop.start();
        assertThat(server.get().isListening()).isFalse();
        assertThat(endpoint.get().isOpen()).isFalse();
    }

    @Test
    void theEndOfAChildLeavesTheLoopOfItsParentAlone() {
        Runners.plain().run(parent -> {
            EventLoop parents = parent.getBean(EventLoop.class);
            Runners.echo().withParent(parent).withBean(Handlers.Echo.class).run(child -> {
                assertThat(child.getBean(EventLoop.class)).isSameAs(parents);
                try (Client client = Client.of(child, "echo")) {
                    assertThat(client.echo("hello")).isEqualTo("hello");
                }
            });
            assertThat(parents.stats().state()).isEqualTo(LoopStats.State.RUNNING);
        });
    }

    @Test
    void theLogCallsAWatchAWatch(@TempDir Path directory, CapturedOutput output) {
        loop.start();
        on(Runners.plain())
                .withPropertyValues("mill.watches.inbox.path=" + directory)
                .withBean(Watching.class)
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output).contains("Mill-IO watch 'inbox' drained in").doesNotContain("server 'watch");
    }

    @MillHandler(server = "other")
    static class OtherEcho extends Handlers.Echo {}

    @MillHandler(watch = "inbox")
    static class Watching implements FileWatchHandler {
        @Override
        public void onEvent(FileWatch watch, FileEvent event) {}
    }
}
