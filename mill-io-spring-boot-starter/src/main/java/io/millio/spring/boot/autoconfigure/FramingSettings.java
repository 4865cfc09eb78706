package io.millio.spring.boot.autoconfigure;

import io.millio.net.Framing;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Framing} of the {@code framing.*} keys of a server or client; used by the thread that refreshes the context. */
final class FramingSettings {
    private static final int DEFAULT_LENGTH_BYTES = 4;

    private final UnaryOperator<String> property;
    private final MillProperties.Framing keys;
    private final MillProperties.FramingType type;
    private Framing framing = Framing.none();

    private FramingSettings(UnaryOperator<String> property, MillProperties.Framing keys) {
        this.property = property;
        this.keys = keys;
        this.type = keys.type() == null ? MillProperties.FramingType.NONE : keys.type();
    }

    static Framing of(UnaryOperator<String> property, MillProperties.@Nullable Framing keys) {
        return keys == null ? Framing.none() : new FramingSettings(property, keys).framing();
    }

    private Framing framing() {
        refuseForeign("delimiter", keys.delimiter(), MillProperties.FramingType.DELIMITER);
        refuseForeign("size", keys.size(), MillProperties.FramingType.FIXED);
        refuseForeign("length-bytes", keys.lengthBytes(), MillProperties.FramingType.LENGTH);
        choose();
        change("max-frame", Checked.bytes(property("max-frame"), keys.maxFrame()), bytes -> framing.maxFrame(bytes));
        change("byte-order", keys.byteOrder(), order -> framing.byteOrder(byteOrder(order)));
        change("length-adjustment", keys.lengthAdjustment(), bytes -> framing.lengthAdjustment(bytes));
        change("strip", keys.strip(), strip -> framing.strip(strip));
        return framing;
    }

    private void choose() {
        switch (type) {
            case NONE -> {}
            case LINE -> framing = Framing.lines();
            case VARINT -> framing = Framing.varint();
            case DELIMITER -> change("delimiter", required("delimiter", keys.delimiter()), FramingSettings::delimiter);
            case FIXED -> {
                Integer size = Checked.bytes(property("size"), keys.size());
                change("size", required("size", size), Framing::fixed);
            }
            case LENGTH -> {
                int bytes = keys.lengthBytes() == null ? DEFAULT_LENGTH_BYTES : keys.lengthBytes();
                change("length-bytes", bytes, Framing::lengthPrefixed);
            }
        }
    }

    /** Escapes as in Java's strings, for not every place that a property comes from can hold a line break. */
    private static Framing delimiter(String text) {
        return Framing.delimiter(text.translateEscapes().getBytes(StandardCharsets.UTF_8));
    }

    private static ByteOrder byteOrder(MillProperties.Order order) {
        return order == MillProperties.Order.BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private <T> T required(String key, @Nullable T value) {
        if (value == null) {
            throw Checked.invalid(property("type"), type, "it also needs " + property(key));
        }
        return value;
    }

    private void refuseForeign(String key, @Nullable Object value, MillProperties.FramingType owner) {
        if (value != null && type != owner) {
            throw Checked.invalid(
                    property(key),
                    value,
                    "it is for framing type " + owner.name().toLowerCase(Locale.ROOT) + " only, but "
                            + property("type") + " is "
                            + type.name().toLowerCase(Locale.ROOT));
        }
    }

    private <T> void change(String key, @Nullable T value, FramingStep<T> step) {
        Checked.set(property(key), value, given -> framing = step.apply(given));
    }

    private String property(String key) {
        return property.apply("framing." + key);
    }

    /** Makes a framing of a value. */
    @FunctionalInterface
    private interface FramingStep<T> {
        Framing apply(T value);
    }
}
