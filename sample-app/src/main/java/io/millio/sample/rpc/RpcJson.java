package io.millio.sample.rpc;

import com.fasterxml.jackson.annotation.Nulls;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * Jackson, as the protocol needs it: within {@link RpcLimits}, no member twice, no text taken for a number or the
 * other way round, and no null in a list.
 * For any thread. The mapper is kept in here because a mapper bean would take the place of Spring Boot's.
 */
@Component
class RpcJson {
    private final JsonMapper mapper = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(RpcLimits.constraints())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .changeDefaultNullHandling(nulls -> nulls.withContentNulls(Nulls.FAIL))
            .withCoercionConfig(
                    LogicalType.Textual, text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    JsonParser parser(String text) {
        return mapper.createParser(text);
    }

    String text(Object value) {
        return mapper.writeValueAsString(value);
    }

    JavaType type(Type type) {
        return mapper.constructType(type);
    }

    @Nullable
    Object value(JsonNode node, JavaType type) {
        return mapper.treeToValue(node, type);
    }

    /** The answer to a request. */
    byte[] result(String id, @Nullable Object value) {
        return answer(id, generator -> generator.writePOJOProperty("result", value));
    }

    byte[] error(String id, RpcException error) {
        return answer(id, generator -> {
            generator.writeObjectPropertyStart("error");
            generator.writeNumberProperty("code", error.code());
            generator.writeStringProperty("message", error.getMessage());
            if (error.data() != null) {
                generator.writeStringProperty("data", error.data());
            }
            generator.writeEndObject();
        });
    }

    private byte[] answer(String id, Member member) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (JsonGenerator generator = mapper.createGenerator(bytes)) {
            generator.writeStartObject();
            generator.writeStringProperty("jsonrpc", "2.0");
            member.write(generator);
            generator.writeName("id");
            generator.writeRawValue(id);
            generator.writeEndObject();
        }
        return bytes.toByteArray();
    }

    @FunctionalInterface
    private interface Member {
        void write(JsonGenerator generator);
    }
}
