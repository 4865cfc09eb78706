package io.millio.spring.boot.context;

import java.util.List;

/** The methods of one bean that are not handlers. Immutable once the context is refreshed. */
record Callbacks(List<BeanMethod> opens, List<BeanMethod> closes, ExceptionMethods exceptions) {
    Callbacks {
        opens = List.copyOf(opens);
        closes = List.copyOf(closes);
    }
}
