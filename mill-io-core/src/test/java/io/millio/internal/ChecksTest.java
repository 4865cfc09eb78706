package io.millio.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ChecksTest {
    @Test
    void aRangeIncludesItsEnds() {
        assertThat(Checks.range("x", 1, 1, 3)).isEqualTo(1);
        assertThat(Checks.range("x", 3, 1, 3)).isEqualTo(3);
        assertThat(Checks.range("x", Long.MAX_VALUE, 0, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aValueOutOfRangeIsNamedWithItsLimits() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.range("workers", 0, 1, 3))
                .withMessage("workers must be between 1 and 3, but is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.range("workers", 4, 1, 3))
                .withMessage("workers must be between 1 and 3, but is 4");
    }

    @Test
    void zeroIsNotNegative() {
        assertThat(Checks.notNegative("timeout", Duration.ZERO)).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.notNegative("timeout", Duration.ofNanos(-1)))
                .withMessageContaining("timeout must not be negative, but is PT-0.000000001S");
    }

    @Test
    void aDurationBeyondTheClockIsCutToItsEnd() {
        assertThat(Checks.nanos(Duration.ofNanos(17))).isEqualTo(17);
        assertThat(Checks.nanos(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE);
        assertThat(Checks.nanos(Duration.ofSeconds(Long.MIN_VALUE))).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void aNameHasOneTo128Characters() {
        assertThat(Checks.name("name", "x".repeat(128))).hasSize(128);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Checks.name("name", " "))
                .withMessage("name must have 1 to 128 characters, but is ' '");
        assertThatIllegalArgumentException().isThrownBy(() -> Checks.name("name", "x".repeat(129)));
    }
}
