package io.millio.sample.statsd;

import io.millio.sample.statsd.MalformedLineException.Reason;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes what senders call things into names that Micrometer and Prometheus take as they are. Stateless, for any thread.
 *
 * <p>Whatever either of them would change by itself is changed here, alike for all: otherwise two names that differ here could meet in
 * one over there, and a single one of those is enough to make the whole scrape fail.
 */
final class MetricNames {
    private static final Pattern OTHERS = Pattern.compile("[^A-Za-z0-9]+");
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}");

    /** Prometheus adds them by the type, and takes them away from names that have them already. */
    private static final Set<String> ENDINGS = Set.of("total", "created", "bucket", "info");

    private static final Set<String> RESERVED_KEYS = Set.of("le", "quantile");

    private MetricNames() {}

    static String name(String text, MetricType type) throws MalformedLineException {
        MetricParser.require(text.length() <= StatsdLimits.NAME, Reason.NAME);
        String name = trimmed(OTHERS.matcher(text).replaceAll("."), '.');
        for (String last = last(name); isEnding(last, type); last = last(name)) {
            name = name.substring(0, Math.max(0, name.length() - last.length() - 1));
        }
        MetricParser.require(!name.isEmpty(), Reason.NAME);
        return name;
    }

    private static String last(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static boolean isEnding(String part, MetricType type) {
        return ENDINGS.contains(part) || (type == MetricType.TIMER && part.equals("seconds"));
    }

    static String tagKey(String text) throws MalformedLineException {
        String key = trimmed(OTHERS.matcher(text).replaceAll("_"), '_');
        MetricParser.require(!key.isEmpty(), Reason.TAGS);
        return Character.isDigit(key.charAt(0)) || RESERVED_KEYS.contains(key) ? "tag_" + key : key;
    }

    static String tagValue(String text) {
        return CONTROLS.matcher(text).replaceAll("_");
    }

    private static String trimmed(String text, char mark) {
        int from = text.startsWith(String.valueOf(mark)) ? 1 : 0;
        int to = text.length() - (text.length() > from && text.endsWith(String.valueOf(mark)) ? 1 : 0);
        return text.substring(from, to);
    }
}
