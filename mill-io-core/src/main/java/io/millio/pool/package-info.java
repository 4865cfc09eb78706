/** Pools that bound what they lend by count and by bytes. */
@NullMarked
package io.millio.pool;

import org.jspecify.annotations.NullMarked;
