import io.millio.loop.Dispatch;
import io.millio.loop.Event;
import io.millio.loop.EventHandler;
import io.millio.loop.EventLoop;
import io.millio.loop.Interest;
import io.millio.loop.Token;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An echo server through {@code register} alone: accept, read, write, and the short write that every such server must survive. It
 * shows what a TcpServer does for you; it has no limits, time-outs or drain.
 *
 * <pre>
 *   java -cp mill-io-core/target/mill-io-core-&lt;version&gt;.jar mill-io-core/src/examples/java/RawEchoServer.java --port=7001
 * </pre>
 *
 * Options: {@code --port} (0 lets the system choose) and {@code --dispatch=direct|workers}.
 */
public final class RawEchoServer {
    private static final Token LISTENER = Token.of(0);

    private final EventLoop loop;
    private final AtomicLong nextToken = new AtomicLong(1);

    private RawEchoServer(EventLoop loop) {
        this.loop = loop;
    }

    public static void main(String[] args) throws IOException {
        int port = 7001;
        Dispatch dispatch = Dispatch.WORKERS;
        for (String arg : args) {
            if (arg.startsWith("--port=")) {
                port = Integer.parseInt(arg.substring("--port=".length()));
            } else if (arg.equals("--dispatch=direct")) {
                dispatch = Dispatch.DIRECT;
            } else if (!arg.equals("--dispatch=workers")) {
                throw new IllegalArgumentException(
                        "'" + arg + "' is none of --port=<number>, --dispatch=direct|workers");
            }
        }
        try (EventLoop loop =
                        EventLoop.builder().name("raw-echo").dispatch(dispatch).build();
                ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress("127.0.0.1", port), 1024);
            loop.register(listener, LISTENER, Interest.READABLE, new RawEchoServer(loop)::accept);
            InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
            System.out.println("listening on " + address.getHostString() + ":" + address.getPort());
            loop.run();
        }
    }

    /** Readable on a listening channel means that a connection can be accepted; what is not accepted now is reported again. */
    private void accept(Event event) throws IOException {
        if (event.isClosed()) {
            return;
        }
        SocketChannel client = ((ServerSocketChannel) event.channel()).accept();
        if (client != null) {
            loop.register(client, Token.of(nextToken.getAndIncrement()), Interest.READABLE, new Echo());
        }
    }

    /** One connection: reads while there is nothing to write, writes while there is. Called by one thread at a time. */
    private static final class Echo implements EventHandler {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(16 * 1024);

        @Override
        public void onEvent(Event event) throws IOException {
            SocketChannel channel = (SocketChannel) event.channel();
            if (event.isClosed()) {
                return;
            }
            if (event.isReadable()) {
                if (channel.read(buffer.clear()) < 0) {
                    event.registration().close();
                    channel.close();
                    return;
                }
                buffer.flip();
            }
            channel.write(buffer);
            // The socket may take only a part: then wait for room, and read no more until the rest is out.
            event.registration().interest(buffer.hasRemaining() ? Interest.WRITABLE : Interest.READABLE);
        }
    }
}
