package io.millio.sample.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.context.annotation.Scope;
import tools.jackson.databind.JsonNode;

/** How methods of beans are found, given their parameters, and what becomes of what they return and throw. */
class RpcFunctionsTest extends DispatcherFixture {
    private static final String INVALID_PARAMS =
            "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32602,\"message\":\"Invalid params\"";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "number    | [5]                   | 5",
                "number    | {'value':5}           | 5",
                "optional  | []                    | 'null'",
                "optional  | [null]                | 'null'",
                "optional  | {}                    | 'null'",
                "optional  | ['x']                 | 'x'",
                "many      | []                    | ''",
                "many      | ['a','b']             | 'a,b'",
                "many      | {'values':['a','b']}  | 'a,b'",
                "after     | ['a']                 | 'a'",
                "after     | ['a','b','c']         | 'abc'",
                "echo      | {'a':[1.0,null]}      | {'a':[1.0,null]}",
                "json      | [null]                | null",
                "list      | [[1,2]]               | 2",
                "later     | [3]                   | 4"
            })
    void paramsAreTakenByPositionAndByName(String method, String params, String expected) throws Exception {
        assertThat(call(method, params)).isEqualTo(result(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "number | []",
                "number | [1,2]",
                "number | {}",
                "number | {'Value':1}",
                "number | {'value':1,'other':2}",
                "number | [null]",
                "number | ['1']",
                "number | [1.5]",
                "number | [true]",
                "number | [[]]",
                "number | [99999999999]",
                "number | [1e1000]",
                "optional | [1]",
                "optional | ['x','y']",
                "many   | [1]",
                "many   | [null]",
                "after  | []",
                "list   | [{}]",
                "list   | [['x']]"
            })
    void paramsThatDoNotFitAreRefusedAndTheAnswerNamesNoClass(String method, String params) throws Exception {
        assertThat(call(method, params))
                .startsWith(INVALID_PARAMS)
                .endsWith("\"id\":1}")
                .doesNotContain("java", "jackson", "Integer", "class");
    }

    @Test
    void whatAMethodThrowsIsAnAnswerOrAnInternalError() throws Exception {
        assertThat(call("refuses", "[]"))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":7,\"message\":\"no\",\"data\":\"because\"},\"id\":1}");
        String internal = "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,\"message\":\"Internal error\"},\"id\":1}";
        assertThat(call("fails", "[]")).isEqualTo(internal);
        assertThat(call("failsLater", "[]")).isEqualTo(internal);
        assertThat(call("unwritable", "[]")).isEqualTo(internal);
        assertThat(call("busy", "[]")).contains("\"code\":-32000,");
    }

    @Test
    void theStoreIsBoundedInNumberAndSize() throws Exception {
        for (int i = 0; i < KeyValueStore.MAX_KEYS; i++) {
            assertThat(call("setValue", "['k" + i + "'," + i + "]")).isEqualTo(result("true"));
        }
        assertThat(call("setValue", "['another',1]")).contains("\"code\":1,");
        assertThat(call("setValue", "['k0',null]")).isEqualTo(result("false"));
        assertThat(call("getValue", "['k0']")).isEqualTo(result("null"));
        assertThat(call("getValue", "['another']")).contains("\"code\":2,");
        assertThat(call("setValue", "['k1','" + "v".repeat(KeyValueStore.MAX_VALUE) + "']"))
                .startsWith(INVALID_PARAMS);
        assertThat(call("setValue", "['" + "k".repeat(KeyValueStore.MAX_KEY + 1) + "',1]"))
                .startsWith(INVALID_PARAMS);
        assertThat(call("listKeys", "[]")).contains("\"result\":[\"k0\",\"k1\",\"k10\",\"k100\",");
    }

    @ParameterizedTest
    @ValueSource(classes = {Twice.class, Reserved.class, Hidden.class, Prototype.class, AllAndMore.class})
    void aMethodThatCannotBeCalledFailsTheStart(Class<?> methods) {
        assertThatThrownBy(() -> with(methods).close())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("@RpcMethod")
                .hasMessageContaining(methods.getSimpleName())
                .hasMessageContaining("cannot be called: ");
    }

    @Test
    void aCodeThatTheProtocolReservesIsRefused() {
        assertThat(new RpcException(-32099, "mine", null).code()).isEqualTo(-32099);
        assertThatThrownBy(() -> new RpcException(-32100, "mine", null)).hasMessageContaining("-32100");
    }

    static class Twice {
        @RpcMethod
        void once() {}

        @RpcMethod("once")
        void again() {}
    }

    static class Reserved {
        @RpcMethod("rpc.discover")
        void discover() {}
    }

    static class Hidden {
        @RpcMethod
        private void hidden() {}
    }

    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    static class Prototype {
        @RpcMethod
        void one() {}
    }

    static class AllAndMore {
        @RpcMethod
        void both(@RpcParams JsonNode all, int more) {}
    }
}
