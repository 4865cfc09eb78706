package http;

/**
 * A request that gets one answer, after which the connection closes: where it ends is not known, or not to be trusted. Immutable.
 *
 * @param status 4xx or 5xx
 * @param reason a sentence for whoever has to find out why
 * @param isHead whether the request began with HEAD, so that the answer must not have a body
 */
public record Refusal(int status, String reason, boolean isHead) implements Parsed {}
