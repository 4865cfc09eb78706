package io.millio.spring.boot.context;

import io.millio.watch.FileWatch;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The file watches of the configuration, which live with the servers; for any thread. */
public final class ConfiguredWatches implements MillWatches {
    private final ConfiguredServers endpoints;
    private final Set<String> names;

    /** For those that are built with the servers. */
    public ConfiguredWatches(ConfiguredServers endpoints, Set<String> names) {
        this.endpoints = endpoints;
        this.names = Collections.unmodifiableSet(new TreeSet<>(names));
    }

    @Override
    public Set<String> names() {
        return names;
    }

    @Override
    public FileWatch watch(String name) {
        if (!names.contains(name)) {
            throw new IllegalArgumentException("there is no watch '" + name + "'; "
                    + (names.isEmpty() ? "none is configured below mill.watches" : "known are " + names));
        }
        return built(name)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "watch '" + name
                                        + "' is not built yet, for its handler may not exist; ask once the context has been refreshed"));
    }

    /** The watch of a name, or nothing as long as it is not built. */
    public Optional<FileWatch> built(String name) {
        return endpoints.builtWatch(name);
    }
}
