/** The seam between a reactor and the operating system's readiness notification. */
@NullMarked
package io.millio.internal.poll;

import org.jspecify.annotations.NullMarked;
