package io.millio.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.millio.time.Ticker;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LoopBuilderTest {
    @Test
    void theDefaultsAreThoseOfTheDocumentation() {
        LoopOptions options = EventLoop.builder().options();
        assertThat(options.name()).isEqualTo("mill");
        assertThat(options.workers()).isEqualTo(4);
        assertThat(options.eventCapacity()).isEqualTo(1024);
        assertThat(options.pollTimeout()).isEqualTo(Duration.ofMillis(100));
        assertThat(options.dispatch()).isEqualTo(Dispatch.WORKERS);
        assertThat(options.stallThreshold()).isEqualTo(Duration.ofMillis(100));
        assertThat(options.reactors()).isBetween(1, 8);
        assertThat(options.workerQueue()).isEqualTo(4096);
    }

    @Test
    void theShortFormSetsThree() throws Exception {
        try (EventLoop loop = EventLoop.create(8, 2048, Duration.ofMillis(50));
                EventLoop plain = EventLoop.create()) {
            assertThat(loop.stats().workers().threads()).isEqualTo(8);
            assertThat(plain.stats().workers().threads()).isEqualTo(4);
            assertThat(plain.name()).isEqualTo("mill");
        }
    }

    static Stream<Arguments> misuses() {
        return Stream.of(
                misuse(b -> b.workers(0), "workers must be between 1 and 4096, but is 0"),
                misuse(b -> b.workers(4097), "workers must be between 1 and 4096, but is 4097"),
                misuse(b -> b.reactors(0), "reactors must be between 1 and 256, but is 0"),
                misuse(b -> b.reactors(257), "reactors must be between 1 and 256, but is 257"),
                misuse(b -> b.eventCapacity(0), "event capacity must be between 1 and 65536, but is 0"),
                misuse(b -> b.eventCapacity(65_537), "event capacity must be between 1 and 65536, but is 65537"),
                misuse(b -> b.workerQueue(0), "worker queue must be between 1 and 16777216, but is 0"),
                misuse(b -> b.workerQueue(1 << 25), "worker queue must be between 1 and 16777216, but is 33554432"),
                misuse(b -> b.bufferMemory(1023), "buffer memory must be between 1048576 and"),
                misuse(
                        b -> b.pollTimeout(Duration.ofMillis(-1)),
                        "poll timeout must not be negative, but is PT-0.001S"),
                misuse(
                        b -> b.stallThreshold(Duration.ofNanos(-1)),
                        "stall threshold must not be negative, but is PT-0.000000001S"),
                misuse(b -> b.name(" "), "name must have 1 to 128 characters, but is ' '"),
                misuse(b -> b.name("x".repeat(129)), "name must have 1 to 128 characters"));
    }

    private static Arguments misuse(Consumer<EventLoop.Builder> call, String text) {
        return Arguments.of(call, text);
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void aValueOutOfRangeIsNamed(Consumer<EventLoop.Builder> call, String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> call.accept(EventLoop.builder()))
                .withMessageStartingWith(text);
    }

    @Test
    void theEndsOfTheRangesAreTaken() {
        LoopOptions options = EventLoop.builder()
                .name("x".repeat(128))
                .workers(4096)
                .reactors(256)
                .eventCapacity(65_536)
                .workerQueue(1 << 24)
                .bufferMemory(1 << 20)
                .pollTimeout(Duration.ZERO)
                .stallThreshold(Duration.ZERO)
                .options();
        assertThat(options.workerQueue()).isEqualTo(1 << 24);
        assertThat(EventLoop.builder()
                        .workers(1)
                        .eventCapacity(1)
                        .workerQueue(1)
                        .options()
                        .workerQueue())
                .isEqualTo(1);
    }

    @Test
    void aPollTimeoutOfMoreThanADayIsADay() {
        Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(EventLoop.builder().pollTimeout(endless).options().pollTimeout())
                .isEqualTo(Duration.ofDays(1));
        assertThat(EventLoop.builder().stallThreshold(endless).options().stallThreshold())
                .isEqualTo(Duration.ofDays(1));
    }

    @Test
    void whatMustBeGivenIsNamed() {
        assertThatNullPointerException()
                .isThrownBy(() -> EventLoop.builder().errorListener(null))
                .withMessage("error listener");
        assertThatNullPointerException()
                .isThrownBy(() -> EventLoop.builder().stallListener(null))
                .withMessage("stall listener");
        assertThatNullPointerException()
                .isThrownBy(() -> EventLoop.builder().ticker((Ticker) null))
                .withMessage("ticker");
    }

    @Test
    void oneBuilderMakesLoopsThatShareNothing() throws Exception {
        EventLoop.Builder builder = EventLoop.builder().name("twin").workers(1);
        try (EventLoop one = builder.build();
                EventLoop other = builder.workers(2).build()) {
            one.trigger(Token.of(1), event -> {});
            other.trigger(Token.of(1), event -> {});
            assertThat(one.stats().workers().threads()).isEqualTo(1);
            assertThat(other.stats().workers().threads()).isEqualTo(2);
        }
    }
}
