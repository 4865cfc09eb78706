package io.millio.spring.boot.autoconfigure;

import io.millio.loop.EventLoop;
import io.millio.loop.Token;
import io.millio.spring.boot.context.MillStartException;
import io.millio.spring.boot.context.WatchDefinition;
import io.millio.watch.FileWatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes a {@link WatchDefinition} of the keys of one file watch, checking all of them; used by the thread that
 * refreshes the context.
 */
final class WatchSettings {
    private WatchSettings() {}

    /** The definitions of all watches, by name. */
    static List<WatchDefinition> definitions(Map<String, MillProperties.Watch> watches, EventLoop loop) {
        List<WatchDefinition> definitions = new ArrayList<>();
        new TreeMap<>(watches).forEach((name, keys) -> definitions.add(definition(name, keys, loop)));
        return definitions;
    }

    private static WatchDefinition definition(String name, MillProperties.Watch keys, EventLoop loop) {
        if (keys.path() == null || keys.path().isBlank()) {
            throw new MillStartException(
                    "Watch '" + name + "' has no path.",
                    "Set " + property(name, "path") + " to the directory that is to be watched.");
        }
        FileWatch.Builder watch = FileWatch.on(loop).name(name);
        Checked.set(property(name, "path"), keys.path(), watch::path);
        Checked.set(property(name, "recursive"), keys.recursive(), watch::recursive);
        Checked.set(property(name, "coalesce"), keys.coalesce(), watch::coalesce);
        Checked.set(property(name, "token"), keys.token(), value -> watch.token(Token.of(value)));
        Checked.set(property(name, "dispatch"), keys.dispatch(), watch::dispatch);
        Checked.set(property(name, "existing"), keys.existing(), watch::existing);
        Checked.set(property(name, "max-files"), keys.maxFiles(), watch::maxFiles);
        Checked.set(property(name, "max-directories"), keys.maxDirectories(), watch::maxDirectories);
        return new WatchDefinition(name, keys.token() == null ? null : Token.of(keys.token()), watch);
    }

    private static String property(String name, String key) {
        return WatchDefinition.property(name, key);
    }
}
