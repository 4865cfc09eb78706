package io.millio.spring.boot.actuate;

import io.millio.loop.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** The version, the loops and where the servers listen, for the {@code info} endpoint; for any thread. */
public final class MillInfoContributor implements InfoContributor {
    private final Observed observed;

    /** For what is to be shown. */
    public MillInfoContributor(Observed observed) {
        this.observed = observed;
    }

    @Override
    public void contribute(Info.Builder builder) {
        Map<String, Object> details = new LinkedHashMap<>();
        String version = EventLoop.class.getPackage().getImplementationVersion();
        if (version != null) {
            details.put("version", version);
        }
        details.put("loops", observed.loops().stream().map(EventLoop::name).toList());
        Map<String, String> servers = new LinkedHashMap<>();
        observed.servers()
                .forEach(server ->
                        servers.put(server.name(), server.address().get().orElse("not listening")));
        details.put("servers", servers);
        builder.withDetail("mill", details);
    }
}
