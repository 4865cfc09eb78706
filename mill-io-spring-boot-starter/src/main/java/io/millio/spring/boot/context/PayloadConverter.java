package io.millio.spring.boot.context;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;

/**
 * A bean that translates between frames and the parameters and return values of {@code @MillHandler} methods. Several
 * are asked in their order, and the first that supports a type has it; JSON, where Jackson 3 is on the class path,
 * comes last and supports every type.
 *
 * <p>{@link #supports} is called by the thread that refreshes the application context, the other methods by any number
 * of threads at once. What they throw is handled as if the method had thrown it.
 */
public interface PayloadConverter {
    /** Whether values of this type can be read and written. */
    boolean supports(ResolvableType type);

    /**
     * Reads one frame.
     *
     * @param frame lent for the length of the call; the value must not refer to it
     * @param type the parameter's
     * @return the argument
     */
    @Nullable
    Object read(ByteBuffer frame, ResolvableType type) throws Exception;

    /**
     * Writes one frame.
     *
     * @param value never null
     * @param type the return type's
     * @return the payload without what the framing puts around it
     */
    ByteBuffer write(Object value, ResolvableType type) throws Exception;
}
