/** Figures of loops and servers as meters. */
@NullMarked
package io.millio.spring.boot.actuate;

import org.jspecify.annotations.NullMarked;
