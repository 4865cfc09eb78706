package io.millio.spring.boot.context;

import io.millio.loop.Token;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.watch.FileWatchHandler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which handler belongs to which file watch; every watch has exactly one, or the constructor throws a {@link
 * MillStartException} that says what is missing or too much. Used by the thread that refreshes the context.
 */
final class WatchBindings {
    private final KnownTargets known;
    private final Map<String, Bean> bound = new HashMap<>();

    /**
     * A bean that carries {@code @MillHandler}.
     *
     * @param text what to call it in messages
     */
    record Bean(String text, MillHandler annotation, FileWatchHandler handler) {}

    WatchBindings(KnownTargets known, List<Bean> beans) {
        this.known = known;
        beans.forEach(this::bind);
        known.watches().forEach(this::requireHandler);
    }

    FileWatchHandler of(WatchDefinition watch) {
        return Objects.requireNonNull(bound.get(watch.name())).handler();
    }

    private void bind(Bean bean) {
        WatchDefinition watch = find(bean)
                .orElseThrow(() -> new MillStartException(
                        "The @MillHandler " + bean.text() + " is for files and names " + named(bean.annotation())
                                + ", which is no configured watch. " + known,
                        "Name one by @MillHandler(watch = \"...\"), or configure it by "
                                + WatchDefinition.property(nameOf(bean.annotation()), "path") + "."));
        Bean other = bound.putIfAbsent(watch.name(), bean);
        if (other != null) {
            throw new MillStartException(
                    "Watch '" + watch.name() + "' has two handlers: " + other.text() + " and " + bean.text() + ".",
                    "Keep one of them, or give each a watch of its own.");
        }
    }

    private Optional<WatchDefinition> find(Bean bean) {
        MillHandler annotation = bean.annotation();
        boolean withToken = annotation.token() != MillHandler.NO_TOKEN;
        if (!annotation.server().isEmpty() || annotation.watch().isEmpty() && !withToken) {
            return Optional.empty();
        }
        return known.watches().stream()
                .filter(watch ->
                        annotation.watch().isEmpty() || annotation.watch().equals(watch.name()))
                .filter(watch -> !withToken || isToken(watch.token(), annotation.token()))
                .findFirst();
    }

    private static boolean isToken(@Nullable Token token, long value) {
        return token != null && token.value() == value;
    }

    private static String named(MillHandler annotation) {
        String all = (annotation.server().isEmpty() ? "" : " server '" + annotation.server() + "'")
                + (annotation.watch().isEmpty() ? "" : " watch '" + annotation.watch() + "'")
                + (annotation.token() == MillHandler.NO_TOKEN ? "" : " token " + annotation.token());
        return all.isEmpty() ? "nothing" : all.strip().replace("' ", "' and ");
    }

    private static String nameOf(MillHandler annotation) {
        return annotation.watch().isEmpty() ? "*" : annotation.watch();
    }

    private void requireHandler(WatchDefinition watch) {
        if (!bound.containsKey(watch.name())) {
            throw new MillStartException(
                    "Watch '" + watch.name() + "' has no handler.",
                    "Annotate a bean that implements FileWatchHandler with @MillHandler(watch = \"" + watch.name()
                            + "\"), or remove the properties below " + watch.property("*") + ".");
        }
    }
}
