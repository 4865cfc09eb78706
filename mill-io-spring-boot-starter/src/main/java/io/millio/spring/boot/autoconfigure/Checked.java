package io.millio.spring.boot.autoconfigure;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/** Hands values of properties to the core, whose refusals then name the property; stateless. */
final class Checked {
    private Checked() {}

    /** Applies a value that is set; what the setter refuses is reported as this property's invalid value. */
    static <T> void set(String property, @Nullable T value, Consumer<T> setter) {
        if (value == null) {
            return;
        }
        try {
            setter.accept(value);
        } catch (IllegalArgumentException | IllegalStateException | UnsupportedOperationException e) {
            throw new InvalidConfigurationPropertyValueException(property, value, e.getMessage(), e);
        }
    }

    /** The number of bytes, if the value is set and an int can hold it. */
    static @Nullable Integer bytes(String property, @Nullable DataSize value) {
        if (value == null) {
            return null;
        }
        if (value.toBytes() > Integer.MAX_VALUE || value.isNegative()) {
            throw invalid(property, value, "the size must be between 0 and 2147483647 bytes");
        }
        return (int) value.toBytes();
    }

    static Duration notNegative(String property, Duration value) {
        if (value.isNegative()) {
            throw invalid(property, value, "it must not be negative");
        }
        return value;
    }

    static InvalidConfigurationPropertyValueException invalid(String property, @Nullable Object value, String reason) {
        return new InvalidConfigurationPropertyValueException(property, value, reason);
    }
}
