package io.millio.net;

import io.millio.loop.EventLoop;
import io.millio.testkit.Await;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server that echoes frames, clients that talk to it, and threads that push frames into, pause and kill connections which are not
 * theirs. The model: a client gets its echoes whole and in order, and every pushed frame that was accepted, unless it was killed.
 * For any thread; a crowd of clients belongs to one.
 */
final class RandomPeers {
    private static final int BOARD = 256;
    private static final int MAX_CLIENTS = 4;
    private static final int FLOOD = 48;
    private static final int FLOOD_FRAME = 2048;
    private static final byte ECHO = 'E';
    private static final byte PUSH = 'P';

    private final Queue<String> breaches;
    private final TcpServer server;
    private final Map<SocketAddress, Side> sides = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<@Nullable Side> board = new AtomicReferenceArray<>(BOARD);
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong closed = new AtomicLong();
    private final AtomicLong echoes = new AtomicLong();
    private final AtomicLong pushes = new AtomicLong();

    RandomPeers(EventLoop loop, Queue<String> breaches) {
        this.breaches = breaches;
        this.server = TcpServer.builder(loop)
                .bind("127.0.0.1", 0)
                .framing(Framing.lengthPrefixed(4).maxFrame(64 * 1024))
                .socket(SocketOptions.defaults().sendBuffer(16 * 1024))
                .handler(new Handler())
                .build();
    }

    /** With one client, because what the loop makes for the first it keeps. */
    void start() {
        server.start();
        Client first = new Client(new Random(0));
        if (first.connect("127.0.0.1") && first.talk()) {
            first.close();
        }
        settle();
    }

    void stop() {
        server.close();
    }

    Crowd crowd(Random random, int index) {
        return new Crowd(random, "127.0.0." + (2 + index));
    }

    /** Waits until every connection has had its last callback. */
    void settle() {
        Await.until(
                () -> closed + " closed of " + opened + " opened, " + server.stats(),
                () -> closed.get() == opened.get()
                        && server.stats().active() == 0
                        && server.stats().accepted() == opened.get());
    }

    String figures() {
        return "connections=" + opened + " echoes=" + echoes + " pushes=" + pushes;
    }

    private void breach(Object where, String what) {
        breaches.add(where + ": " + what);
    }

    /** The server's side of a connection. Pushes are counted before they are written, and again once they are accepted. */
    private static final class Side {
        private final Connection connection;
        private final AtomicLong tried = new AtomicLong();
        private final AtomicLong accepted = new AtomicLong();
        private volatile boolean killed;
        private volatile boolean closed;

        Side(Connection connection) {
            this.connection = connection;
        }
    }

    /** Called by the reactors or the workers. */
    private final class Handler implements ConnectionHandler {
        @Override
        public void onOpen(Connection connection) {
            opened.incrementAndGet();
            Side side = new Side(connection);
            connection.attach(side);
            sides.put(connection.remoteAddress(), side);
            board.set((int) (connection.id() % BOARD), side);
        }

        @Override
        public void onData(Connection connection, ByteBuffer frame) {
            connection.writeFrame(frame);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason) {
            Side side = connection.attachment();
            if (side == null || side.closed) {
                breach(connection, side == null ? "closed without onOpen" : "closed twice");
            } else {
                side.closed = true;
            }
            closed.incrementAndGet();
        }
    }

    /** The clients of one thread, and what it does to the connections of all. */
    final class Crowd {
        private final Random random;
        private final String address;
        private final List<Client> clients = new ArrayList<>();

        private Crowd(Random random, String address) {
            this.random = random;
            this.address = address;
        }

        void operate() {
            switch (random.nextInt(16)) {
                case 0 -> connect();
                case 1 -> leave(Client::finish);
                case 2 -> leave(Client::reset);
                case 3 -> leave(Client::close);
                case 4 -> kill();
                case 5, 6 -> pauseForAMoment();
                case 7, 8, 9 -> push();
                default -> talk();
            }
        }

        private void connect() {
            if (clients.size() < MAX_CLIENTS) {
                Client client = new Client(random);
                if (client.connect(address) && client.talk()) {
                    clients.add(client);
                }
            }
        }

        private void talk() {
            if (!clients.isEmpty()) {
                int index = random.nextInt(clients.size());
                if (!clients.get(index).talk()) {
                    clients.remove(index);
                }
            }
        }

        private void leave(Consumer<Client> how) {
            if (!clients.isEmpty()) {
                how.accept(clients.remove(random.nextInt(clients.size())));
            }
        }

        /** The end of the thread. */
        void leave() {
            clients.forEach(Client::close);
        }

        private @Nullable Side anySide() {
            return board.get(random.nextInt(BOARD));
        }

        private void push() {
            Side side = anySide();
            if (side != null) {
                ByteBuffer frame = ByteBuffer.allocate(1 + random.nextInt(200));
                Arrays.fill(frame.array(), PUSH);
                side.tried.incrementAndGet();
                if (side.connection.writeFrame(frame) != WriteResult.REJECTED) {
                    side.accepted.incrementAndGet();
                    pushes.incrementAndGet();
                }
            }
        }

        private void pauseForAMoment() {
            Side side = anySide();
            if (side != null) {
                side.connection.pauseReading();
                side.connection.resumeReading();
            }
        }

        private void kill() {
            Side side = anySide();
            if (side != null && random.nextInt(4) == 0) {
                side.killed = true;
                if (random.nextBoolean()) {
                    side.connection.abort();
                } else {
                    side.connection.close();
                }
            }
        }
    }

    /** One client; its crowd's thread. */
    private final class Client {
        private final Socket socket = new Socket();
        private final Random random;
        private DataInputStream in = new DataInputStream(InputStream.nullInputStream());
        private DataOutputStream out = new DataOutputStream(OutputStream.nullOutputStream());
        private @Nullable SocketAddress local;
        private long pushed;
        private int unanswered;

        Client(Random random) {
            this.random = random;
        }

        /** False if the connection was killed before the system had told that it is made. */
        boolean connect(String address) {
            try {
                if (random.nextInt(4) == 0) {
                    // Then some of the echoes have to wait in the server. With much less the system drops what comes
                    // and waits for it anew.
                    socket.setReceiveBufferSize(32 * 1024);
                }
                socket.bind(new InetSocketAddress(address, 0));
                local = socket.getLocalSocketAddress();
                socket.setSoTimeout((int) Await.LIMIT.toMillis());
                socket.setTcpNoDelay(true);
                socket.connect(server.localAddress(), (int) Await.LIMIT.toMillis());
                in = new DataInputStream(socket.getInputStream());
                out = new DataOutputStream(socket.getOutputStream());
                return true;
            } catch (IOException e) {
                ended(e);
                close();
                return false;
            }
        }

        /** A few frames sent together and their echoes; false if the connection was killed meanwhile. */
        boolean talk() {
            try {
                List<byte[]> frames = new ArrayList<>();
                for (int i = 1 + random.nextInt(4); i > 0; i--) {
                    byte[] frame = new byte[1 + random.nextInt(3000)];
                    random.nextBytes(frame);
                    frame[0] = ECHO;
                    frames.add(frame);
                }
                for (byte[] frame : frames) {
                    out.writeInt(frame.length);
                    out.write(frame);
                }
                for (byte[] frame : frames) {
                    awaitEcho(frame);
                }
                return true;
            } catch (IOException e) {
                ended(e);
                close();
                return false;
            }
        }

        private byte[] frame() throws IOException {
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            return frame;
        }

        private void awaitEcho(byte[] sent) throws IOException {
            byte[] frame = frame();
            for (; frame[0] == PUSH; frame = frame()) {
                pushed++;
            }
            if (!Arrays.equals(frame, sent)) {
                breach(
                        "client at " + local,
                        "got " + frame.length + " other bytes than the " + sent.length + " it had sent");
            }
            echoes.incrementAndGet();
        }

        private @Nullable Side side() {
            return local == null ? null : sides.get(local);
        }

        private void ended(IOException e) {
            Side side = side();
            if (side == null || !side.killed) {
                breach("client at " + local, "ended for no reason: " + e);
            }
        }

        /** A half-close; what was sent before it has to be answered, and what was accepted before the server's FIN to be in front. */
        void finish() {
            Side side = side();
            try {
                unanswered = random.nextBoolean() ? flood() : 0;
                socket.shutdownOutput();
                while (skip()) {
                    // until the end
                }
                check(side);
            } catch (IOException e) {
                ended(e);
            }
            close();
        }

        /** One frame; false at the end of the stream. */
        private boolean skip() throws IOException {
            int first = in.read();
            if (first < 0) {
                return false;
            }
            byte[] frame = new byte[(first << 24) + (in.readUnsignedByte() << 16) + in.readUnsignedShort()];
            in.readFully(frame);
            if (frame[0] == PUSH) {
                pushed++;
            } else {
                unanswered--;
            }
            return true;
        }

        private void check(@Nullable Side side) {
            if (side != null && !side.killed && unanswered != 0) {
                breach("client at " + local, unanswered + " frames sent before the half-close are not answered");
            }
            if (side != null && !side.killed && pushed < side.accepted.get()) {
                breach(
                        "client at " + local,
                        "got " + pushed + " of " + side.accepted + " frames that were accepted for it");
            }
            if (side != null && pushed > side.tried.get()) {
                breach("client at " + local, "got " + pushed + " frames where only " + side.tried + " were pushed");
            }
        }

        /** Leaves the server, half of the time, in the midst of frames whose echoes nobody will read. */
        void reset() {
            try {
                if (random.nextBoolean()) {
                    flood();
                }
                socket.setSoLinger(true, 0);
            } catch (IOException goneAlready) {
                // Then there is nothing to reset.
            }
            close();
        }

        /** So many frames; no more than the systems on both sides hold for sure, so that it cannot block. */
        private int flood() throws IOException {
            byte[] frames = new byte[FLOOD * FLOOD_FRAME];
            ByteBuffer buffer = ByteBuffer.wrap(frames);
            for (int i = 0; i < FLOOD; i++) {
                buffer.position(i * FLOOD_FRAME).putInt(FLOOD_FRAME - 4).put(ECHO);
            }
            out.write(frames);
            return FLOOD;
        }

        void close() {
            if (local != null) {
                sides.remove(local);
            }
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
