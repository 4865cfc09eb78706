/** The parts of the example {@code HttpServer}: a strict parser of requests, a resolver of paths, and what stands between them. */
@NullMarked
package http;

import org.jspecify.annotations.NullMarked;
