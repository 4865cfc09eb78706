package io.millio.spring.boot.actuate;

import io.millio.loop.LoopStats.ReactorStats;

/**
 * The share of time that reactors were busy, over the time since the last reading but at least over a second, for a share since
 * the start would hardly move any more. For any thread; guarded by its monitor.
 */
final class Utilization {
    private static final double MIN_SECONDS = 1;

    private final Snapshot<LoopFigures> figures;
    private double activeBefore;
    private double totalBefore;
    private double share;

    Utilization(Snapshot<LoopFigures> figures) {
        this.figures = figures;
    }

    synchronized double share() {
        LoopFigures now = figures.get();
        double active = now.seconds(ReactorStats::active);
        double total = active + now.seconds(ReactorStats::idle);
        double passed = total - totalBefore;
        if (passed >= MIN_SECONDS * now.reactors().size()) {
            share = (active - activeBefore) / passed;
            activeBefore = active;
            totalBefore = total;
        } else if (share == 0 && passed > 0) {
            return (active - activeBefore) / passed;
        }
        return share;
    }
}
