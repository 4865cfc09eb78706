package io.millio.spring.boot.autoconfigure;

import io.millio.spring.boot.context.MillStartException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;

/**
 * Refuses the {@code ssl.*} keys of a server or client, for plain text must not go where TLS was asked for; used by the thread that
 * refreshes the context.
 *
 * @param bundles null where nothing configures any
 */
record SslSettings(@Nullable SslBundles bundles) {
    private static final String MISSING = "Mill-IO has no TLS yet";

    /**
     * @param instead what to do without TLS
     */
    void refuse(UnaryOperator<String> property, MillProperties.@Nullable Ssl keys, String instead) {
        if (keys == null || keys.bundle() == null) {
            return;
        }
        String key = property.apply("ssl.bundle");
        List<String> known = bundles == null ? List.of() : bundles.getBundleNames();
        if (!known.contains(keys.bundle())) {
            throw Checked.invalid(
                    key,
                    keys.bundle(),
                    "there is no SSL bundle of this name; " + text(known) + ". Besides, " + MISSING + ": " + instead
                            + ", and remove this property");
        }
        throw new MillStartException(
                key + " is '" + keys.bundle() + "', but " + MISSING
                        + ", and plain text is not sent where TLS was asked for.",
                "Remove " + key + ", and " + instead + ".");
    }

    private static String text(List<String> known) {
        return known.isEmpty()
                ? "none is configured below spring.ssl.bundle"
                : known.stream().sorted().collect(Collectors.joining("', '", "known are '", "'"));
    }
}
