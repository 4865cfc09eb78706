package io.millio.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.loop.Dispatch;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the loop and its servers to a model while many threads do what they like; {@code sample-app/scripts} has it for a minute. */
class RandomOperationsTest {
    private static final Duration DURATION = Duration.ofMillis(2500);

    @ParameterizedTest
    @EnumSource(
            value = Dispatch.class,
            names = {"DIRECT", "WORKERS"})
    void whateverThreadsDoTheLoopEndsAsTheModelSays(Dispatch dispatch) {
        long seed = Seed.fresh();
        RandomOperations.Report report = RandomOperations.run(dispatch, DURATION, seed);
        assertThat(report.breaches())
                .as("-Dmillio.seed=%d, %s", seed, report.figures())
                .isEmpty();
        assertThat(report.figures()).doesNotContain("=0");
    }
}
