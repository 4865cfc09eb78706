package io.millio.watch;

/**
 * A snapshot of what a watch has done since it was made; counters go on over stop and start.
 *
 * @param files files in its view now, symbolic links and special files included
 * @param directories directories in its view now, the root included
 * @param events events told to the handler
 * @param overflows how often the system has lost notifications, for one directory or for all
 * @param scans how often it has looked at what may have changed
 * @param errors directories that could not be read or watched, limits reached, and callbacks that threw
 */
public record FileWatchStats(long files, long directories, long events, long overflows, long scans, long errors) {}
