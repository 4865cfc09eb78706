package io.millio.internal;

import java.util.concurrent.ThreadFactory;

/** Opens virtual threads, which the JDK has since 21, to a library built for 17; stateless, for any thread. */
public final class VirtualThreads {
    private static final int SINCE = 21;

    private VirtualThreads() {}

    /** Whether this JDK has them. */
    public static boolean supported() {
        return Runtime.version().feature() >= SINCE;
    }

    /** Throws UnsupportedOperationException naming the setting that asks for them, if this JDK has none. */
    public static void require(String setting, String instead) {
        if (!supported()) {
            throw new UnsupportedOperationException(setting + " needs virtual threads, which the JDK has from " + SINCE
                    + " on, and this is " + Runtime.version() + "; " + instead);
        }
    }

    /** Makes unstarted virtual threads whose names are the prefix and a number; they inherit no thread-locals. */
    public static ThreadFactory factory(String prefix) {
        require("the pool '" + prefix + "'", "use platform threads");
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            type.getMethod("inheritInheritableThreadLocals", boolean.class).invoke(builder, false);
            type.getMethod("name", String.class, long.class).invoke(builder, prefix, 0L);
            return (ThreadFactory) type.getMethod("factory").invoke(builder);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("virtual threads are not as JDK " + SINCE + " has them", e);
        }
    }
}
