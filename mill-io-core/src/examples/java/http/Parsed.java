package http;

/** What the bytes of one request came to. Immutable. */
public sealed interface Parsed permits Request, Refusal {}
