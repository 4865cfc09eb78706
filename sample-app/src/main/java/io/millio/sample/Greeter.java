package io.millio.sample;

import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import org.springframework.stereotype.Component;

/** Answers each line with a line; a method that gets and returns text needs to know nothing of buffers. */
@Component
class Greeter {
    @MillHandler(server = "greeter")
    String greet(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a line without a name");
        }
        return "hello, " + name.strip();
    }

    /** Instead of a closed connection. */
    @MillExceptionHandler
    String complain(IllegalArgumentException thrown) {
        return "who are you?";
    }
}
