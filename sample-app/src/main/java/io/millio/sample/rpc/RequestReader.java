package io.millio.sample.rpc;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads messages, token by token, so that the text of an id is still there to be sent back. For any thread.
 *
 * <p>Stricter than the parser where that is lenient: the bytes are decoded before they are parsed, because the parser of bytes lets some
 * malformed UTF-8 pass and takes UTF-16 for what it is; and half of a surrogate pair, which a string can hide in an escape, is no
 * character that an answer could repeat. Of a message that is not well-formed from its first to its last byte nothing is called.
 */
@Component
class RequestReader {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Set<JsonToken> IDS = Set.of(
            JsonToken.VALUE_STRING, JsonToken.VALUE_NUMBER_INT, JsonToken.VALUE_NUMBER_FLOAT, JsonToken.VALUE_NULL);

    private final RpcJson json;

    RequestReader(RpcJson json) {
        this.json = json;
    }

    /**
     * @param message lent for the length of the call
     * @throws RpcException "Parse error" if it is not JSON, or beyond the limits; "Invalid Request" for a batch that is empty or too long
     */
    RpcMessage read(ByteBuffer message) {
        try (JsonParser parser = json.parser(decode(message))) {
            RpcMessage read = parser.nextToken() == JsonToken.START_ARRAY
                    ? batch(parser)
                    : new RpcMessage(List.of(request(parser)), false);
            if (parser.nextToken() != null) {
                throw RpcException.parseError("one message has one JSON value");
            }
            return read;
        } catch (StreamConstraintsException e) {
            throw RpcException.parseError(RpcLimits.TEXT);
        } catch (JacksonException e) {
            // What the parser has to say names its own classes and options.
            throw RpcException.parseError(null);
        }
    }

    private static String decode(ByteBuffer message) {
        try {
            // A new decoder reports what is malformed instead of replacing it.
            return StandardCharsets.UTF_8.newDecoder().decode(message).toString();
        } catch (CharacterCodingException e) {
            throw RpcException.parseError("the message is not UTF-8");
        }
    }

    private RpcMessage batch(JsonParser parser) {
        List<RpcRequest> requests = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            RpcRequest request = request(parser);
            if (requests.size() <= RpcLimits.BATCH) {
                requests.add(request);
            }
        }
        if (requests.isEmpty()) {
            throw RpcException.invalidRequest(null);
        }
        if (requests.size() > RpcLimits.BATCH) {
            throw RpcException.invalidRequest("a batch has at most " + RpcLimits.BATCH + " requests");
        }
        return new RpcMessage(requests, true);
    }

    private RpcRequest request(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            value(parser);
            return RpcRequest.invalid(null, null);
        }
        Members members = new Members();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            switch (checked(name)) {
                case "jsonrpc" -> members.version = value(parser);
                case "method" -> members.method = value(parser);
                case "params" -> members.params = value(parser);
                case "id" -> members.id(id(parser, token));
                default -> value(parser);
            }
        }
        return members.request();
    }

    /** As JSON; null for what cannot be one. */
    private @Nullable String id(JsonParser parser, @Nullable JsonToken token) {
        JsonNode value = value(parser);
        if (!IDS.contains(token) || parser.getString().length() > RpcLimits.ID) {
            return null;
        }
        return token == JsonToken.VALUE_STRING ? json.text(value.stringValue()) : parser.getString();
    }

    /** The value at which the parser stands, to whose end it goes; never deeper than the limit. */
    private static JsonNode value(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw RpcException.parseError(null);
        }
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> NODES.stringNode(checked(parser.getString()));
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, token);
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NULL -> NODES.nullNode();
            default -> throw RpcException.parseError(null);
        };
    }

    private static ObjectNode object(JsonParser parser) {
        ObjectNode object = NODES.objectNode();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            parser.nextToken();
            object.set(checked(name), value(parser));
        }
        return object;
    }

    private static ArrayNode array(JsonParser parser) {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser));
        }
        return array;
    }

    private static JsonNode number(JsonParser parser, JsonToken token) {
        String text = parser.getString();
        try {
            // The parser's own limit leaves sign, point and exponent out of the count.
            BigDecimal number = text.length() > RpcLimits.NUMBER ? null : new BigDecimal(text);
            if (number == null || Math.abs((long) number.scale()) > RpcLimits.NUMBER) {
                throw RpcException.parseError(RpcLimits.TEXT);
            }
            boolean whole = token == JsonToken.VALUE_NUMBER_INT;
            return whole ? NODES.numberNode(number.toBigInteger()) : NODES.numberNode(number);
        } catch (NumberFormatException exponentTooLong) {
            throw RpcException.parseError(RpcLimits.TEXT);
        }
    }

    private static String checked(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
                    throw RpcException.parseError("half of a surrogate pair");
                }
                i++;
            }
        }
        return text;
    }

    /** Those of one request, on the thread that reads it. */
    private static final class Members {
        private @Nullable JsonNode version;
        private @Nullable JsonNode method;
        private @Nullable JsonNode params;
        private @Nullable String id;
        private boolean badId;

        void id(@Nullable String value) {
            id = value;
            badId = value == null;
        }

        RpcRequest request() {
            if (badId) {
                return RpcRequest.invalid(
                        null, "an id is a string of at most " + RpcLimits.ID + " characters, a number, or null");
            }
            boolean versioned = version != null
                    && version.isString()
                    && version.stringValue().equals("2.0");
            boolean structured = params == null || params.isContainer();
            if (!versioned || method == null || !method.isString() || !structured) {
                return RpcRequest.invalid(id, null);
            }
            return new RpcRequest(id, method.stringValue(), params, null);
        }
    }
}
