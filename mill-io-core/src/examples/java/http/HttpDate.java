package http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Dates as HTTP writes them, RFC 9110 section 5.6.7. Functions, for any thread. */
final class HttpDate {
    private static final DateTimeFormatter PREFERRED = pattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'");

    private HttpDate() {}

    /** The two others are obsolete, but still to be understood: one has two digits of the year, the other a day that begins with a blank. */
    private static final List<DateTimeFormatter> ALL = List.of(
            PREFERRED,
            new DateTimeFormatterBuilder()
                    .appendPattern("EEEE, dd-MMM-")
                    .appendValueReduced(
                            ChronoField.YEAR,
                            2,
                            2,
                            LocalDateTime.now(ZoneOffset.UTC).getYear() - 50)
                    .appendPattern(" HH:mm:ss 'GMT'")
                    .toFormatter(Locale.US),
            pattern("EEE MMM ppd HH:mm:ss uuuu"));

    private static DateTimeFormatter pattern(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.US);
    }

    static String format(Instant instant) {
        return PREFERRED.format(instant.atOffset(ZoneOffset.UTC));
    }

    /** Null if it is no date; then the field it comes from is to be passed over. */
    static @Nullable Instant parse(String text) {
        for (DateTimeFormatter format : ALL) {
            try {
                return LocalDateTime.parse(text, format).toInstant(ZoneOffset.UTC);
            } catch (DateTimeException anotherFormat) {
                // Or none at all, if it was the last.
            }
        }
        return null;
    }
}
