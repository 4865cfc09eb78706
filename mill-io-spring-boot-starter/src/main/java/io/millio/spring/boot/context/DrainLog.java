package io.millio.spring.boot.context;

import io.millio.loop.DrainReport;
import java.time.Duration;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** Tells the log what a drain has achieved: a line if all went well, or else a warning with what was still running. Any thread. */
final class DrainLog {
    /** The report of something that had nothing to drain. */
    static final DrainReport NOTHING = new DrainReport(Duration.ZERO, 0, 0, List.of());

    private static final Log LOG = LogFactory.getLog(DrainLifecycle.class);

    private DrainLog() {}

    static void log(String what, DrainReport report) {
        String text = "Mill-IO " + what + " drained in " + report.duration().toMillis() + " ms: " + report.drained()
                + " connections answered and closed, " + report.cut() + " cut at the deadline";
        if (report.isClean()) {
            LOG.info(text);
        } else {
            LOG.warn(text + ", " + report.stuck().size() + " handlers still running" + stacks(report));
        }
    }

    private static String stacks(DrainReport report) {
        StringBuilder stacks = new StringBuilder();
        report.stuck().forEach(stack -> stacks.append(System.lineSeparator()).append(stack));
        return stacks.toString();
    }
}
