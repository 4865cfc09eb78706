/** Servers and handlers as parts of an application context: which belong together, when they open and how they close. */
@NullMarked
package io.millio.spring.boot.context;

import org.jspecify.annotations.NullMarked;
