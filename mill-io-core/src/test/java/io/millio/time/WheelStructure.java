package io.millio.time;

import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Compares everything a wheel stores with everything else it stores; called by the owner thread, between its calls. */
final class WheelStructure {
    private static final long BOUND = Long.MAX_VALUE;

    private WheelStructure() {}

    /** Fails unless lists, bitmaps, bounds, places and the count of timers agree. */
    static void check(TimerWheel wheel) {
        TimerLevels levels = wheel.levels;
        Set<TimerNode> seen = new HashSet<>();
        for (int bucket = 0; bucket < levels.heads.length; bucket++) {
            checkBucket(levels, bucket, seen);
        }
        if (seen.size() + submittedInBacklog(wheel) != wheel.pending()) {
            fail("%d linked, %d in the inbox, but %d pending", seen.size(), submittedInBacklog(wheel), wheel.pending());
        }
    }

    static int linked(TimerWheel wheel) {
        int count = 0;
        for (int bucket = 0; bucket < wheel.levels.heads.length; bucket++) {
            count += nodes(wheel.levels, bucket).size();
        }
        return count;
    }

    private static void checkBucket(TimerLevels levels, int bucket, Set<TimerNode> seen) {
        List<TimerNode> nodes = nodes(levels, bucket);
        boolean bit = (levels.occupied[bucket >> 6] & 1L << bucket) != 0;
        if (bit == nodes.isEmpty()) {
            fail("bucket %d holds %d timers, its bit is %s", bucket, nodes.size(), bit);
        }
        if (bucket == TimerLevels.DEFERRED && bit) {
            fail("timers were left aside after the advance: %s", nodes);
        }
        long smallest = Long.MAX_VALUE;
        for (TimerNode node : nodes) {
            if (!seen.add(node)) {
                fail("%s is linked twice", node);
            }
            if (node.bucket != bucket || expectedBucket(levels.tick, node.deadline) != bucket) {
                fail(
                        "deadline %d at tick %d belongs to bucket %d, is in %d and says %d",
                        node.deadline, levels.tick, expectedBucket(levels.tick, node.deadline), bucket, node.bucket);
            }
            smallest = Math.min(smallest, node.deadline);
        }
        checkBound(levels.earliest[bucket], bucket, smallest, nodes.size());
    }

    private static void checkBound(long bound, int bucket, long smallest, int size) {
        boolean stale = bound < 0;
        if (size > 0 && (stale ? (bound & BOUND) > smallest : bound != smallest)) {
            fail(
                    "bucket %d of %d timers: earliest is %d, bound %d, stale %s",
                    bucket, size, smallest, bound & BOUND, stale);
        }
    }

    /** The rule of the hierarchy, written a second time and plainly: compare digit by digit from the highest. */
    private static int expectedBucket(long tick, long deadline) {
        long due = Math.max(tick, deadline / 1_000_000);
        if (due / (1L << 36) != tick / (1L << 36)) {
            return TimerLevels.OVERFLOW;
        }
        for (int level = 5; level > 0; level--) {
            long width = 1L << 6 * level;
            if (due / width % 64 != tick / width % 64) {
                return level * 64 + (int) (due / width % 64);
            }
        }
        return (int) (due % 64);
    }

    private static List<TimerNode> nodes(TimerLevels levels, int bucket) {
        List<TimerNode> nodes = new ArrayList<>();
        TimerNode head = levels.heads[bucket];
        for (TimerNode node = head; node != null; node = node.next == head ? null : node.next) {
            if (node.next.prev != node || node.prev.next != node) {
                fail("bucket %d is torn at %s", bucket, node);
            }
            nodes.add(node);
        }
        return nodes;
    }

    private static int submittedInBacklog(TimerWheel wheel) {
        int count = 0;
        for (TimerNode node = wheel.inbox.peek(); node != null; node = node.pushedBefore) {
            count += node.bucket == TimerNode.INBOX ? 1 : 0;
        }
        return count;
    }
}
