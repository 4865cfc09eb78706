/** Directories watched on an event loop. */
@NullMarked
package io.millio.watch;

import org.jspecify.annotations.NullMarked;
