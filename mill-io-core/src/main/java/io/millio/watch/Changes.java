package io.millio.watch;

import io.millio.watch.FileEvent.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the view differs from what the handler has been told; owned by the watch thread. */
final class Changes {
    /*
     * The events are applied one by one, so their order must be right for a set of paths. What is deleted comes first,
     * for its path may have been taken again. A rename is told only if nothing stands at its old path now: then no
     * other event speaks of the old path, and no order of the renames among each other is wrong. (Two names that were
     * exchanged are two files replaced.) New paths and new names come in the order in which they were found, which is
     * parents first.
     */

    /** Parents before what is in them. */
    private final List<Entry> fresh = new ArrayList<>();

    /** What is in them before parents. */
    private final List<Entry> gone = new ArrayList<>();

    /** Files whose content or attributes have changed. */
    private final Set<Entry> altered = new LinkedHashSet<>();

    /** Files whose place another file has taken. */
    private final Set<Entry> replaced = new LinkedHashSet<>();

    private final List<Throwable> errors = new ArrayList<>();

    void fresh(Entry entry) {
        fresh.add(entry);
    }

    void gone(Entry entry) {
        entry.gone = true;
        if (entry.told) {
            gone.add(entry);
        }
    }

    void altered(Entry entry) {
        if (entry.told) {
            altered.add(entry);
        }
    }

    void replaced(Entry entry) {
        if (entry.told) {
            replaced.add(entry);
        }
    }

    void failed(Throwable error) {
        errors.add(error);
    }

    /** As if the handler had been told of everything. */
    void forgetEvents() {
        fresh.forEach(entry -> entry.told = true);
        clear();
    }

    /** Null if there is nothing to tell. */
    @Nullable
    Batch take(@Nullable Directory root) {
        List<FileEvent> events = events(root);
        if (events.isEmpty() && errors.isEmpty()) {
            return null;
        }
        Batch batch = new Batch(List.copyOf(errors), events);
        errors.clear();
        return batch;
    }

    private List<FileEvent> events(@Nullable Directory root) {
        Map<Object, Entry> sources = sources(root);
        Set<Entry> moved = new HashSet<>();
        List<FileEvent> arrivals = new ArrayList<>();
        for (Entry entry : fresh) {
            if (!entry.gone) {
                entry.told = true;
                if (!renamed(entry, sources, moved, arrivals)) {
                    arrivals.add(event(Kind.CREATED, entry));
                }
            }
        }
        for (Entry entry : replaced) {
            if (!entry.gone && !renamed(entry, sources, moved, arrivals)) {
                altered.add(entry);
            }
        }
        List<FileEvent> events = new ArrayList<>();
        for (Entry entry : gone) {
            if (!moved.contains(entry)) {
                events.add(event(Kind.DELETED, entry));
            }
        }
        events.addAll(arrivals);
        for (Entry entry : altered) {
            if (!entry.gone) {
                events.add(event(Kind.MODIFIED, entry));
            }
        }
        clear();
        return events;
    }

    /** Whatever may have been renamed, by its file key. */
    private Map<Object, Entry> sources(@Nullable Directory root) {
        Map<Object, Entry> sources = new HashMap<>();
        if (!fresh.isEmpty() || !replaced.isEmpty()) {
            for (Entry entry : gone) {
                Object key = entry.key();
                if (key != null && standingAt(entry, root) == null) {
                    sources.put(key, entry);
                }
            }
        }
        return sources;
    }

    /** What has the path of this entry now. */
    private static @Nullable Entry standingAt(Entry was, @Nullable Directory root) {
        if (was.parent == null) {
            return root;
        }
        return standingAt(was.parent, root) instanceof Directory parent ? parent.children.get(was.name) : null;
    }

    private boolean renamed(Entry entry, Map<Object, Entry> sources, Set<Entry> moved, List<FileEvent> events) {
        Entry was = sources.get(entry.key());
        if (was == null || !entry.wasBefore(was)) {
            return false;
        }
        sources.remove(entry.key());
        moved.add(was);
        events.add(new FileEvent(Kind.RENAMED, entry.path(), was.path(), entry.isDirectory));
        if (!entry.isDirectory && !entry.hasContentOf(was)) {
            altered.add(entry);
        }
        return true;
    }

    private static FileEvent event(Kind kind, Entry entry) {
        return new FileEvent(kind, entry.path(), null, entry.isDirectory);
    }

    private void clear() {
        fresh.clear();
        gone.clear();
        altered.clear();
        replaced.clear();
    }
}
