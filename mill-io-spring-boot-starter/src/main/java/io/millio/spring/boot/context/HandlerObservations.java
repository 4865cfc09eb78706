package io.millio.spring.boot.context;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;

/**
 * Makes a Micrometer observation of each call of a handler method; for any thread. It is current on the thread that calls the method,
 * and lasts until there is a reply, which may be later and on another one. A {@link GlobalObservationConvention} for {@link
 * MillHandlerContext} gives it other names.
 */
public final class HandlerObservations implements CallObserver {
    private static final Names NAMES = new Names();

    private final ObservationRegistry registry;

    /** Into this registry. */
    public HandlerObservations(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Observed begin(String server, String method) {
        MillHandlerContext context = new MillHandlerContext(server, method);
        return new Observing(
                context,
                Observation.createNotStarted(null, NAMES, () -> context, registry)
                        .start());
    }

    private static final class Observing implements Observed {
        private final MillHandlerContext context;
        private final Observation observation;
        private final Observation.Scope scope;

        Observing(MillHandlerContext context, Observation observation) {
            this.context = context;
            this.observation = observation;
            this.scope = observation.openScope();
        }

        @Override
        public void failed(Throwable error) {
            observation.error(error);
        }

        @Override
        public void left() {
            scope.close();
        }

        @Override
        public void ended() {
            context.end();
            observation.stop();
        }
    }

    /** Asked at the start too, so that the keys of what is under way are those of what has ended. */
    private static final class Names implements GlobalObservationConvention<MillHandlerContext> {
        @Override
        public boolean supportsContext(Observation.Context context) {
            return context instanceof MillHandlerContext;
        }

        @Override
        public String getName() {
            return "mill.handler.call";
        }

        @Override
        public String getContextualName(MillHandlerContext context) {
            return context.server() + ' ' + context.method();
        }

        @Override
        public KeyValues getLowCardinalityKeyValues(MillHandlerContext context) {
            return KeyValues.of("server", context.server(), "method", context.method(), "outcome", context.outcome());
        }
    }
}
