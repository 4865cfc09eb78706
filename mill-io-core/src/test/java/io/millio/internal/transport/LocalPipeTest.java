package io.millio.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One direction of a connection in memory against a queue of bytes, and who is woken when. */
class LocalPipeTest {
    private final LocalPipe pipe = new LocalPipe();
    private int readerWoken;
    private int writerWoken;

    private void listen() {
        pipe.wakeReaderBy(() -> readerWoken++);
        pipe.wakeWriterBy(() -> writerWoken++);
    }

    /** The bytes of a stream that counts, from the given place on. */
    private static byte[] counted(long from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (from + i >>> (from + i & 7));
        }
        return bytes;
    }

    @Test
    void whatGoesInComesOutWhateverTheSizes() throws IOException {
        long seed = Long.getLong("millio.seed", new Random().nextLong());
        Random random = new Random(seed);
        listen();
        long written = 0;
        long read = 0;
        for (int step = 0; step < 4000; step++) {
            String where = "step " + step + ", seed " + seed;
            int size = random.nextInt(random.nextInt(8) == 0 ? 2 * LocalPipe.CAPACITY : 300);
            if (random.nextBoolean()) {
                int cut = size / 3;
                ByteBuffer[] parts = {
                    ByteBuffer.wrap(counted(written, cut)),
                    ByteBuffer.allocateDirect(size - cut).put(0, counted(written + cut, size - cut))
                };
                int woken = readerWoken;
                long taken = pipe.write(parts);
                assertThat(taken).as(where).isEqualTo(Math.min(size, LocalPipe.CAPACITY - (written - read)));
                assertThat(readerWoken - woken).as(where).isEqualTo(written == read && taken > 0 ? 1 : 0);
                written += taken;
            } else {
                ByteBuffer target = random.nextBoolean() ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
                int count = pipe.read(target);
                assertThat(count).as(where).isEqualTo((int) Math.min(size, written - read));
                byte[] found = new byte[count];
                target.get(0, found);
                assertThat(found).as(where).isEqualTo(counted(read, count));
                read += count;
            }
            assertThat(pipe.isReadable()).as(where).isEqualTo(written > read);
        }
        assertThat(writerWoken).as("the writer has asked for nothing").isZero();
    }

    @Test
    void theWriterIsWokenOnceWhenHalfOfTheRoomIsFree() throws IOException {
        listen();
        assertThat(pipe.write(ByteBuffer.allocate(LocalPipe.CAPACITY + 1))).isEqualTo(LocalPipe.CAPACITY);
        assertThat(pipe.write(ByteBuffer.allocate(1))).isZero();
        assertThat(pipe.awaitRoom()).isFalse();
        pipe.read(ByteBuffer.allocate(LocalPipe.CAPACITY / 2 - 1));
        assertThat(writerWoken).isZero();
        pipe.read(ByteBuffer.allocate(1));
        assertThat(writerWoken).isEqualTo(1);
        pipe.read(ByteBuffer.allocate(10));
        assertThat(writerWoken).isEqualTo(1);
        assertThat(pipe.awaitRoom()).isTrue();
    }

    @Test
    void theEndAndAResetComeBehindTheBytesBeforeThem() throws IOException {
        listen();
        pipe.write(ByteBuffer.allocate(3));
        pipe.finish();
        assertThat(readerWoken).isEqualTo(2);
        assertThat(pipe.read(ByteBuffer.allocate(9))).isEqualTo(3);
        assertThat(pipe.read(ByteBuffer.allocate(9))).isEqualTo(-1);
        pipe.reset();
        assertThatThrownBy(() -> pipe.read(ByteBuffer.allocate(9))).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> pipe.write(ByteBuffer.allocate(9))).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aWriterThatWaitsLearnsThatNobodyReads() throws IOException {
        listen();
        pipe.write(ByteBuffer.allocate(LocalPipe.CAPACITY));
        pipe.awaitRoom();
        assertThat(pipe.abandon()).as("bytes were dropped").isTrue();
        assertThat(writerWoken).isEqualTo(1);
        assertThatThrownBy(() -> pipe.write(ByteBuffer.allocate(1))).isInstanceOf(SocketException.class);
        assertThat(pipe.abandon()).isFalse();
    }
}
