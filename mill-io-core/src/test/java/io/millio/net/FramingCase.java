package io.millio.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One framing with its reference, how a peer writes a frame of it, payloads it can carry and streams it must refuse.
 *
 * @param keep whether the handler gets what was written around the payload
 */
record FramingCase(
        String name,
        Framing framing,
        FramingReference reference,
        boolean keep,
        UnaryOperator<byte[]> wrap,
        List<byte[]> payloads,
        List<byte[]> violations) {

    /** Above the largest payload and its head, and below what two bytes of length can say. */
    static final int MAX = 405;

    static Stream<FramingCase> all() {
        List<FramingCase> cases = new ArrayList<>();
        cases.add(fixed(1));
        cases.add(fixed(7));
        cases.add(fixed(300));
        for (boolean keep : new boolean[] {false, true}) {
            cases.add(lines(keep, false));
            cases.add(lines(keep, true));
            for (String mark : List.of("\0", "\r\n", "aab", "abcabcabd", "aaaa")) {
                cases.add(delimiter(mark, keep));
            }
            for (int bytes : new int[] {1, 2, 3, 4, 8}) {
                for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
                    cases.add(length(bytes, order, 0, keep));
                    cases.add(length(bytes, order, -bytes, keep));
                    cases.add(length(bytes, order, 3, keep));
                }
            }
            cases.add(varint(keep));
        }
        cases.add(brackets());
        return cases.stream();
    }

    static FramingCase lines(boolean keep, boolean partialAtEnd) {
        return new FramingCase(
                "lines keep=" + keep + " partial=" + partialAtEnd,
                Framing.lines().maxFrame(MAX).strip(!keep).deliverPartialAtEnd(partialAtEnd),
                FramingReference.lines(MAX, !keep, partialAtEnd),
                keep,
                payload -> concat(payload, payload.length % 2 == 0 ? bytes("\n") : bytes("\r\n")),
                payloads(bytes("\rx\0"), text -> !text.contains("\n") && !text.endsWith("\r")),
                List.of(
                        concat(filled(MAX + 1, 'x'), bytes("\n")),
                        concat(filled(MAX + 1, 'x'), bytes("\r\n")),
                        concat(filled(MAX, 'x'), bytes("\r\r\n")),
                        filled(MAX + 1, 'x'),
                        filled(MAX + 2, '\r'),
                        filled(3 * MAX, '\r')));
    }

    static FramingCase delimiter(String mark, boolean keep) {
        byte[] delimiter = bytes(mark);
        int room = keep ? MAX - delimiter.length : MAX;
        return new FramingCase(
                "delimiter " + mark.replace("\0", "NUL").replace("\r\n", "CRLF") + " keep=" + keep,
                Framing.delimiter(delimiter).maxFrame(MAX).strip(!keep),
                FramingReference.delimiter(delimiter, MAX, !keep),
                keep,
                payload -> concat(payload, delimiter),
                payloads(
                        delimiter.length == 1 ? bytes("xy") : bytes(mark.substring(0, mark.length() - 1) + "xa"),
                        text -> (text + mark).indexOf(mark) == text.length()),
                List.of(
                        concat(filled(room + 1, 'z'), delimiter),
                        filled(room + delimiter.length, 'z'),
                        concat(filled(room + 1, 'z'), bytes(mark.substring(0, mark.length() - 1))),
                        filled(3 * MAX, 'z')));
    }

    static FramingCase fixed(int size) {
        return new FramingCase(
                "fixed " + size,
                Framing.fixed(size),
                FramingReference.fixed(size),
                false,
                payload -> payload,
                List.of(filled(size, 'a'), filled(size, '\n'), filled(size, 0), filled(size, 0xFF), filled(size, 'b')),
                List.of());
    }

    static FramingCase length(int bytes, ByteOrder order, int adjustment, boolean keep) {
        int max = bytes == 1 ? 250 : MAX;
        UnaryOperator<byte[]> wrap = payload -> concat(lengthField(bytes, order, payload.length - adjustment), payload);
        List<byte[]> violations = new ArrayList<>();
        violations.add(filled(bytes, 0xFF));
        violations.add(concat(filled(bytes, 0xFF), filled(2 * MAX, 'x')));
        violations.add(lengthField(bytes, order, max + 1 - adjustment - (keep ? bytes : 0)));
        if (bytes > 2) {
            violations.add(lengthField(bytes, order, 1L << (8 * bytes - 1)));
            violations.add(lengthField(bytes, order, (1L << (8 * bytes - 1)) - 1));
        }
        if (adjustment < 0) {
            violations.add(lengthField(bytes, order, -adjustment - 1));
            violations.add(lengthField(bytes, order, 0));
        }
        return new FramingCase(
                "length " + bytes + " " + order + " adjustment=" + adjustment + " keep=" + keep,
                Framing.lengthPrefixed(bytes)
                        .byteOrder(order)
                        .maxFrame(max)
                        .lengthAdjustment(adjustment)
                        .strip(!keep),
                FramingReference.length(bytes, order == ByteOrder.BIG_ENDIAN, adjustment, max, !keep),
                keep,
                wrap,
                payloads(bytes("\0\1x"), text -> text.length() >= adjustment && text.length() < max - 8),
                violations);
    }

    static FramingCase varint(boolean keep) {
        return new FramingCase(
                "varint keep=" + keep,
                Framing.varint().maxFrame(MAX).strip(!keep),
                FramingReference.varint(MAX, !keep),
                keep,
                payload -> concat(
                        payload.length < 128
                                ? new byte[] {(byte) payload.length}
                                : new byte[] {(byte) (payload.length % 128 + 128), (byte) (payload.length / 128)},
                        payload),
                payloads(bytes("\0\u0080x"), text -> true),
                List.of(
                        filled(5, 0x80),
                        filled(6, 0xFF),
                        new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x7F},
                        new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07},
                        new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x10},
                        new byte[] {(byte) (MAX % 128 + 129), MAX / 128}));
    }

    static FramingCase brackets() {
        return new FramingCase(
                "custom brackets",
                Framing.custom(new BracketCodec()).maxFrame(200),
                FramingReference.brackets(200),
                false,
                payload -> concat(new byte[] {'<', (byte) payload.length}, concat(payload, bytes(">"))),
                payloads(bytes("<>x"), text -> text.length() <= 197),
                List.of(bytes("x"), bytes("<\2abx"), concat(new byte[] {'<', (byte) 198}, filled(50, 'x'))));
    }

    private static List<byte[]> payloads(byte[] pattern, Predicate<String> legal) {
        List<byte[]> payloads = new ArrayList<>();
        for (int size : new int[] {1, 0, 0, 2, 3, 5, 8, 13, 64, 127, 128, 129, 1, 396}) {
            byte[] payload = filled(size, 'q');
            for (int i = 0; i < size - 1; i++) {
                payload[i] = pattern[i % pattern.length];
            }
            if (legal.test(FramingReference.text(payload))) {
                payloads.add(payload);
            }
        }
        return payloads;
    }

    private static byte[] lengthField(int bytes, ByteOrder order, long value) {
        byte[] field = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            field[order == ByteOrder.LITTLE_ENDIAN ? i : bytes - 1 - i] = (byte) (value >> (8 * i));
        }
        return field;
    }

    byte[] stream() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        payloads.forEach(payload -> out.writeBytes(wrap.apply(payload)));
        return out.toByteArray();
    }

    List<String> delivered() {
        return payloads.stream()
                .map(payload -> FramingReference.text(keep ? wrap.apply(payload) : payload))
                .toList();
    }

    static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    static byte[] concat(byte[] a, byte[] b) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(a);
        out.writeBytes(b);
        return out.toByteArray();
    }

    @Override
    public String toString() {
        return name;
    }
}
