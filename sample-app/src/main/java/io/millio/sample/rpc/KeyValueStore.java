package io.millio.sample.rpc;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.util.RawValue;

/**
 * Values that clients keep under keys until the application ends. For any thread, under its monitor; bounded in number and size, because
 * whoever can call it can fill it. Values are kept as text, whose length says what they cost, as that of a tree does not.
 */
@Component
class KeyValueStore {
    static final int MAX_KEYS = 1000;
    static final int MAX_KEY = 100;
    static final int MAX_VALUE = 16_384;

    private final RpcJson json;
    private final Map<String, String> values = new TreeMap<>();

    KeyValueStore(RpcJson json) {
        this.json = json;
    }

    /** Whether the key is new. */
    @RpcMethod
    boolean setValue(String key, JsonNode value) {
        String text = json.text(value);
        if (key.length() > MAX_KEY || text.length() > MAX_VALUE) {
            throw RpcException.invalidParams(
                    "a key has at most " + MAX_KEY + " characters, and a value " + MAX_VALUE + " as JSON");
        }
        synchronized (values) {
            if (values.size() >= MAX_KEYS && !values.containsKey(key)) {
                throw new RpcException(1, "Store is full", "it has " + MAX_KEYS + " keys; set one of those");
            }
            return values.put(key, text) == null;
        }
    }

    @RpcMethod
    RawValue getValue(String key) {
        String text;
        synchronized (values) {
            text = values.get(key);
        }
        if (text == null) {
            throw new RpcException(2, "No such key", null);
        }
        return new RawValue(text);
    }

    /** In the order of the alphabet. */
    @RpcMethod
    List<String> listKeys() {
        synchronized (values) {
            return List.copyOf(values.keySet());
        }
    }
}
