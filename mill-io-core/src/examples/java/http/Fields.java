package http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The few header fields of one request that decide how it is read and answered, with what RFC 9110 and RFC 9112 demand of them. Owned by
 * its parser.
 */
final class Fields {
    /** A field that is looked at; all others are passed over. */
    enum Name {
        HOST("host"),
        CONNECTION("connection"),
        CONTENT_LENGTH("content-length"),
        TRANSFER_ENCODING("transfer-encoding"),
        EXPECT("expect"),
        IF_MODIFIED_SINCE("if-modified-since"),
        IF_NONE_MATCH("if-none-match");

        /** Longer names need not be kept. */
        static final int LONGEST = 17;

        private static final Name[] ALL = values();

        private final byte[] lower;

        Name(String lower) {
            this.lower = lower.getBytes(StandardCharsets.US_ASCII);
        }

        /** The name in lower case that lies there, or null. */
        static @Nullable Name of(byte[] text, int from, int to) {
            for (Name name : ALL) {
                if (Arrays.equals(name.lower, 0, name.lower.length, text, from, to)) {
                    return name;
                }
            }
            return null;
        }
    }

    private boolean hasHost;
    private boolean hasLength;
    private boolean hasBody;
    private boolean hasEncoding;
    private boolean close;
    private boolean keepAlive;
    private boolean expectsUnknown;
    private boolean hasNoneMatch;
    private @Nullable String modifiedSince;

    void clear() {
        hasHost = false;
        hasLength = false;
        hasBody = false;
        hasEncoding = false;
        close = false;
        keepAlive = false;
        expectsUnknown = false;
        hasNoneMatch = false;
        modifiedSince = null;
    }

    /** Returns why the request is to be refused with 400, or null. */
    @Nullable
    String add(Name name, String value) {
        switch (name) {
            case HOST -> {
                return addHost(value);
            }
            case CONTENT_LENGTH -> {
                return addLength(value);
            }
            case TRANSFER_ENCODING -> hasEncoding = true;
            case CONNECTION -> addConnection(value);
            case EXPECT -> expectsUnknown |= !value.equalsIgnoreCase("100-continue");
            case IF_NONE_MATCH -> hasNoneMatch = true;
            case IF_MODIFIED_SINCE -> modifiedSince = value;
        }
        return null;
    }

    private @Nullable String addHost(String value) {
        if (hasHost) {
            return "there is more than one Host; send it once";
        }
        hasHost = true;
        return Target.isAuthority(value) ? null : "Host is no host with or without a port";
    }

    /** Equal lengths, too, are refused if there are two of them: nobody sends them who has not been tampered with. */
    private @Nullable String addLength(String value) {
        if (hasLength) {
            return "there is more than one Content-Length; send it once";
        }
        if (value.isEmpty() || !Bytes.isDigits(value, 0, value.length())) {
            return "Content-Length is no decimal number";
        }
        hasLength = true;
        hasBody = value.chars().anyMatch(digit -> digit != '0');
        return null;
    }

    private void addConnection(String value) {
        for (String option : value.toLowerCase(Locale.ROOT).split(",", -1)) {
            close |= option.strip().equals("close");
            keepAlive |= option.strip().equals("keep-alive");
        }
    }

    /** What is to be said once all fields are known, or null if the request can be served. */
    @Nullable
    Refusal refusal(Method method, int minorVersion) {
        boolean isHead = method == Method.HEAD;
        if (hasLength && hasEncoding) {
            return new Refusal(400, "with Content-Length and Transfer-Encoding the length is ambiguous", isHead);
        }
        if (!hasHost && minorVersion > 0) {
            return new Refusal(400, "HTTP/1.1 demands the field Host", isHead);
        }
        if (hasEncoding) {
            return new Refusal(501, "no transfer coding is supported, and no request has a body here", isHead);
        }
        if (hasBody) {
            return new Refusal(413, "no request has a body here", isHead);
        }
        if (!method.isServed()) {
            return new Refusal(405, "GET and HEAD are the only methods here", isHead);
        }
        if (expectsUnknown && minorVersion > 0) {
            return new Refusal(417, "the only expectation that is known is 100-continue", isHead);
        }
        return null;
    }

    boolean keepsAlive(int minorVersion) {
        return !close && (minorVersion > 0 || keepAlive);
    }

    /** RFC 9110 section 13.1.3: not to be looked at beside If-None-Match, and that always holds, for no answer has an entity tag. */
    @Nullable
    String modifiedSince() {
        return hasNoneMatch ? null : modifiedSince;
    }
}
