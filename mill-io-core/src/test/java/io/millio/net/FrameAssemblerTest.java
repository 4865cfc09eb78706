package io.millio.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millio.net.FramingException.Kind;
import io.millio.pool.BufferPool;
import io.millio.pool.PooledBuffer;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is held of an unfinished frame, for how long, and at what cost. */
class FrameAssemblerTest {
    private static final int MIB = 1 << 20;

    private final BufferPool pool = BufferPool.create(8 * MIB);

    @AfterEach
    void everyBufferIsBackInThePool() {
        assertThat(pool.stats().used()).isZero();
    }

    @Test
    void aFrameInsideTheReadBufferIsASliceOfItWithNothingElse() {
        FrameAssembler lines = new FrameAssembler(Framing.lines(), BufferPool.create(0));
        ByteBuffer in = bytes("abc\r\ndef\n");

        ByteBuffer frame = lines.next(in);
        assertThat(text(frame)).isEqualTo("abc");
        assertThat(frame.capacity()).isEqualTo(3);
        assertThat(in.position()).isEqualTo(5);
        in.put(1, (byte) 'X');
        assertThat(text(frame)).as("shares the memory of the read buffer").isEqualTo("aXc");
        assertThat(text(lines.next(in))).isEqualTo("def");
        assertThat(lines.next(in)).isNull();
    }

    @Test
    void afterAHeldFrameTheNextAreSlicesAgain() {
        for (Framing framing : List.of(Framing.lines(), Framing.delimiter(new byte[] {'\n'}), Framing.fixed(4))) {
            FrameAssembler assembler = new FrameAssembler(framing, pool);
            int terminator = framing.codec().tailLength();
            String end = "\n".repeat(terminator);
            assertThat(assembler.next(bytes("ab"))).isNull();
            assertThat(assembler.held()).isEqualTo(2);

            ByteBuffer in = bytes("cd" + end + "efgh" + end + "ij");
            assertThat(text(assembler.next(in))).isEqualTo("abcd");
            assertThat(in.position()).as("only the held frame is used up").isEqualTo(2 + terminator);
            assertThat(assembler.held()).isZero();
            ByteBuffer inside = assembler.next(in);
            in.put(2 + terminator, (byte) 'X');
            assertThat(text(inside)).isEqualTo("Xfgh");
            assertThat(assembler.next(in)).isNull();
            assertThat(assembler.held()).isEqualTo(2);
            assembler.release();
        }
    }

    @Test
    void aHeldFrameIsLentUntilTheNextCall() {
        FrameAssembler assembler = new FrameAssembler(Framing.lengthPrefixed(1), pool);
        assembler.next(bytes("\3a"));
        ByteBuffer frame = assembler.next(bytes("bc"));
        assertThat(pool.stats().used()).isEqualTo(1);
        assertThat(text(frame)).isEqualTo("abc");
        assertThat(frame.capacity()).isEqualTo(3);

        assertThat(assembler.next(bytes(""))).isNull();
        assertThat(pool.stats().used()).as("an idle connection holds no buffer").isZero();
    }

    @Test
    void whatAPeerAnnouncesAllocatesNothing() {
        List<Framing> framings = List.of(Framing.lengthPrefixed(4), Framing.lengthPrefixed(8), Framing.varint());
        for (Framing framing : framings) {
            BufferPool tiny = BufferPool.create(16 * 1024);
            FrameAssembler assembler = new FrameAssembler(framing.maxFrame(1 << 30), tiny);
            ByteBuffer head = ByteBuffer.allocate(8);
            framing.codec().putHead(head, 1 << 30);
            for (int end = head.position(), i = 0; i < end; i++) {
                assertThat(assembler.next(head.limit(i + 1).position(i))).isNull();
            }
            for (int i = 0; i < 20; i++) {
                assertThat(assembler.next(ByteBuffer.allocate(100))).isNull();
            }
            assertThat(assembler.held()).isBetween(2001, 2008);
            assembler.release();
        }
    }

    @Test
    void anAnnouncementOverTheLimitFailsBeforeAnythingIsHeld() {
        ByteBuffer in = ByteBuffer.allocate(200).putInt(0, Integer.MAX_VALUE);
        FrameAssembler assembler = new FrameAssembler(Framing.lengthPrefixed(4), BufferPool.create(0));
        assertFails(assembler, in, Kind.TOO_LARGE);
        assertThat(assembler.held()).isZero();
    }

    @Test
    void aLineThatIsTooLongFailsAtTheFirstByteTooManyAndHoldsNoMore() {
        for (int piece : new int[] {1, 7, 64, 1000}) {
            FrameAssembler assembler = new FrameAssembler(Framing.lines().maxFrame(100), pool);
            int fed = 0;
            while (fed + piece <= 100) {
                assertThat(assembler.next(bytes("x".repeat(piece)))).isNull();
                fed += piece;
            }
            assertThat(assembler.held()).isEqualTo(fed);
            assertFails(assembler, bytes("x".repeat(piece)), Kind.TOO_LARGE);
            assertThat(assembler.held()).isLessThanOrEqualTo(102);
            assembler.release();
        }
    }

    @Test
    void withoutMemoryNothingIsLostAndTheSameCallWorksLater() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines(), pool);
        ByteBuffer in = bytes("first\nsec");
        assertThat(text(assembler.next(in))).isEqualTo("first");

        List<PooledBuffer> taken = takeAll();
        assertFails(assembler, in, Kind.NO_MEMORY);
        assertFails(assembler, in, Kind.NO_MEMORY);
        assertThat(in.position()).isEqualTo(6);
        taken.forEach(PooledBuffer::release);
        assertThat(assembler.next(in)).isNull();
        assertThat(assembler.held()).isEqualTo(3);
        assertThat(text(assembler.next(bytes("ond\n")))).isEqualTo("second");
        assembler.release();
    }

    @Test
    void aHeldFrameThatCannotGrowGoesOnOnceItCan() {
        FrameAssembler assembler = new FrameAssembler(Framing.lengthPrefixed(4), pool);
        ByteBuffer in = ByteBuffer.allocate(50_004).putInt(0, 50_000);
        in.put(4, (byte) 'a').put(50_003, (byte) 'z');
        assertThat(assembler.next(in.limit(100))).isNull();

        List<PooledBuffer> taken = takeAll();
        in.limit(50_004);
        assertFails(assembler, in, Kind.NO_MEMORY);
        taken.forEach(PooledBuffer::release);
        ByteBuffer frame = assembler.next(in);
        assertThat(frame.remaining()).isEqualTo(50_000);
        assertThat(frame.get(0)).isEqualTo((byte) 'a');
        assertThat(frame.get(49_999)).isEqualTo((byte) 'z');
        assembler.release();
    }

    @Test
    void memoryGrowsWithTheBytesThatArrivedOnly() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines().maxFrame(8 * MIB), pool);
        for (int held = 1; held <= MIB; held *= 2) {
            assembler.next(ByteBuffer.wrap(new byte[held - assembler.held()]));
            assertThat(pool.stats().bytesUsed()).isLessThanOrEqualTo(Math.max(256, 2L * held));
        }
        assembler.release();
    }

    /** Otherwise a frame that trickles in would be copied again and again. */
    @Test
    void memoryGrowsInFewSteps() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines().maxFrame(4 * MIB), pool);
        for (int i = 0; i < 1000; i++) {
            assembler.next(ByteBuffer.wrap(new byte[4096]));
        }
        assertThat(assembler.held()).isEqualTo(4_096_000);
        assertThat(pool.stats().acquired()).isLessThanOrEqualTo(11);
        assembler.release();
    }

    @Test
    void whatFollowsAHeldFrameIsNoReasonToGrow() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines(), pool);
        assembler.next(bytes("x".repeat(200)));
        ByteBuffer in = bytes("end\n" + "following\n".repeat(1000));
        assertThat(assembler.next(in).remaining()).isEqualTo(203);
        assertThat(pool.stats().acquired()).isEqualTo(1);
        assertThat(in.position()).isEqualTo(4);
        assembler.release();
    }

    @Test
    void theLargestFrameHoldsNoMoreThanItNeeds() {
        List<Framing> framings = List.of(
                Framing.lines(),
                Framing.lines().strip(false).maxFrame(MIB + 1),
                Framing.delimiter(new byte[] {'\n'}),
                Framing.lengthPrefixed(4),
                Framing.varint().strip(false).maxFrame(MIB + 3),
                Framing.fixed(MIB));
        for (Framing framing : framings) {
            FrameAssembler assembler = new FrameAssembler(framing, pool);
            ByteBuffer in = ByteBuffer.allocate(MIB + 8);
            framing.codec().putHead(in, MIB);
            in.position(in.position() + MIB);
            framing.codec().putTail(in);
            int end = in.position();
            in.rewind();
            ByteBuffer frame = null;
            for (int at = 0; at < end; at = in.position()) {
                assertThat(frame).isNull();
                frame = assembler.next(in.limit(Math.min(end, at + 1000)));
            }
            assertThat(frame.remaining()).isBetween(MIB, MIB + 4);
            assertThat(pool.stats().bytesUsed()).as(framing.toString()).isLessThanOrEqualTo(MIB + 4096);
            assembler.release();
        }
    }

    @Test
    void theBufferOfTheLastFrameGoesBackWhenTheHandlerHasReturned() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines(), pool);
        assembler.endLoan();
        assembler.next(bytes("ab"));
        assembler.endLoan();
        assertThat(assembler.held()).as("what is unfinished stays").isEqualTo(2);
        assertThat(text(assembler.next(bytes("c\n")))).isEqualTo("abc");
        assembler.endLoan();
        assertThat(pool.stats().used()).isZero();
    }

    @Test
    void releaseForgetsWhatIsHeldAndMayBeRepeated() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines(), pool);
        assembler.release();
        assembler.next(bytes("abc"));
        assembler.release();
        assembler.release();
        assertThat(assembler.held()).isZero();
        assertThat(text(assembler.next(bytes("def\n")))).isEqualTo("def");
        assembler.next(bytes("gh"));
        assembler.next(bytes("i\n"));
        assembler.release();
        assembler.release();
    }

    @Test
    void theEndBetweenFramesIsClean() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines(), pool);
        assembler.next(bytes("a"));
        assertThat(text(assembler.next(bytes("b\n")))).isEqualTo("ab");
        assertThat(assembler.end()).isNull();
        assertThat(assembler.truncated()).isFalse();
    }

    @Test
    void theEndWithinAFrameDropsItAndSaysSo() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines(), pool);
        assembler.next(bytes("ab"));
        assertThat(assembler.truncated()).isFalse();
        assertThat(assembler.end()).isNull();
        assertThat(assembler.truncated()).isTrue();
        assertThat(assembler.held()).isEqualTo(2);
        assembler.release();
        assertThat(assembler.truncated()).isTrue();
    }

    @Test
    void theLastLineIsDeliveredIfAskedFor() {
        FrameAssembler assembler = new FrameAssembler(Framing.lines().deliverPartialAtEnd(true), pool);
        assembler.next(bytes("ab\r"));
        assertThat(text(assembler.end())).isEqualTo("ab\r");
        assertThat(assembler.truncated()).isFalse();
        assertThat(assembler.held()).isZero();
        assertThat(assembler.end()).as("once").isNull();
    }

    @Test
    void aLastLineIsNoLargerThanAFrame() {
        FrameAssembler assembler =
                new FrameAssembler(Framing.lines().maxFrame(2).deliverPartialAtEnd(true), pool);
        assembler.next(bytes("ab\r"));
        assertThatExceptionOfType(FramingException.class)
                .isThrownBy(assembler::end)
                .matches(e -> e.kind() == Kind.TOO_LARGE)
                .withMessageContaining("maxFrame is 2");
        assembler.release();
    }

    @Test
    void withoutFramingEveryReadIsAFrame() {
        FrameAssembler assembler = new FrameAssembler(Framing.none(), BufferPool.create(0));
        ByteBuffer in = bytes("whatever\nit is");
        assertThat(text(assembler.next(in))).isEqualTo("whatever\nit is");
        assertThat(assembler.next(in)).isNull();
        assertThat(assembler.end()).isNull();
        assertThat(assembler.truncated()).isFalse();
    }

    @Test
    void aLongLineByteByByteIsLookedAtOnce() {
        AtomicLong looked = new AtomicLong();
        FrameAssembler assembler = new FrameAssembler(countingLines(looked).maxFrame(2 * MIB), pool);
        ByteBuffer one = ByteBuffer.allocate(1).put(0, (byte) 'x');
        int frames = 0;
        for (int i = 0; i < MIB; i++) {
            frames += assembler.next(one.rewind()) == null ? 0 : 1;
        }
        assertThat(frames).isZero();
        ByteBuffer frame = assembler.next(one.rewind().put(0, (byte) '\n'));
        assertThat(frame.remaining()).isEqualTo(MIB);
        assertThat(looked).hasValue(MIB + 1);
        assembler.release();
    }

    @Test
    void aKnownLengthIsNotAskedAboutUntilItIsThere() {
        AtomicLong asked = new AtomicLong();
        FrameCodec codec = Framing.lengthPrefixed(4).codec();
        Framing framing = Framing.custom((in, examined) -> {
                    asked.incrementAndGet();
                    return codec.decode(in, examined);
                })
                .maxFrame(MIB);
        FrameAssembler assembler = new FrameAssembler(framing, pool);
        ByteBuffer in = ByteBuffer.allocate(100_004).putInt(0, 100_000);
        for (int i = 0; i < 100_003; i++) {
            assertThat(assembler.next(in.limit(i + 1))).isNull();
        }
        assertThat(assembler.next(in.limit(100_004)).remaining()).isEqualTo(100_000);
        assertThat(asked).hasValue(3);
        assembler.release();
    }

    /** Compared with the slices alone, allocated the same way in the same run. */
    @Test
    void aFrameInsideTheReadBufferCostsOneSlice() {
        FrameAssembler assembler = new FrameAssembler(Framing.lengthPrefixed(4), pool);
        ByteBuffer in = ByteBuffer.allocateDirect(64 * 104);
        for (int i = 0; i < 64; i++) {
            in.putInt(i * 104, 100);
        }
        int frames = 64 * 200;
        long slices = allocated(() -> {
            for (int i = 0; i < frames; i++) {
                sink = in.slice(i % 64 * 104 + 4, 100);
            }
        });
        long framed = allocated(() -> {
            for (int i = 0; i < frames; i++) {
                if (!in.hasRemaining()) {
                    in.rewind();
                }
                sink = assembler.next(in);
            }
        });
        assertThat(slices).isGreaterThan(frames * 16L);
        assertThat(framed).isLessThan(slices + frames);
    }

    private static volatile ByteBuffer sink;

    private static long allocated(Runnable work) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        work.run();
        long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private List<PooledBuffer> takeAll() {
        List<PooledBuffer> taken = new ArrayList<>();
        for (PooledBuffer next = pool.tryAcquire(1); next != null; next = pool.tryAcquire(1)) {
            taken.add(next);
        }
        return taken;
    }

    private static Framing countingLines(AtomicLong looked) {
        return Framing.custom((in, examined) -> {
            for (int at = examined; at < in.remaining(); at++) {
                if (looked.incrementAndGet() > 4 * MIB) {
                    throw new AssertionError("the same bytes are looked at again and again");
                }
                if (in.get(in.position() + at) == '\n') {
                    return FrameCodec.frame(at + 1, 0, 1);
                }
            }
            return FrameCodec.INCOMPLETE;
        });
    }

    private static void assertFails(FrameAssembler assembler, ByteBuffer in, Kind kind) {
        assertThatExceptionOfType(FramingException.class)
                .isThrownBy(() -> assembler.next(in))
                .matches(e -> e.kind() == kind, kind.name());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    private static String text(ByteBuffer frame) {
        return ISO_8859_1.decode(frame.duplicate()).toString();
    }
}
