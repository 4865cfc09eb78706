package io.millio.net.pool;

import io.millio.testkit.Await;
import io.millio.testkit.Threads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers each line with the same line, on plain sockets, so that a test can do things to a connection that have happened when it
 * goes on. It counts the connections that are open at the same time. Any thread.
 */
final class LineServer implements AutoCloseable {
    private final ServerSocket listener;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final Thread acceptor;
    private volatile boolean silent;
    private volatile boolean hangingUp;

    LineServer(int port) {
        try {
            listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 100);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        acceptor = Threads.start("line-server", this::accept);
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** From now on it reads and does not answer. */
    void fallSilent() {
        silent = true;
    }

    /** From now on it ends what it has accepted. */
    void hangUp() {
        hangingUp = true;
    }

    int most() {
        return most.get();
    }

    int active() {
        return active.get();
    }

    int accepted() {
        return accepted.get();
    }

    List<Socket> open() {
        return open;
    }

    void say(String text) throws IOException {
        for (Socket socket : open) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Ends all connections, by resets or by FINs; a socket from which a thread reads ends when that thread lets go of it. */
    void end(boolean reset) throws IOException {
        List<Socket> ending = List.copyOf(open);
        for (Socket socket : ending) {
            if (reset) {
                socket.setSoLinger(true, 0);
            }
            socket.close();
        }
        Await.until("the end of the connections", () -> open.stream().noneMatch(ending::contains));
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                accepted.incrementAndGet();
                if (hangingUp) {
                    socket.close();
                    continue;
                }
                most.accumulateAndGet(active.incrementAndGet(), Math::max);
                open.add(socket);
                Threads.start("line-server-connection", () -> serve(socket));
            }
        } catch (IOException closed) {
            // the end
        }
    }

    /** Counted out before it closes: a client that has seen its end may be back at once. */
    private void serve(Socket socket) {
        try (socket) {
            try {
                answer(socket);
            } finally {
                open.remove(socket);
                active.decrementAndGet();
            }
        } catch (IOException gone) {
            // as good as an end
        }
    }

    private void answer(Socket socket) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            if (!silent) {
                socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        Await.end(acceptor);
        end(true);
    }
}
