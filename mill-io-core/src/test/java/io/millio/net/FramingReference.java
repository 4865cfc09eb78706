package io.millio.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a whole stream into frames, written for obviousness and unlike the codecs: strings, patterns and big integers
 * on the complete input. Stateless; one thread.
 */
interface FramingReference {
    enum Ending {
        CLEAN,
        TRUNCATED,
        TOO_LARGE,
        MALFORMED
    }

    /** The frames, each byte as the char of the same number, and how the stream ended. */
    record Outcome(List<String> frames, Ending ending) {}

    Pattern LINE = Pattern.compile("([^\\n]*?)(\\r?\\n)");
    Pattern VARINT = Pattern.compile("[\\x80-\\xff]{0,4}[\\x00-\\x7f]");
    Pattern ENDLESS = Pattern.compile("[\\x80-\\xff]{5}");

    Outcome cut(byte[] stream);

    static FramingReference none() {
        return stream -> new Outcome(stream.length == 0 ? List.of() : List.of(text(stream)), Ending.CLEAN);
    }

    static FramingReference lines(int max, boolean strip, boolean partialAtEnd) {
        return stream -> {
            List<String> frames = new ArrayList<>();
            String rest = text(stream);
            for (Matcher m = LINE.matcher(rest); m.lookingAt(); m = LINE.matcher(rest)) {
                String frame = strip ? m.group(1) : m.group();
                if (frame.length() > max) {
                    return new Outcome(frames, Ending.TOO_LARGE);
                }
                frames.add(frame);
                rest = rest.substring(m.end());
            }
            String shortest = rest.endsWith("\r") ? rest.substring(0, rest.length() - 1) : rest;
            if ((strip ? shortest.length() : rest.length() + 1) > max) {
                return new Outcome(frames, Ending.TOO_LARGE);
            }
            if (rest.isEmpty() || !partialAtEnd) {
                return new Outcome(frames, rest.isEmpty() ? Ending.CLEAN : Ending.TRUNCATED);
            }
            if (rest.length() > max) {
                return new Outcome(frames, Ending.TOO_LARGE);
            }
            frames.add(rest);
            return new Outcome(frames, Ending.CLEAN);
        };
    }

    static FramingReference delimiter(byte[] delimiter, int max, boolean strip) {
        String mark = text(delimiter);
        int room = strip ? max : max - mark.length();
        return stream -> {
            List<String> frames = new ArrayList<>();
            String rest = text(stream);
            while (rest.contains(mark)) {
                int at = rest.indexOf(mark);
                if (at > room) {
                    return new Outcome(frames, Ending.TOO_LARGE);
                }
                frames.add(rest.substring(0, strip ? at : at + mark.length()));
                rest = rest.substring(at + mark.length());
            }
            boolean late = rest.length() >= room + mark.length();
            return new Outcome(frames, late ? Ending.TOO_LARGE : rest.isEmpty() ? Ending.CLEAN : Ending.TRUNCATED);
        };
    }

    static FramingReference fixed(int size) {
        return stream -> {
            List<String> frames = new ArrayList<>();
            for (String rest = text(stream); rest.length() >= size; rest = rest.substring(size)) {
                frames.add(rest.substring(0, size));
            }
            return new Outcome(frames, stream.length % size == 0 ? Ending.CLEAN : Ending.TRUNCATED);
        };
    }

    static FramingReference length(int lengthBytes, boolean bigEndian, int adjustment, int max, boolean strip) {
        return stream -> {
            List<String> frames = new ArrayList<>();
            String rest = text(stream);
            while (rest.length() >= lengthBytes) {
                String digits = rest.substring(0, lengthBytes);
                BigInteger announced = number(
                        bigEndian ? digits : new StringBuilder(digits).reverse().toString());
                BigInteger payload = announced.add(BigInteger.valueOf(adjustment));
                BigInteger delivered = strip ? payload : payload.add(BigInteger.valueOf(lengthBytes));
                if (payload.signum() < 0) {
                    return new Outcome(frames, Ending.MALFORMED);
                }
                if (delivered.compareTo(BigInteger.valueOf(max)) > 0) {
                    return new Outcome(frames, Ending.TOO_LARGE);
                }
                int end = lengthBytes + payload.intValueExact();
                if (rest.length() < end) {
                    break;
                }
                frames.add(rest.substring(strip ? lengthBytes : 0, end));
                rest = rest.substring(end);
            }
            return new Outcome(frames, rest.isEmpty() ? Ending.CLEAN : Ending.TRUNCATED);
        };
    }

    static FramingReference varint(int max, boolean strip) {
        return stream -> {
            List<String> frames = new ArrayList<>();
            String rest = text(stream);
            for (Matcher m = VARINT.matcher(rest); m.lookingAt(); m = VARINT.matcher(rest)) {
                BigInteger delivered = leb128(m.group()).add(BigInteger.valueOf(strip ? 0 : m.end()));
                if (delivered.compareTo(BigInteger.valueOf(max)) > 0) {
                    return new Outcome(frames, Ending.TOO_LARGE);
                }
                int end = m.end() + leb128(m.group()).intValueExact();
                if (rest.length() < end) {
                    break;
                }
                frames.add(rest.substring(strip ? m.end() : 0, end));
                rest = rest.substring(end);
            }
            if (ENDLESS.matcher(rest).lookingAt()) {
                return new Outcome(frames, Ending.MALFORMED);
            }
            return new Outcome(frames, rest.isEmpty() ? Ending.CLEAN : Ending.TRUNCATED);
        };
    }

    /** The frames of {@link BracketCodec}. */
    static FramingReference brackets(int max) {
        return stream -> {
            List<String> frames = new ArrayList<>();
            String rest = text(stream);
            while (!rest.isEmpty()) {
                if (rest.charAt(0) != '<') {
                    return new Outcome(frames, Ending.MALFORMED);
                }
                if (rest.length() == 1) {
                    return new Outcome(frames, max > 1 ? Ending.TRUNCATED : Ending.TOO_LARGE);
                }
                int end = rest.charAt(1) + 3;
                if (end > max) {
                    return new Outcome(frames, Ending.TOO_LARGE);
                }
                if (rest.length() < end) {
                    return new Outcome(frames, Ending.TRUNCATED);
                }
                if (rest.charAt(end - 1) != '>') {
                    return new Outcome(frames, Ending.MALFORMED);
                }
                frames.add(rest.substring(2, end - 1));
                rest = rest.substring(end);
            }
            return new Outcome(frames, Ending.CLEAN);
        };
    }

    static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    private static BigInteger number(String bigEndianDigits) {
        return new BigInteger(1, bigEndianDigits.getBytes(ISO_8859_1));
    }

    private static BigInteger leb128(String digits) {
        StringBuilder bits = new StringBuilder("0");
        for (char digit : new StringBuilder(digits).reverse().toString().toCharArray()) {
            bits.append(Integer.toBinaryString(0x80 | digit & 0x7F).substring(1));
        }
        return new BigInteger(bits.toString(), 2);
    }
}
