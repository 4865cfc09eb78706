/** A Spring Boot application that serves raw TCP beside HTTP. */
@NullMarked
package io.millio.sample;

import org.jspecify.annotations.NullMarked;
