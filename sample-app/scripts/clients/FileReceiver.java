import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Takes what FileServer.java sends, and compares its checksum with that of the file. One thread.
 *
 * <pre>
 *   java FileReceiver.java host port file
 * </pre>
 */
public final class FileReceiver {
    private static final int CHUNK = 1 << 20;

    private FileReceiver() {}

    public static void main(String[] args) throws IOException {
        CRC32C received = new CRC32C();
        long length;
        String tail;
        long start = System.nanoTime();
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(args[0], Integer.parseInt(args[1])))) {
            length = Long.parseLong(line(channel));
            checksum(channel, length, received);
            tail = line(channel);
            if (channel.read(ByteBuffer.allocate(1)) >= 0) {
                tail += "-and-more";
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        CRC32C expected = new CRC32C();
        long size;
        try (FileChannel file = FileChannel.open(Path.of(args[2]))) {
            size = file.size();
            checksum(file, size, expected);
        }
        System.out.printf(
                "received=%d receivedCrc=%08x size=%d fileCrc=%08x tail=%s seconds=%.1f mibPerSecond=%.0f%n",
                length, received.getValue(), size, expected.getValue(), tail, seconds, length / seconds / (1 << 20));
    }

    private static void checksum(ReadableByteChannel channel, long length, CRC32C checksum) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        for (long left = length; left > 0; ) {
            chunk.clear().limit((int) Math.min(CHUNK, left));
            int n = channel.read(chunk);
            if (n < 0) {
                throw new EOFException(left + " of " + length + " bytes are missing");
            }
            checksum.update(chunk.flip());
            left -= n;
        }
    }

    /** Byte by byte, so that nothing of the file is taken. */
    private static String line(ReadableByteChannel channel) throws IOException {
        StringBuilder line = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (channel.read(one.clear()) > 0 && one.get(0) != '\n') {
            line.append((char) one.get(0));
        }
        return line.toString();
    }
}
