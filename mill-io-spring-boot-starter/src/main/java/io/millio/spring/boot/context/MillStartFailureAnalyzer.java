package io.millio.spring.boot.context;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Hands the prose of a {@link MillStartException} to Spring Boot's report; stateless. */
final class MillStartFailureAnalyzer extends AbstractFailureAnalyzer<MillStartException> {
    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, MillStartException cause) {
        return new FailureAnalysis(cause.description(), cause.action(), cause);
    }
}
