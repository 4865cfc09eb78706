/** Monotonic time and the timers that hang on it, usable without a loop or a server. */
@NullMarked
package io.millio.time;

import org.jspecify.annotations.NullMarked;
