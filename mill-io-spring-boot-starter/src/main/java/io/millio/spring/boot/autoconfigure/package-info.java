/** Wiring and the {@code mill.*} properties. */
@NullMarked
package io.millio.spring.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
