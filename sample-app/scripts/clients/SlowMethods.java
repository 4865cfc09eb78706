import io.millio.spring.boot.annotation.MillHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** A Spring Boot application with three servers of lines, each slower than the one before it; see 13-slow-methods.sh. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(SlowMethods.Handlers.class)
public class SlowMethods {
    public static void main(String[] args) {
        SpringApplication.run(SlowMethods.class, args);
    }

    /** The time of each answer is known to the script. */
    public static class Handlers {
        @MillHandler(server = "a-fast")
        public CompletionStage<String> fast(String request) {
            return after(500, request);
        }

        @MillHandler(server = "b-slow")
        public CompletionStage<String> slow(String request) {
            return after(2_000, request);
        }

        @MillHandler(server = "c-slowest")
        public CompletionStage<String> slowest(String request) {
            return after(4_000, request);
        }

        private static CompletionStage<String> after(long millis, String request) {
            Executor later = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS);
            return CompletableFuture.supplyAsync(() -> request, later);
        }
    }
}
