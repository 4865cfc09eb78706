/** What the components of a loop, such as servers and watches, have in common; above {@code loop}, for that reason. Not exported. */
@NullMarked
package io.millio.internal.component;

import org.jspecify.annotations.NullMarked;
