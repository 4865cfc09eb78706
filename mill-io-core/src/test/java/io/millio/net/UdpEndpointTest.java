package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.loop.Interest;
import io.millio.loop.Token;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Wrong use of endpoints fails with a text that names the mistake; and right use makes no garbage. */
class UdpEndpointTest {
    private static final DatagramHandler ECHO = (endpoint, sender, data, truncated) -> endpoint.send(sender, data);
    private static final InetSocketAddress SOMEWHERE = new InetSocketAddress("127.0.0.1", 9);

    private final EventLoop loop = EventLoop.builder()
            .name("udp-lean")
            .reactors(1)
            .dispatch(Dispatch.DIRECT)
            .pollTimeout(Duration.ZERO)
            .build();

    @AfterEach
    void closeLoop() {
        loop.close();
    }

    private UdpEndpoint.Builder endpoint() {
        return UdpEndpoint.builder(loop).name("e").bind("127.0.0.1", 0).handler(ECHO);
    }

    @Test
    void aBuilderNamesWhatIsMissingOrWrong() {
        assertThatThrownBy(() -> UdpEndpoint.builder(loop).handler(ECHO).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call bind(host, port)");
        assertThatThrownBy(() -> UdpEndpoint.builder(loop).bind("127.0.0.1", 0).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call handler(...)");
        assertThatThrownBy(() -> endpoint().bind(InetSocketAddress.createUnresolved("nowhere.invalid", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere.invalid");
        assertThatThrownBy(() -> endpoint().connect(UnixDomainSocketAddress.of("/x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/x");
        assertThatThrownBy(() -> endpoint().connect("127.0.0.1", 0)).hasMessageContaining("port must be between 1");
        assertThatThrownBy(() -> endpoint().maxDatagram(65_528)).hasMessageContaining("65527, but is 65528");
        assertThatThrownBy(() -> endpoint().sendQueue(0)).hasMessageContaining("send queue");
        assertThatThrownBy(() -> endpoint().mailbox(0)).hasMessageContaining("mailbox");
        assertThatThrownBy(() -> endpoint().multicastTtl(256)).hasMessageContaining("multicast TTL");
    }

    @Test
    void optionsOfStreamsAreRefusedByName() {
        assertThatThrownBy(() -> endpoint().socket(SocketOptions.defaults().keepIdle(Duration.ofSeconds(9))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keep-idle = 9");
        assertThatThrownBy(() -> endpoint().socket(SocketOptions.defaults().noDelay(false)))
                .hasMessageContaining("no-delay = false");
        assertThatThrownBy(() -> endpoint().socket(SocketOptions.defaults().linger(Duration.ofSeconds(9))))
                .hasMessageContaining("linger = PT9S");
    }

    @Test
    void optionsReachTheSocket() throws Exception {
        UdpEndpoint one = endpoint()
                .reuseAddress(true)
                .socket(SocketOptions.defaults().reusePort(true).receiveBuffer(100_000))
                .start();
        UdpEndpoint other = endpoint()
                .name("other")
                .reuseAddress(true)
                .socket(SocketOptions.defaults().reusePort(true))
                .bind(one.localAddress())
                .broadcast(true)
                .start();
        assertThat(other.localAddress()).isEqualTo(one.localAddress());
    }

    @Test
    void aTakenPortIsNamed() {
        UdpEndpoint one = endpoint().start();
        assertThatThrownBy(() -> endpoint().bind(one.localAddress()).start())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(one.localAddress().toString());
    }

    @Test
    void aDatagramThatCannotBeSentIsRefusedByName() throws Exception {
        UdpEndpoint open = endpoint().start();
        assertThatThrownBy(() -> open.send(SOMEWHERE, ByteBuffer.allocate(65_508)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65507 bytes, but this one has 65508");
        assertThatThrownBy(() -> open.send(ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("endpoint 'e' is not connected");
        assertThatThrownBy(() ->
                        open.send(InetSocketAddress.createUnresolved("nowhere.invalid", 1), ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere.invalid");
        InetAddress six = Inet6Address.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
        assertThatThrownBy(() -> open.send(new InetSocketAddress(six, 9), ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("IPv4");
        assertThatThrownBy(() -> endpoint()
                        .name("six")
                        .connect(new InetSocketAddress(six, 9))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("endpoint 'six' is bound to the IPv4 address");
        UdpEndpoint connected = endpoint().name("c").connect(SOMEWHERE).start();
        assertThatThrownBy(() -> connected.send(new InetSocketAddress("127.0.0.1", 10), ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is connected to");
    }

    @Test
    void whatIsNotOpenSaysSo() throws Exception {
        UdpEndpoint built = endpoint().build();
        NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        assertThatThrownBy(built::localAddress)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("endpoint 'e' is not open");
        assertThatThrownBy(() -> built.join(InetAddress.getByName("239.1.1.1"), loopback))
                .hasMessageContaining("is not open");
        assertThatThrownBy(() -> built.join(InetAddress.getByName("10.1.1.1"), loopback))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10.1.1.1 is no multicast address");
        assertThat(built).hasToString("UdpEndpoint 'e' on /127.0.0.1:0 (not open)");
        built.close();
        assertThatThrownBy(built::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed for good");
    }

    @Test
    void aTokenIsReservedUntilTheClose() throws Exception {
        UdpEndpoint endpoint = endpoint().token(Token.of(5)).start();
        assertThat(endpoint.token()).isEqualTo(Token.of(5));
        try (DatagramChannel channel = DatagramChannel.open()) {
            assertThatThrownBy(() -> loop.register(channel, Token.of(5), Interest.READABLE, event -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("endpoint 'e'");
            assertThatThrownBy(() -> loop.deregister(Token.of(5))).hasMessageContaining("endpoint 'e'");
            endpoint.close();
            loop.register(channel, Token.of(5), Interest.READABLE, event -> {}).close();
        }
    }

    @Test
    void aSteadyDirectEchoToOnePeerAllocatesNothing() throws Exception {
        UdpEndpoint endpoint = endpoint().start();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(20_000);
            socket.connect(endpoint.localAddress());
            echo(socket, 20_000);
            long before = allocated();
            echo(socket, 20_000);
            assertThat((allocated() - before) / 20_000.0)
                    .as("bytes per datagram")
                    .isLessThan(1);
        }
    }

    private static void echo(DatagramSocket socket, int datagrams) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        for (int i = 0; i < datagrams; i++) {
            socket.send(packet);
            socket.receive(packet);
        }
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().equals("udp-lean-reactor-0")) {
                return threads.getThreadAllocatedBytes(id);
            }
        }
        throw new AssertionError("the reactor's thread is not there");
    }
}
