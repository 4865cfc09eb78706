package io.millio.internal.transport;

import io.millio.internal.Lane;
import io.millio.internal.ReactorPort;
import io.millio.internal.SerialTask;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Sends one part of a file; owned by the worker that runs it, which holds the flush of the output meanwhile. */
final class FileTurn extends SerialTask {
    /** Then others have their turn on the worker. */
    private static final int MAX_CALLS = 16;

    private final FilePart file;
    private final StreamOutput output;
    private final WritableByteChannel target;
    private final ReactorPort reactor;

    FileTurn(FilePart file, StreamOutput output, WritableByteChannel target, ReactorPort reactor) {
        this.file = file;
        this.output = output;
        this.target = target;
        this.reactor = reactor;
    }

    @Override
    protected boolean turn() {
        try {
            for (int calls = 0; file.left() > 0 && !output.isDead(); calls++) {
                if (calls == MAX_CALLS) {
                    return true;
                }
                if (!transfer()) {
                    output.passToReactor();
                    return false;
                }
            }
        } catch (IOException e) {
            output.fileFailed(e, file.isUnreadable(e));
            return false;
        } catch (Throwable t) {
            // As of a channel that is not open for reading. The flush must be let go in any case.
            output.fileFailed(new IOException("a file that is being sent cannot be read", t), true);
            return false;
        }
        output.fileEnded();
        return false;
    }

    /** False if there is no room. */
    private boolean transfer() throws IOException {
        long owedBefore = FilePart.charge(file.left());
        long count = file.transferTo(target);
        long settled = owedBefore - FilePart.charge(file.left());
        if (count > settled) {
            output.sink().progressed(count - settled);
        }
        if (settled > 0) {
            output.sink().written(settled);
        }
        return count > 0;
    }

    @Override
    protected Lane lane() {
        return reactor.workersLane();
    }
}
