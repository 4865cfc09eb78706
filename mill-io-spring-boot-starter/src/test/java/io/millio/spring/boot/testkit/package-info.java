/** What the tests of the starter share. */
@NullMarked
package io.millio.spring.boot.testkit;

import org.jspecify.annotations.NullMarked;
