package io.millio.spring.boot.context;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;

/** The application's readiness, refused while it drains; owned by the thread that runs the context's lifecycle. */
public final class Readiness {
    private final ApplicationContext context;
    private boolean refused;

    /** Of this application. */
    public Readiness(ApplicationContext context) {
        this.context = context;
    }

    /** Sends traffic elsewhere; leaves alone what somebody else has refused. */
    void refuse() {
        ApplicationAvailability availability =
                context.getBeanProvider(ApplicationAvailability.class).getIfAvailable();
        if (availability == null || availability.getReadinessState() == ReadinessState.ACCEPTING_TRAFFIC) {
            refused = true;
            AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
        }
    }

    /** Takes back {@link #refuse} when the context is started again. */
    void restore() {
        if (refused) {
            refused = false;
            AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
        }
    }
}
