/** What the tests of several packages share. */
@NullMarked
package io.millio.testkit;

import org.jspecify.annotations.NullMarked;
