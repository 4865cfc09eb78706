package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.loop.EventLoop;
import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of a server on a Unix domain socket: made, found in the way, guarded by permissions, and gone in the end. */
class UnixServerTest {
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);

    @TempDir
    private Path directory;

    private Path path;
    private EventLoop loop;

    @BeforeEach
    void open() {
        path = directory.resolve("s.sock");
        loop = EventLoop.builder().reactors(2).build();
    }

    /** Whatever a test did, no file is left but what it made itself. */
    @AfterEach
    void close() throws IOException {
        loop.close();
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left.filter(file -> !file.endsWith("mine"))).isEmpty();
        }
    }

    private TcpServer serve(UnaryOperator<TcpServer.Builder> more) {
        return more.apply(TcpServer.builder(loop)
                        .bind(UnixDomainSocketAddress.of(path))
                        .handler(ECHO))
                .start();
    }

    private TcpServer serve() {
        return serve(builder -> builder);
    }

    private void assertServed() {
        try (Peer peer = Peer.connect(UnixDomainSocketAddress.of(path))) {
            assertThat(peer.send("ping").receiveText(4)).isEqualTo("ping");
        }
    }

    private boolean fileExists() {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static void assertRefused(ThrowingCallable start, String... words) {
        assertThatThrownBy(start)
                .isInstanceOf(UncheckedIOException.class)
                .hasCauseInstanceOf(IOException.class)
                .message()
                .contains(words);
    }

    // ---- the life of the file ---------------------------------------------------------------------------------------

    @Test
    void theFileLivesAsLongAsTheServerListens() {
        TcpServer server = serve();
        for (int i = 0; i < 3; i++) {
            assertThat(fileExists()).isTrue();
            assertServed();
            Await.result("the drain", server.shutdown(Duration.ofSeconds(30)));
            assertThat(fileExists()).isFalse();
            server.start();
        }
        server.close();
        assertThat(fileExists()).isFalse();
        TcpServer stopped = serve();
        assertServed();
        loop.close();
        assertThat(fileExists()).isFalse();
        assertThat(stopped.isListening()).isFalse();
    }

    @Test
    void aFileThatBelongsToSomebodyElseByNowIsLeftAlone() throws IOException {
        TcpServer server = serve();
        Path mine = directory.resolve("mine");
        Files.writeString(mine, "not yours");
        Files.delete(path);
        Files.createLink(path, mine);
        server.close();
        assertThat(path).hasContent("not yours");
        Files.delete(path);
    }

    // ---- what is in the way -----------------------------------------------------------------------------------------

    @Test
    void aStaleFileIsReplaced() throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertThat(fileExists()).as("the JDK leaves the file").isTrue();
        try (TcpServer server = serve()) {
            assertServed();
        }
    }

    @Test
    void aLiveOneIsRefusedAndGoesOn() {
        try (TcpServer first = serve()) {
            assertRefused(this::serve, "somebody listens on it", path.toString());
            assertServed();
            assertThat(first.isListening()).isTrue();
        }
    }

    /** Connecting to it would block. */
    @Test
    void aLiveOneWithAFullQueueIsRefusedAtOnce() throws IOException {
        try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            busy.bind(UnixDomainSocketAddress.of(path), 1);
            try (Peer one = Peer.connect(busy.getLocalAddress());
                    Peer two = Peer.connect(busy.getLocalAddress())) {
                assertRefused(this::serve, "somebody seems to listen on it");
            }
        }
        Files.delete(path);
    }

    @Test
    void whatIsNoSocketIsRefusedAndNeverDeleted() throws IOException {
        Path mine = Files.writeString(directory.resolve("mine"), "precious");
        Files.copy(mine, path);
        assertRefused(this::serve, "no socket", path.toString());
        assertThat(path).hasContent("precious");
        Files.delete(path);
        Files.createSymbolicLink(path, mine);
        assertRefused(this::serve, "no socket");
        assertThat(path).isSymbolicLink();
        Files.delete(path);
        Files.createDirectory(path);
        assertRefused(this::serve, "no socket");
        assertThat(path).isDirectory();
        Files.delete(path);
        assertThat(mine).hasContent("precious");
    }

    @Test
    void aPathThatIsTooLongIsNamedWithItsLength() {
        Path tooLong = directory.resolve("x".repeat(120));
        String length = tooLong.toString().length() + " bytes";
        for (boolean withPermissions : List.of(false, true)) {
            path = directory.resolve("x".repeat(120));
            assertRefused(
                    () -> serve(builder -> withPermissions
                            ? builder.bind(UnixDomainSocketAddress.of(directory.resolve("y".repeat(90) + "/s")))
                            : builder.bind(UnixDomainSocketAddress.of(tooLong))),
                    withPermissions ? "y" : length);
        }
    }

    // ---- permissions ------------------------------------------------------------------------------------------------

    @Test
    void theFileHasThePermissionsThatWereAskedFor() throws IOException {
        for (String permissions : List.of("rw-rw-rw-", "rwx------", "---------", "rw-------")) {
            try (TcpServer server =
                    serve(builder -> builder.socketFilePermissions(PosixFilePermissions.fromString(permissions)))) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .isEqualTo(permissions);
                assertThat(server.localAddress()).isEqualTo(UnixDomainSocketAddress.of(path));
            }
        }
    }

    @Test
    void aServerWithPermissionsServesAndRefusesLikeAnyOther() {
        UnaryOperator<TcpServer.Builder> guarded =
                builder -> builder.socketFilePermissions(PosixFilePermissions.fromString("rw-------"));
        try (TcpServer server = serve(guarded)) {
            assertServed();
            assertRefused(() -> serve(guarded), "somebody listens on it");
            assertServed();
            assertThat(server.isListening()).isTrue();
        }
    }

    // ---- addresses and settings -------------------------------------------------------------------------------------

    @Test
    void addressesAndTextsNameThePath() {
        Watch watch = new Watch(ECHO);
        try (TcpServer server = serve(builder ->
                        builder.handler(watch).socketFilePermissions(PosixFilePermissions.fromString("rw-------")));
                Peer peer = Peer.connect(server.localAddress())) {
            peer.send("x").receive(1);
            Connection connection = watch.first();
            SocketAddress address = UnixDomainSocketAddress.of(path);
            assertThat(connection.localAddress()).isEqualTo(address);
            assertThat(connection.remoteAddress()).isEqualTo(UnixDomainSocketAddress.of(""));
            assertThat(connection).asString().contains("unnamed peer").contains(path.toString());
            assertThat(server).hasToString("TcpServer 'unix " + path + "' on " + path);
        }
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        TcpServer.Builder unix = TcpServer.builder(loop)
                .bind(UnixDomainSocketAddress.of(path))
                .maxConnectionsPerAddress(5)
                .handler(ECHO);
        assertThatThrownBy(unix::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxConnectionsPerAddress 5")
                .hasMessageContaining(path.toString());
        TcpServer.Builder tcp = TcpServer.builder(loop)
                .bind("127.0.0.1", 0)
                .socketFilePermissions(PosixFilePermissions.fromString("rw-------"))
                .handler(ECHO);
        assertThatThrownBy(tcp::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rw-------");
        assertThatThrownBy(() -> tcp.bind(UnixDomainSocketAddress.of(""))).isInstanceOf(IllegalArgumentException.class);
    }

    /** Those that a Unix socket has are applied, the others have no effect. */
    @Test
    void optionsOfTcpDoNoHarm() {
        SocketOptions all = SocketOptions.defaults()
                .noDelay(true)
                .keepIdle(Duration.ofSeconds(9))
                .sendBuffer(16_000)
                .receiveBuffer(16_000);
        assertThat(all.forStream(UnixDomainSocketAddress.of(path)).keySet())
                .extracting(java.net.SocketOption::name)
                .containsExactlyInAnyOrder("SO_SNDBUF", "SO_RCVBUF");
        try (TcpServer server = serve(builder -> builder.socket(all))) {
            assertServed();
            assertThat(server.stats().accepted()).isEqualTo(1);
        }
    }

    // ---- the end of a connection ------------------------------------------------------------------------------------

    /** There is no reset: the peer finds the end, or a reset if it had sent something that nobody has read. */
    @Test
    void anAbortIsAnEndWithoutAnnouncement() {
        Watch watch = new Watch((connection, data) -> {
            connection.pauseReading();
            connection.write(ByteBuffer.wrap(new byte[] {'o', 'k'}));
        });
        try (TcpServer server = serve(builder -> builder.handler(watch))) {
            Peer quiet = Peer.connect(server.localAddress());
            quiet.send("x").receive(2);
            watch.first().abort();
            assertThat(quiet.end()).isEqualTo("FIN");
            quiet.close();
            Peer unread = Peer.connect(server.localAddress());
            unread.send("x").receive(2);
            Connection connection = watch.opened().get(1);
            Await.until("both to be paused", () -> server.stats().readsPaused() == 2);
            unread.send("more");
            connection.abort();
            assertThat(unread.end()).isEqualTo("RESET");
            unread.close();
            assertThat(watch.awaitClosed(2)).containsOnly(CloseReason.LOCAL);
        }
    }

    /** A peer that is gone is noticed by the next write, or by what it left unread. */
    @Test
    void aPeerThatIsGoneIsAReset() {
        Watch watch = new Watch((connection, data) -> connection.write(ByteBuffer.allocate(1_000_000)));
        try (TcpServer server = serve(builder -> builder.handler(watch))) {
            Peer full = Peer.connect(server.localAddress());
            full.send("x").receive(1);
            full.close();
            assertThat(watch.awaitClosed(1)).containsExactly(CloseReason.RESET);
        }
    }

    @Test
    void theReasonNamesTheLiveServerInABindException() {
        try (TcpServer first = serve()) {
            assertThatThrownBy(this::serve).hasCauseInstanceOf(BindException.class);
            assertThat(first.isListening()).isTrue();
        }
    }
}
