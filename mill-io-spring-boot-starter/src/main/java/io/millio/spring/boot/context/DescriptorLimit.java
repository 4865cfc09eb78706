package io.millio.spring.boot.context;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * How many files the process may have open, of which each connection is one. Immutable.
 *
 * @param files the limit; {@link Long#MAX_VALUE} if there is none or the platform does not tell
 */
public record DescriptorLimit(long files) {
    private static final Log LOG = LogFactory.getLog(DescriptorLimit.class);

    /** The limit of this process. */
    public static DescriptorLimit ofProcess() {
        try {
            return new DescriptorLimit(Unix.limit());
        } catch (LinkageError withoutManagement) {
            return new DescriptorLimit(Long.MAX_VALUE);
        }
    }

    /** Warns of a server that may have more connections than files; throws if that number was not just the default. */
    void check(ServerDefinition server, boolean wasSet, int maxConnections) {
        if (maxConnections < files) {
            return;
        }
        String what =
                "Server '" + server.name() + "' may have " + maxConnections + " connections, but this process may have"
                        + " no more than " + files + " files open, and each connection is one.";
        String action = "Raise the limit of open files (ulimit -n, or LimitNOFILE of a systemd unit), or set "
                + server.property("max-connections") + " to less, with room for the other files of the application.";
        if (wasSet) {
            throw new MillStartException(what, action);
        }
        LOG.warn(what + " Above that accepting pauses. " + action);
    }

    /** Loaded on use, for a JDK may be without it. */
    private static final class Unix {
        static long limit() {
            return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                            && system.getMaxFileDescriptorCount() > 0
                    ? system.getMaxFileDescriptorCount()
                    : Long.MAX_VALUE;
        }
    }
}
