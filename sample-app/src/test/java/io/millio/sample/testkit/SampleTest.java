package io.millio.sample.testkit;

import io.millio.sample.SampleApplication;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/** The whole sample on ports that the system chooses; started once for all the classes that carry this. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        classes = SampleApplication.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "mill.servers.echo.port=0",
            "mill.servers.rpc.port=0",
            "mill.servers.statsd-udp.port=0",
            "mill.servers.statsd-tcp.port=0"
        })
public @interface SampleTest {}
