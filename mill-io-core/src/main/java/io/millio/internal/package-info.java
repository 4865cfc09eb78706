/** What several packages of the core share and no user sees; depends on the JDK alone. */
@NullMarked
package io.millio.internal;

import org.jspecify.annotations.NullMarked;
