package io.millio.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * An unbounded queue into which any thread offers and from which exactly one thread, the owner, polls.
 *
 * <p>After Dmitry Vyukov's non-intrusive MPSC node queue: a producer swaps itself in as the newest node and then links its
 * predecessor to itself. Between the two steps the chain has a gap: {@link #poll} then answers null although
 * {@link #isEmpty} already says false. An owner that is about to sleep asks {@code isEmpty}, so the gap costs it a turn,
 * never a lost element. The swap is a full fence, which the owner's sleep protocol relies on.
 */
public final class MpscQueue<E> {
    private static final VarHandle NEWEST;
    private static final VarHandle NEXT;

    static {
        try {
            NEWEST = MethodHandles.lookup().findVarHandle(MpscQueue.class, "newest", Node.class);
            NEXT = MethodHandles.lookup().findVarHandle(Node.class, "next", Node.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile Node<E> newest;
    private Node<E> oldest;

    public MpscQueue() {
        oldest = new Node<>(null);
        newest = oldest;
    }

    /** Any thread; never blocks, never refuses. */
    @SuppressWarnings("unchecked")
    public void offer(E element) {
        Node<E> node = new Node<>(element);
        Node<E> previous = (Node<E>) NEWEST.getAndSet(this, node);
        NEXT.setRelease(previous, node);
    }

    /** Owner only: the oldest element, or null when there is none that is linked yet. */
    @SuppressWarnings("unchecked")
    public @Nullable E poll() {
        Node<E> next = (Node<E>) NEXT.getAcquire(oldest);
        if (next == null) {
            return null;
        }
        E element = next.element;
        next.element = null;
        oldest = next;
        return element;
    }

    /** Owner only: false as soon as a producer has begun to add. */
    public boolean isEmpty() {
        return newest == oldest;
    }

    private static final class Node<E> {
        private @Nullable E element;

        @SuppressWarnings("unused") // through NEXT
        private volatile @Nullable Node<E> next;

        Node(@Nullable E element) {
            this.element = element;
        }
    }
}
