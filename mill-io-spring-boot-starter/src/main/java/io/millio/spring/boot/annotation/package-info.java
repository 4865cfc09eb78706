/** What an application writes on its handlers. */
@NullMarked
package io.millio.spring.boot.annotation;

import org.jspecify.annotations.NullMarked;
