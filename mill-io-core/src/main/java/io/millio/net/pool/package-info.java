/** Pools of client connections that are lent out one at a time. */
@NullMarked
package io.millio.net.pool;

import org.jspecify.annotations.NullMarked;
