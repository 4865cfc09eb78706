package io.millio.sample.statsd;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.millio.sample.statsd.MalformedLineException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads a line of StatsD, with the tags of DogStatsD: {@code name:value|type|@rate|#key:value,key}. Stateless, for any thread.
 *
 * <p>Numbers have a pattern, for {@link Double#parseDouble} also takes NaN, Infinity, hexadecimal and {@code 1f}.
 */
final class MetricParser {
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(\\d{1,30}(\\.\\d{0,30})?|\\.\\d{1,30})([eE][+-]?\\d{1,3})?");

    /** What DogStatsD clients add and a bridge to Prometheus has no use for: container, timestamp, external data, cardinality. */
    private static final Pattern IGNORED = Pattern.compile("(c|e|card):.*|T\\d+");

    private static final Pattern BARS = Pattern.compile("\\|");
    private static final String NO_RATE = "1";

    private MetricParser() {}

    static Metric parse(String line) throws MalformedLineException {
        int colon = line.indexOf(':');
        int bar = line.indexOf('|', colon + 1);
        require(colon >= 0 && bar > colon, Reason.FORMAT);
        String value = line.substring(colon + 1, bar);
        String[] fields = BARS.split(line.substring(bar + 1), -1);
        MetricType type = MetricType.of(fields[0]);
        String name = MetricNames.name(line.substring(0, colon), type);
        double rate = rate(field(fields, '@', NO_RATE), type);
        Tags tags = tags(field(fields, '#', ""));
        if (type == MetricType.SET) {
            require(!value.isEmpty() && value.length() <= StatsdLimits.MEMBER, Reason.VALUE);
            return new Metric(name, type, 0, value, false, rate, tags);
        }
        boolean signed = value.startsWith("+") || value.startsWith("-");
        return new Metric(name, type, value(value, type), "", signed && type == MetricType.GAUGE, rate, tags);
    }

    /** The one field that begins so, without its mark. */
    private static String field(String[] fields, char mark, String none) throws MalformedLineException {
        String found = null;
        for (int i = 1; i < fields.length; i++) {
            String field = fields[i];
            char first = field.isEmpty() ? ' ' : field.charAt(0);
            if (first == mark) {
                require(found == null, Reason.FIELD);
                found = field.substring(1);
            } else {
                require(first == '@' || first == '#' || IGNORED.matcher(field).matches(), Reason.FIELD);
            }
        }
        return found == null ? none : found;
    }

    private static double value(String text, MetricType type) throws MalformedLineException {
        double value = number(text, Reason.VALUE);
        double most = type == MetricType.TIMER ? StatsdLimits.MILLIS : StatsdLimits.VALUE;
        require(Math.abs(value) <= most, Reason.VALUE);
        require(value >= 0 || type == MetricType.GAUGE, Reason.VALUE);
        return value;
    }

    private static double rate(String text, MetricType type) throws MalformedLineException {
        double rate = number(text, Reason.RATE);
        boolean repeated = type == MetricType.TIMER || type == MetricType.SUMMARY;
        require(rate >= (repeated ? StatsdLimits.REPEATED_RATE : StatsdLimits.COUNTER_RATE) && rate <= 1, Reason.RATE);
        return rate;
    }

    private static double number(String text, Reason reason) throws MalformedLineException {
        require(NUMBER.matcher(text).matches(), reason);
        return Double.parseDouble(text);
    }

    private static Tags tags(String text) throws MalformedLineException {
        if (text.isEmpty()) {
            return Tags.empty();
        }
        List<Tag> tags = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            if (!each.isEmpty()) {
                require(tags.size() < StatsdLimits.TAGS, Reason.TAGS);
                tags.add(tag(each));
            }
        }
        return Tags.of(tags);
    }

    /** A tag without a value says that it is there; an empty label would be none to Prometheus. */
    private static Tag tag(String text) throws MalformedLineException {
        int colon = text.indexOf(':');
        String key = colon < 0 ? text : text.substring(0, colon);
        String value = colon < 0 ? "" : text.substring(colon + 1);
        require(key.length() <= StatsdLimits.TAG_KEY && value.length() <= StatsdLimits.TAG_VALUE, Reason.TAGS);
        return Tag.of(MetricNames.tagKey(key), value.isEmpty() ? "true" : MetricNames.tagValue(value));
    }

    static void require(boolean condition, Reason reason) throws MalformedLineException {
        if (!condition) {
            throw new MalformedLineException(reason);
        }
    }
}
