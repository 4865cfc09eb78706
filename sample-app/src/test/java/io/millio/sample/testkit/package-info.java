/** What the tests of the sample share. */
@NullMarked
package io.millio.sample.testkit;

import org.jspecify.annotations.NullMarked;
