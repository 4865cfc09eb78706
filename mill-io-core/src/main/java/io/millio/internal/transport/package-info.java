/**
 * The seam below a connection, shaped like completions: bytes arrived, the peer finished, so much was written, it broke. Which kind
 * of input and output lies behind it, nothing above it knows.
 */
@NullMarked
package io.millio.internal.transport;

import org.jspecify.annotations.NullMarked;
