/** Threads that run what must not run on a reactor. */
@NullMarked
package io.millio.work;

import org.jspecify.annotations.NullMarked;
