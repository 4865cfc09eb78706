package io.millio.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millio.testkit.Collected;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class StripedStackTest {
    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "2, 2", "3, 4", "4, 4", "5, 8", "9, 16", "16, 16", "17, 16", "2147483647, 16"})
    void stripesAreAPowerOfTwoAndSixteenAtMost(int atLeast, int stripes) {
        assertThat(StripedStack.newStripes(atLeast)).hasSize(stripes);
    }

    /** One thread against a plain stack, with the contract of the unused ones kept beside it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16})
    void oneThreadSeesAPlainStack(int stripes) {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        StripedStack<Integer> stack = new StripedStack<>(stripes);
        Deque<Integer> model = new ArrayDeque<>();
        int unused = 0;
        long lent = 0;
        for (int i = 0; i < 100_000; i++) {
            String at = "step " + i + ", seed " + seed;
            switch (random.nextInt(20)) {
                case 0 -> {
                    int most = random.nextInt(5);
                    List<Integer> expected = new ArrayList<>();
                    for (int n = Math.min(most, unused); n > 0; n--) {
                        expected.add(model.removeLast());
                    }
                    List<Integer> removed = new ArrayList<>();
                    assertThat(stack.removeUnused(most, removed::add)).as(at).isEqualTo(expected.size());
                    assertThat(removed).as(at).isEqualTo(expected);
                    unused = model.size();
                }
                case 1 -> {
                    assertThat(stack.evict()).as(at).isEqualTo(model.pollFirst());
                    unused = Math.min(unused, model.size());
                }
                case 2, 3, 4, 5, 6, 7, 8, 9 -> {
                    Integer expected = model.pollFirst();
                    assertThat(stack.pop()).as(at).isEqualTo(expected);
                    unused = Math.min(unused, model.size());
                    lent += expected != null ? 1 : 0;
                }
                default -> {
                    stack.push(i);
                    model.addFirst(i);
                }
            }
            assertThat(stack.size()).as(at).isEqualTo(model.size());
            assertThat(stack.lent()).as(at).isEqualTo(lent);
        }
    }

    @Test
    void anEmptyStripeStealsFromAnyOther() throws Exception {
        StripedStack<Integer> stack = new StripedStack<>(16);
        int threads = 32; // their ids fall on every stripe
        for (int i = 0; i < threads; i++) {
            int element = i;
            onAnotherThread(() -> stack.push(element));
        }
        List<Integer> popped = new ArrayList<>();
        for (Integer element; (element = stack.pop()) != null; ) {
            popped.add(element);
        }
        assertThat(popped).hasSize(threads).doesNotHaveDuplicates();
    }

    @Test
    void theUnusedAreRemovedFromAllStripesButNoMoreThanAskedFor() throws Exception {
        StripedStack<Integer> stack = new StripedStack<>(4);
        for (int i = 0; i < 64; i++) {
            onAnotherThread(() -> stack.push(1));
        }
        assertThat(stack.removeUnused(64, element -> {})).isZero();
        assertThat(stack.removeUnused(40, element -> {})).isEqualTo(40);
        assertThat(stack.size()).isEqualTo(24);
        assertThat(stack.removeUnused(40, element -> {})).isEqualTo(24);
    }

    @Test
    void consecutiveThreadsSpreadOverTheStripes() throws Exception {
        Stripe<Integer>[] stripes = StripedStack.newStripes(4);
        StripedStack<Integer> stack = new StripedStack<>(stripes);
        for (int i = 0; i < 64; i++) {
            onAnotherThread(() -> stack.push(1));
        }
        assertThat(stripes).allSatisfy(stripe -> assertThat(stripe.sizeOpaque()).isPositive());
    }

    @Test
    void aLockedStripeIsPassedByInsteadOfWaitedFor() throws Exception {
        Stripe<String>[] stripes = StripedStack.newStripes(2);
        StripedStack<String> stack = new StripedStack<>(stripes);
        for (int locked = 0; locked < 2; locked++) {
            assertThat(stripes[locked].tryLock()).isTrue();
            onAnotherThread(() -> stack.push("element"));
            assertThat(stripes[locked].sizeOpaque()).isZero();
            assertThat(stripes[1 - locked].sizeOpaque()).isOne();
            onAnotherThread(() -> assertThat(stack.pop()).isEqualTo("element"));
            stripes[locked].unlock();
        }
    }

    @Test
    void anElementBehindALockIsWaitedForWhenNothingElseIsLeft() throws Exception {
        Stripe<String>[] stripes = StripedStack.newStripes(1);
        StripedStack<String> stack = new StripedStack<>(stripes);
        stack.push("element");
        assertThat(stripes[0].tryLock()).isTrue();
        FutureTask<String> pop = new FutureTask<>(stack::pop);
        Thread popper = new Thread(pop, "popper");
        popper.start();
        assertThatThrownBy(() -> pop.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        stripes[0].unlock();
        assertThat(pop.get(30, TimeUnit.SECONDS)).isEqualTo("element");
        popper.join();
    }

    @Test
    void aRemovedElementIsNotHeldByTheStack() {
        StripedStack<Object> stack = new StripedStack<>(1);
        List<WeakReference<Object>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(pushNew(stack));
        }
        stack.removeUnused(0, element -> {});
        assertThat(stack.removeUnused(5, element -> {})).isEqualTo(5);
        assertThat(stack.pop()).isNotNull();
        Collected.await("the five removed and the one popped", () -> alive(all) == 14);
        assertThat(stack.size()).isEqualTo(14);
    }

    private static WeakReference<Object> pushNew(StripedStack<Object> stack) {
        Object element = new Object();
        stack.push(element);
        return new WeakReference<>(element);
    }

    private static long alive(List<WeakReference<Object>> all) {
        return all.stream().filter(reference -> reference.get() != null).count();
    }

    @Test
    void aLockIsFreeAgainAfterAFailureBehindIt() {
        Stripe<Object> stripe = new Stripe<>();
        assertThat(stripe.tryLock()).isTrue();
        assertThat(stripe.tryLock()).isFalse();
        stripe.unlock();
        assertThatThrownBy(() -> stripe.removeUnused(-1)).isInstanceOf(NegativeArraySizeException.class);
        assertThat(stripe.tryLock()).isTrue();
    }

    private static void onAnotherThread(Runnable action) throws Exception {
        FutureTask<Void> task = new FutureTask<>(action, null);
        Thread thread = new Thread(task, "other");
        thread.start();
        task.get(30, TimeUnit.SECONDS);
        thread.join();
    }
}
