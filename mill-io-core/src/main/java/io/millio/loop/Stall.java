package io.millio.loop;

import java.time.Duration;
import java.util.List;

/**
 * A reactor that has been held up by one callback, task or timer; immutable.
 *
 * @param loop the loop's name
 * @param reactor the reactor's index
 * @param thread the name of its thread
 * @param blocked for how long at least, when it was noticed
 * @param stack where the thread was at that moment
 */
public record Stall(String loop, int reactor, String thread, Duration blocked, List<StackTraceElement> stack) {
    /** Copies the list. */
    public Stall {
        stack = List.copyOf(stack);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder()
                .append("reactor ")
                .append(reactor)
                .append(" of loop '")
                .append(loop)
                .append("' has been blocked for at least ")
                .append(blocked.toMillis())
                .append(" ms; callbacks that block belong on WORKERS dispatch. ")
                .append(thread)
                .append(" is at");
        stack.forEach(element -> text.append("\n\tat ").append(element));
        return text.toString();
    }
}
