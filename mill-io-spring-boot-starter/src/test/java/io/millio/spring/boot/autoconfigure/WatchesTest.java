package io.millio.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.millio.loop.EventLoop;
import io.millio.spring.boot.actuate.MillEndpoint;
import io.millio.spring.boot.actuate.Observed;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.context.MillServers;
import io.millio.spring.boot.context.MillWatches;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Handlers;
import io.millio.spring.boot.testkit.Runners;
import io.millio.watch.FileEvent;
import io.millio.watch.FileWatch;
import io.millio.watch.FileWatchHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.support.AbstractApplicationContext;

/** File watches of the configuration. */
@ExtendWith(OutputCaptureExtension.class)
class WatchesTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    static class Noting implements FileWatchHandler {
        final List<String> told = new CopyOnWriteArrayList<>();

        @Override
        public void onEvent(FileWatch watch, FileEvent event) {
            told.add(event.kind() + " " + event.path().getFileName());
        }
    }

    @MillHandler(watch = "inbox")
    static class Inbox extends Noting {}

    @MillHandler(watch = "inbox")
    static class SecondInbox extends Noting {}

    @MillHandler(token = 5)
    static class ByToken extends Noting {}

    @MillHandler(watch = "inbox", token = 6)
    static class Contradictory extends Noting {}

    @MillHandler(server = "echo")
    static class OfServer extends Noting {}

    @MillHandler
    static class Aimless extends Noting {}

    private ApplicationContextRunner inbox(String... properties) {
        return Runners.plain()
                .withPropertyValues("mill.watches.inbox.path=" + directory, "mill.watches.inbox.token=5")
                .withPropertyValues(properties);
    }

    @Test
    void changesGoToTheirHandlerInEachLifeOfTheContext(CapturedOutput output) {
        inbox("mill.watches.inbox.coalesce=5ms").withBean(Inbox.class).run(context -> {
            Inbox inbox = context.getBean(Inbox.class);
            FileWatch watch = context.getBean(MillWatches.class).watch("inbox");
            for (int life = 1; life <= 2; life++) {
                String expected = "CREATED file" + life;
                Files.createFile(directory.resolve("file" + life));
                await().atMost(LIMIT).until(() -> inbox.told.contains(expected));
                AbstractApplicationContext source = (AbstractApplicationContext) context.getSourceApplicationContext();
                source.stop();
                assertThat(watch.isOpen()).isFalse();
                source.start();
                assertThat(watch.isOpen()).isTrue();
            }
            assertThat(output)
                    .contains("Mill-IO watch 'inbox' watching " + directory)
                    .doesNotContain("Unknown property");
            assertThat(context.getBean(MillServers.class).names()).isEmpty();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> context.getBean(MillWatches.class).watch("outbox"))
                    .withMessage("there is no watch 'outbox'; known are [inbox]");
        });
    }

    @Test
    void everyKeyHasItsEffect() throws IOException {
        Files.createFile(Files.createDirectory(directory.resolve("sub")).resolve("deep"));
        inbox(
                        "mill.watches.inbox.recursive=true",
                        "mill.watches.inbox.existing=true",
                        "mill.watches.inbox.dispatch=direct",
                        "mill.watches.inbox.max-files=1",
                        "mill.watches.inbox.max-directories=2")
                .withBean(ByToken.class)
                .run(context -> {
                    ByToken inbox = context.getBean(ByToken.class);
                    await().atMost(LIMIT).until(() -> inbox.told.contains("CREATED deep"));
                    assertThat(context.getBean(MillWatches.class).watch("inbox").token())
                            .hasToString("token 5");
                });
        assertThat(Failures.of(inbox("mill.watches.inbox.recursive=true", "mill.watches.inbox.max-directories=1")
                                .withBean(ByToken.class))
                        .getAction())
                .contains("mill.watches.inbox.max-files and mill.watches.inbox.max-directories to more than it holds");
    }

    @Test
    void aLoopOfTheApplicationsOwnStartsTheWatch(CapturedOutput output) {
        EventLoop own = EventLoop.create();
        inbox().withBean(EventLoop.class, () -> own).withBean(Inbox.class).run(context -> {
            assertThat(output).contains("watch 'inbox' will begin when its loop");
            own.start();
            Files.createFile(directory.resolve("file"));
            await().atMost(LIMIT).until(() -> context.getBean(Inbox.class).told.contains("CREATED file"));
        });
        own.close();
    }

    @Test
    void theEndpointShowsWatches() {
        inbox("management.endpoints.web.exposure.include=mill")
                .withBean(Inbox.class)
                .run(context -> {
                    MillEndpoint.WatchState state = new MillEndpoint(context.getBean(Observed.class))
                            .overview()
                            .watches()
                            .get("inbox");
                    assertThat(state).isNotNull();
                    assertThat(state.watching()).isTrue();
                    assertThat(state.path()).isEqualTo(directory.toString());
                    assertThat(state.stats().directories()).isEqualTo(1);
                });
    }

    // ---- what fails the start ---------------------------------------------------------------------------------------

    @Test
    void aWatchWithoutAPathIsRefused() {
        FailureAnalysis failure = Failures.of(Runners.plain()
                .withPropertyValues("mill.watches.inbox.recursive=true")
                .withBean(Inbox.class));
        assertThat(failure.getDescription()).isEqualTo("Watch 'inbox' has no path.");
        assertThat(failure.getAction()).startsWith("Set mill.watches.inbox.path to the directory");
    }

    @Test
    void aPathThatIsNoDirectoryIsNamedWithItsProperty() throws IOException {
        FailureAnalysis missing = Failures.of(
                inbox("mill.watches.inbox.path=" + directory.resolve("none")).withBean(Inbox.class));
        assertThat(missing.getDescription())
                .contains("Watch 'inbox' cannot begin as mill.watches.inbox.path demands")
                .contains(directory.resolve("none") + ": it does not exist");
        assertThat(missing.getAction()).startsWith("Set mill.watches.inbox.path to a directory that exists");
        Path file = Files.createFile(directory.resolve("file"));
        assertThat(Failures.of(inbox("mill.watches.inbox.path=" + file).withBean(Inbox.class))
                        .getDescription())
                .contains(file + " is not a directory");
    }

    @Test
    void anInvalidValueIsNamedWithItsProperty() {
        assertThat(Failures.of(inbox("mill.watches.inbox.coalesce=2m").withBean(Inbox.class))
                        .getDescription())
                .contains("mill.watches.inbox.coalesce", "must be between 0 and 60000, but is 120000");
    }

    @ParameterizedTest
    @CsvSource({
        "Contradictory, names watch 'inbox' and token 6",
        "OfServer, names server 'echo'",
        "Aimless, names nothing"
    })
    void aHandlerThatNamesNoWatchIsShownWhatThereIs(String handler, String names) throws Exception {
        FailureAnalysis failure = Failures.of(Runners.echo()
                .withBean(Handlers.Echo.class)
                .withPropertyValues("mill.watches.inbox.path=" + directory)
                .withBean("files", Class.forName(WatchesTest.class.getName() + '$' + handler)));
        assertThat(failure.getDescription())
                .contains("bean 'files'", "is for files and " + names + ", which is no configured watch.")
                .endsWith(
                        "Known: server 'echo' (mill.servers.echo.token = 1), watch 'inbox' (no mill.watches.inbox.token).");
        assertThat(failure.getAction()).contains("@MillHandler(watch = \"...\")");
    }

    @Test
    void eachWatchHasOneHandlerAndATokenOfItsOwn() {
        assertThat(Failures.of(inbox()).getDescription()).isEqualTo("Watch 'inbox' has no handler.");
        assertThat(Failures.of(inbox().withBean("a", Inbox.class).withBean("b", SecondInbox.class))
                        .getDescription())
                .startsWith("Watch 'inbox' has two handlers: bean 'a'")
                .contains("bean 'b'");
        assertThat(Failures.of(Runners.echo()
                                .withPropertyValues(
                                        "mill.watches.inbox.path=" + directory, "mill.watches.inbox.token=1")
                                .withBean(Handlers.Echo.class)
                                .withBean(Inbox.class))
                        .getDescription())
                .isEqualTo("Token 1 is used twice, by server 'echo' (mill.servers.echo.token) and by watch 'inbox'"
                        + " (mill.watches.inbox.token).");
    }
}
