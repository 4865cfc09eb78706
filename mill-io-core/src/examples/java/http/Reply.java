package http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * An answer that only has to be sent. Owned by whoever has it, who sends it or closes it.
 *
 * @param head with the body, if that is not a file
 * @param file the body, or null
 * @param fileBytes how many of the file's first bytes are sent
 * @param last whether the connection closes behind it
 */
record Reply(ByteBuffer head, @Nullable FileChannel file, long fileBytes, boolean last) implements AutoCloseable {
    @Override
    public void close() {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException("a file that was open to be read cannot be closed", e);
            }
        }
    }
}
