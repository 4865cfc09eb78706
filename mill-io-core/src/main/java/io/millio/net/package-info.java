/** Servers, connections and their handlers, on an event loop. */
@NullMarked
package io.millio.net;

import org.jspecify.annotations.NullMarked;
