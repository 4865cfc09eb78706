package io.millio;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.testkit.Await;
import io.millio.testkit.Peer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the examples that serve a port as a user does, from their compiled classes, each in a JVM of its own. */
@Timeout(60)
class ServerExamplesTest {
    private Process process;

    @AfterEach
    void endProcess() {
        process.destroyForcibly();
    }

    /** The address that the example names in its only line so far. */
    private InetSocketAddress start(String example, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                "target/classes" + File.pathSeparator + "target/example-classes",
                example,
                "--port=0"));
        command.addAll(List.of(options));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader output = process.inputReader();
        String line = output.readLine();
        assertThat(line).startsWith("listening on 127.0.0.1:");
        return new InetSocketAddress("127.0.0.1", Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
    }

    private void endsOnRequest() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(Await.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("ends when asked to")
                .isTrue();
    }

    @Test
    void chatServerTakesALineToTheRoomOfItsSenderAndNoFurther() throws Exception {
        InetSocketAddress address = start("ChatServer", "--dispatch=direct");
        try (Peer ann = Peer.connect(address)) {
            String annsName = join(ann, "lobby");
            try (Peer bob = Peer.connect(address)) {
                String bobsName = join(bob, "lobby");
                hears(ann, "* " + bobsName + " joined lobby");
                ann.send("hello\r\n");
                hears(ann, annsName + ": hello");
                hears(bob, annsName + ": hello");

                bob.send("/join attic\n");
                hears(bob, "* " + bobsName + " joined attic");
                ann.send("who is here?\n/all dinner!\n" + "x".repeat(5000) + "\n");
                hears(bob, annsName + ": dinner!");
                hears(ann, annsName + ": who is here?");
                hears(ann, annsName + ": dinner!");
                hears(ann, "* a line may have 4096 bytes");
                ann.send("/join attic\n");
                hears(bob, "* " + annsName + " joined attic");
                hears(ann, "* " + annsName + " joined attic");
            }
            assertThat(line(ann)).startsWith("* #").contains(" left: ");
        }
        endsOnRequest();
    }

    /** Returns the name under which the server knows the peer. */
    private static String join(Peer peer, String room) {
        String line = line(peer);
        assertThat(line).matches("\\* #\\d+ joined " + room);
        return line.split(" ")[1];
    }

    private static void hears(Peer peer, String line) {
        assertThat(line(peer)).isEqualTo(line);
    }

    private static String line(Peer peer) {
        StringBuilder line = new StringBuilder();
        for (String next = peer.receiveText(1); !next.equals("\n"); next = peer.receiveText(1)) {
            line.append(next);
        }
        return line.toString();
    }

    @Test
    void udpEchoSendsBackWhatFitsAndNothingElse() throws Exception {
        InetSocketAddress address = start("UdpEcho", "--max-datagram=100");
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            socket.setSoTimeout((int) Await.LIMIT.toMillis());
            send(socket, address, "x".repeat(101));
            send(socket, address, "hello");
            DatagramPacket reply = new DatagramPacket(new byte[200], 200);
            socket.receive(reply);
            assertThat(new String(reply.getData(), 0, reply.getLength(), StandardCharsets.UTF_8))
                    .isEqualTo("hello");
            assertThat(reply.getSocketAddress()).isEqualTo(address);
        }
        endsOnRequest();
    }

    private static void send(DatagramSocket socket, InetSocketAddress to, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(bytes, bytes.length, to));
    }

    @Test
    void echoServerSendsBackLines() throws Exception {
        try (Peer peer = Peer.connect(start("EchoServer", "--framing=line"))) {
            assertThat(peer.send("hello\nworld\n").receiveText(12)).isEqualTo("hello\nworld\n");
        }
        endsOnRequest();
    }

    @Test
    void rawEchoServerSendsBackBytes() throws Exception {
        try (Peer peer = Peer.connect(start("RawEchoServer"))) {
            assertThat(peer.send("hello").receiveText(5)).isEqualTo("hello");
        }
        endsOnRequest();
    }

    @Test
    void httpServerServesAFileAndRefusesNonsense(@TempDir Path root) throws Exception {
        Files.writeString(root.resolve("hello.txt"), "hello");
        try (Peer peer = Peer.connect(start("HttpServer", "--root=" + root, "--dispatch=direct"))) {
            peer.send("GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n");
            assertThat(new String(peer.receiveToEnd(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("Content-Type: text/plain; charset=utf-8\r\n")
                    .contains("\r\n\r\nhelloHTTP/1.1 400 Bad Request\r\n");
        }
        endsOnRequest();
    }
}
