package io.millio.spring.boot.context;

import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.ByteBufferBackedInputStream;

/** Payloads as JSON, by Jackson 3; for any thread. */
public final class JacksonPayloadConverter implements PayloadConverter {
    private final JsonMapper mapper;

    /** With the application's mapper. */
    public JacksonPayloadConverter(JsonMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public boolean supports(ResolvableType type) {
        return true;
    }

    @Override
    public @Nullable Object read(ByteBuffer frame, ResolvableType type) {
        InputStream bytes = new ByteBufferBackedInputStream(frame);
        return mapper.readValue(bytes, javaType(type));
    }

    @Override
    public ByteBuffer write(Object value, ResolvableType type) {
        return ByteBuffer.wrap(mapper.writerFor(javaType(type)).writeValueAsBytes(value));
    }

    /** Constructing a type that was seen before is a look-up in the mapper's own cache. */
    private JavaType javaType(ResolvableType type) {
        return mapper.getTypeFactory().constructType(type.getType());
    }
}
