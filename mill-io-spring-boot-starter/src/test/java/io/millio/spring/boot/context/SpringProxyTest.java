package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.testkit.Client;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Runners;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.resilience.annotation.ConcurrencyLimit;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Spring's own annotations on handler methods, through the proxies that Spring makes for them. */
@ExtendWith(OutputCaptureExtension.class)
class SpringProxyTest {
    private static ApplicationContextRunner by(Class<?> proxies) {
        return Runners.lines().withUserConfiguration(proxies).withBean(Transactions.class);
    }

    @ParameterizedTest
    @ValueSource(classes = {ClassProxies.class, InterfaceProxies.class})
    void aTransactionIsCommittedOrRolledBackWithTheCall(Class<?> proxies) {
        by(proxies).withBean("handler", Booking.class).run(context -> {
            assertIsProxied(context.getBean("handler"), proxies);
            Queue<String> seen = context.getBean(Transactions.class).seen;
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("good\n").receive(5)).isEqualTo("true\n");
                assertThat(seen).containsExactly("begin", "commit");
                assertThat(client.send("bad\n").receive(8)).isEqualTo("refused\n");
            }
            assertThat(seen).containsExactly("begin", "commit", "begin", "rollback");
        });
    }

    @ParameterizedTest
    @ValueSource(classes = {ClassProxies.class, InterfaceProxies.class})
    void aCallThatFailsIsTriedAgainAndAnsweredOnce(Class<?> proxies) {
        by(proxies).withBean("handler", Flaky.class).run(context -> {
            assertIsProxied(context.getBean("handler"), proxies);
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("x\n").receive(10)).isEqualTo("x after 3\n");
                assertThat(client.send("y\n").receive(10)).isEqualTo("y after 4\n");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(classes = {ClassProxies.class, InterfaceProxies.class})
    void noMoreCallsRunAtOnceThanTheLimitSays(Class<?> proxies) {
        by(proxies).withBean("handler", Limited.class).run(context -> {
            assertIsProxied(context.getBean("handler"), proxies);
            List<Client> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 4; i++) {
                    clients.add(Client.of(context, "lines"));
                }
                for (int round = 0; round < 20; round++) {
                    for (Client client : clients) {
                        client.send("x\n");
                    }
                    for (Client client : clients) {
                        assertThat(client.receive(2)).as("at once").isEqualTo("1\n");
                    }
                }
            } finally {
                for (Client client : clients) {
                    client.close();
                }
            }
        });
    }

    @Test
    void aMethodThatTheInterfaceOfItsProxyLacksStopsTheStart() {
        FailureAnalysis failure = Failures.of(by(InterfaceProxies.class).withBean("handler", Hidden.class));
        assertThat(failure.getDescription())
                .contains(
                        "SpringProxyTest$Hidden.handle(java.lang.String) of bean 'handler' cannot be called on its bean",
                        "Need to invoke method 'handle'");
        assertThat(failure.getAction()).contains("Declare the method in an interface", "proxyTargetClass = true");
    }

    @Test
    void aProxyByClassHidesNothing() {
        by(ClassProxies.class).withBean("handler", Hidden.class).run(context -> {
            try (Client client = Client.of(context, "lines")) {
                assertThat(client.send("x\n").receive(5)).isEqualTo("true\n");
            }
        });
    }

    private static void assertIsProxied(Object bean, Class<?> proxies) {
        assertThat(AopUtils.isAopProxy(bean)).isTrue();
        assertThat(Proxy.isProxyClass(bean.getClass())).isEqualTo(proxies == InterfaceProxies.class);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement(proxyTargetClass = true)
    @EnableResilientMethods(proxyTargetClass = true)
    static class ClassProxies {}

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    @EnableResilientMethods
    static class InterfaceProxies {}

    /** Keeps nothing but a note of what it was asked for. */
    static class Transactions extends AbstractPlatformTransactionManager {
        private static final long serialVersionUID = 1L;
        final transient Queue<String> seen = new ConcurrentLinkedQueue<>();

        @Override
        protected Object doGetTransaction() {
            return new Object();
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {
            seen.add("begin");
        }

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            seen.add("commit");
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {
            seen.add("rollback");
        }
    }

    interface Lines {
        String handle(String line) throws IOException;
    }

    interface Bookings extends Lines {
        String refused(IllegalStateException thrown);
    }

    static class Booking implements Bookings {
        @Override
        @Transactional
        @MillHandler(server = "lines")
        public String handle(String line) {
            if (line.equals("bad")) {
                throw new IllegalStateException("planted");
            }
            return Boolean.toString(TransactionSynchronizationManager.isActualTransactionActive());
        }

        @Override
        @MillExceptionHandler
        public String refused(IllegalStateException thrown) {
            return "refused";
        }
    }

    /** By an interface proxy Spring looks for these two annotations on the method of the interface. */
    interface Retried extends Lines {
        @Override
        @Retryable(includes = IOException.class, maxRetries = 2, delay = 1)
        String handle(String line) throws IOException;
    }

    interface Throttled extends Lines {
        @Override
        @ConcurrencyLimit(1)
        String handle(String line);
    }

    static class Flaky implements Retried {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        @Retryable(includes = IOException.class, maxRetries = 2, delay = 1)
        @MillHandler(server = "lines")
        public String handle(String line) throws IOException {
            if (calls.incrementAndGet() < 3) {
                throw new IOException("planted");
            }
            return line + " after " + calls;
        }
    }

    static class Limited implements Throttled {
        private final AtomicInteger active = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        @Override
        @ConcurrencyLimit(1)
        @MillHandler(server = "lines")
        public String handle(String line) {
            most.accumulateAndGet(active.incrementAndGet(), Math::max);
            LockSupport.parkNanos(500_000);
            active.decrementAndGet();
            return most.toString();
        }
    }

    static class Hidden implements Runnable {
        @Transactional
        @MillHandler(server = "lines")
        public String handle(String line) {
            return Boolean.toString(TransactionSynchronizationManager.isActualTransactionActive());
        }

        @Override
        public void run() {}
    }
}
