import io.millio.loop.Dispatch;
import io.millio.loop.EventLoop;
import io.millio.net.Connection;
import io.millio.net.ConnectionHandler;
import io.millio.net.TcpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Sends a file to whoever connects, as a line with its length, the file, and a line "end". The handler is called by the reactor or
 * the workers; the file is read by a worker.
 *
 * <pre>
 *   java -cp mill-io-core/target/classes sample-app/scripts/clients/FileServer.java file direct|workers
 * </pre>
 */
public final class FileServer {
    private FileServer() {}

    public static void main(String[] args) throws Exception {
        Dispatch dispatch = Dispatch.valueOf(args[1].toUpperCase(Locale.ROOT));
        try (FileChannel file = FileChannel.open(Path.of(args[0]));
                EventLoop loop = EventLoop.builder().dispatch(dispatch).build();
                TcpServer server = TcpServer.builder(loop)
                        .bind("127.0.0.1", 0)
                        .handler(new Sender(file))
                        .start()) {
            System.out.println("listening on 127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort());
            server.awaitClose();
        }
    }

    private record Sender(FileChannel file) implements ConnectionHandler {
        @Override
        public void onOpen(Connection connection) {
            long size = size();
            connection.write(line(Long.toString(size)));
            connection.transferFrom(file, 0, size).whenComplete((none, error) -> System.out.println(
                    error == null ? "sent " + size : "failed " + error));
            connection.write(line("end"));
            connection.close();
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {}

        private long size() {
            try {
                return file.size();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static ByteBuffer line(String text) {
            return StandardCharsets.US_ASCII.encode(text + "\n");
        }
    }
}
