/** Rate limits: for one thing, or for many told apart by a key. */
@NullMarked
package io.millio.limit;

import org.jspecify.annotations.NullMarked;
