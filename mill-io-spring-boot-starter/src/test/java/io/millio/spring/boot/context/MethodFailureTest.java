package io.millio.spring.boot.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.millio.net.Connection;
import io.millio.spring.boot.annotation.MillAdvice;
import io.millio.spring.boot.annotation.MillClose;
import io.millio.spring.boot.annotation.MillExceptionHandler;
import io.millio.spring.boot.annotation.MillHandler;
import io.millio.spring.boot.annotation.MillOpen;
import io.millio.spring.boot.testkit.Failures;
import io.millio.spring.boot.testkit.Runners;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aop.framework.autoproxy.BeanNameAutoProxyCreator;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class MethodFailureTest {
    private static FailureAnalysis failure(Class<?> handler) {
        return Failures.of(Runners.lines().withBean("handler", handler));
    }

    static Stream<Arguments> signaturesThatCannotWork() {
        return Stream.of(
                Arguments.of(
                        TwoContents.class,
                        "parameter 2, java.lang.String, would be the message, but parameter 1, byte[], is that already"),
                Arguments.of(
                        TwoConnections.class,
                        "parameter 2, io.millio.net.Connection, would be the connection, but parameter 1,"),
                Arguments.of(OtherBuffer.class, "parameter 1, java.nio.CharBuffer, is none of the types"),
                Arguments.of(Private.class, "it is private"),
                Arguments.of(Static.class, "it is static"),
                Arguments.of(PlainFuture.class, "it returns java.util.concurrent.Future<java.lang.String>"),
                Arguments.of(RawStage.class, "which does not say what its value will be"),
                Arguments.of(
                        StageOfStage.class, "it returns java.util.concurrent.CompletableFuture<java.lang.String>"));
    }

    @ParameterizedTest
    @MethodSource("signaturesThatCannotWork")
    void aSignatureThatCannotWorkIsNamedWithTheAllowedShapes(Class<?> handler, String reason) {
        FailureAnalysis failure = failure(handler);
        assertThat(failure.getDescription())
                .startsWith("The @MillHandler method " + handler.getName() + ".handle(")
                .contains(") of bean 'handler' cannot be called: ", reason);
        assertThat(failure.getAction())
                .contains("neither private nor static", "one of ByteBuffer, byte[], String", "CompletionStage");
    }

    @Test
    void aPayloadWithoutConverterIsToldWhatIsMissing() {
        FailureAnalysis failure = Failures.of(Runners.plain()
                .withPropertyValues("mill.servers.lines.port=0", "mill.servers.lines.framing.type=line")
                .withBean("handler", Payload.class));
        assertThat(failure.getDescription())
                .contains(
                        "there is no PayloadConverter bean by which parameter 1, java.lang.Integer, is read",
                        "Payload.handle(java.lang.Integer) of bean 'handler'");
        assertThat(failure.getAction()).contains("JSON, with Jackson 3 on the class path");
    }

    @Test
    void wholeMessagesNeedFraming() {
        FailureAnalysis failure = Failures.of(
                Runners.plain().withPropertyValues("mill.servers.lines.port=0").withBean("handler", Text.class));
        assertThat(failure.getDescription())
                .contains(
                        "Text.handle(java.lang.String) of bean 'handler' takes whole messages, but server 'lines' has no"
                                + " framing");
        assertThat(failure.getAction()).contains("Set mill.servers.lines.framing.type");
    }

    @Test
    void aProxyThatHidesTheMethodIsNamed() {
        FailureAnalysis failure = Failures.of(proxied(false).withBean("handler", Hidden.class));
        assertThat(failure.getDescription())
                .contains(
                        "The method", "Hidden.handle(java.lang.String) of bean 'handler' cannot be called on its bean");
        assertThat(failure.getAction()).contains("Declare the method in an interface", "proxyTargetClass = true");
    }

    @Test
    void aFinalMethodBehindAProxyIsRefused() {
        FailureAnalysis failure = Failures.of(proxied(true).withBean("handler", Final.class));
        assertThat(failure.getDescription())
                .contains("the method is final, so the proxy of the bean cannot pass it on.");
    }

    private static ApplicationContextRunner proxied(boolean byClass) {
        return Runners.lines()
                .withBean("nothing", MethodInterceptor.class, () -> invocation -> invocation.proceed())
                .withBean(BeanNameAutoProxyCreator.class, () -> {
                    BeanNameAutoProxyCreator creator = new BeanNameAutoProxyCreator();
                    creator.setBeanNames("handler");
                    creator.setInterceptorNames("nothing");
                    creator.setProxyTargetClass(byClass);
                    return creator;
                });
    }

    @Test
    void twoMethodsOfOneServerAreBothNamed() {
        assertThat(failure(Two.class).getDescription())
                .contains("Server 'lines' has two handlers", "Two.one(", "Two.two(");
    }

    @Test
    void aMethodOfAnUnknownServerOrTokenIsShownWhatThereIs() {
        assertThat(failure(Unknown.class).getDescription())
                .contains(
                        "Unknown.handle(java.lang.String) of bean 'handler' names server 'linse', which is not configured.")
                .endsWith("Known: server 'lines' (no mill.servers.lines.token).");
        assertThat(failure(UnknownToken.class).getDescription())
                .contains("names token 7, which no server and no MillChannelFactory has. Known: server 'lines'");
        assertThat(failure(Aimless.class).getDescription()).contains("names neither a server nor a token. Known:");
    }

    @Test
    void callbacksThatBelongToNoServerAreRefused() {
        FailureAnalysis failure = failure(Idle.class);
        assertThat(failure.getDescription())
                .contains("The @MillOpen method", "Idle.open() of bean 'handler' belongs to no server");
        assertThat(failure.getAction()).contains("@MillAdvice");
    }

    @Test
    void exceptionHandlersThatCannotWorkAreRefused() {
        assertThat(failure(Ambiguous.class).getDescription())
                .contains(
                        "are @MillExceptionHandler for java.lang.IllegalStateException",
                        "Ambiguous.one(",
                        "Ambiguous.two(");
        assertThat(failure(Untyped.class).getDescription()).contains("does not say which exceptions it is for");
        assertThat(failure(Narrow.class).getDescription())
                .contains("names java.lang.RuntimeException, which is no java.lang.IllegalStateException");
    }

    @Test
    void aCloseMethodThatReturnsSomethingIsRefused() {
        FailureAnalysis failure = failure(TalkativeClose.class);
        assertThat(failure.getDescription()).contains("The @MillClose method", "it returns java.lang.String");
        assertThat(failure.getAction()).contains("CloseReason; they may return void.");
    }

    @Test
    void adviceForAnUnknownServerIsShownWhatThereIs() {
        FailureAnalysis failure =
                Failures.of(Runners.lines().withBean("handler", Text.class).withBean("advice", LostAdvice.class));
        assertThat(failure.getDescription())
                .contains("The @MillAdvice bean 'advice'", "names server 'linse', which is not configured. Known:");
    }

    static class TwoContents {
        @MillHandler(server = "lines")
        void handle(byte[] data, String text) {}
    }

    static class TwoConnections {
        @MillHandler(server = "lines")
        void handle(Connection one, Connection two) {}
    }

    static class OtherBuffer {
        @MillHandler(server = "lines")
        void handle(CharBuffer text) {}
    }

    static class Private {
        @MillHandler(server = "lines")
        private void handle(String text) {}
    }

    static class Static {
        @MillHandler(server = "lines")
        static void handle(String text) {}
    }

    static class PlainFuture {
        @MillHandler(server = "lines")
        Future<String> handle(String text) {
            return CompletableFuture.completedFuture(text);
        }
    }

    static class RawStage {
        @MillHandler(server = "lines")
        CompletionStage<?> handle(String text) {
            return CompletableFuture.completedFuture(text);
        }
    }

    static class StageOfStage {
        @MillHandler(server = "lines")
        CompletionStage<CompletableFuture<String>> handle(ByteBuffer data) {
            return new CompletableFuture<>();
        }
    }

    static class Payload {
        @MillHandler(server = "lines")
        void handle(Integer number) {}
    }

    static class Text {
        @MillHandler(server = "lines")
        void handle(String text) {}
    }

    static class Hidden implements Runnable {
        @MillHandler(server = "lines")
        public void handle(String text) {}

        @Override
        public void run() {}
    }

    static class Final {
        @MillHandler(server = "lines")
        final void handle(String text) {}
    }

    static class Two {
        @MillHandler(server = "lines")
        void one(String text) {}

        @MillHandler(server = "lines")
        void two(String text) {}
    }

    static class Unknown {
        @MillHandler(server = "linse")
        void handle(String text) {}
    }

    static class UnknownToken {
        @MillHandler(token = 7)
        void handle(String text) {}
    }

    static class Aimless {
        @MillHandler
        void handle(String text) {}
    }

    static class Idle {
        @MillOpen
        void open() {}
    }

    static class Ambiguous extends Text {
        @MillExceptionHandler
        void one(IllegalStateException thrown) {}

        @MillExceptionHandler(IllegalStateException.class)
        void two() {}
    }

    static class Untyped extends Text {
        @MillExceptionHandler
        void all() {}
    }

    static class Narrow extends Text {
        @MillExceptionHandler(RuntimeException.class)
        void all(IllegalStateException thrown) {}
    }

    static class TalkativeClose extends Text {
        @MillClose
        String close() {
            return "bye";
        }
    }

    @MillAdvice(servers = "linse")
    static class LostAdvice {
        @MillOpen
        void open() {}
    }
}
