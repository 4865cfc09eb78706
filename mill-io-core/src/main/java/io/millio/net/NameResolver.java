package io.millio.net;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Finds the addresses of a host name; may block, and is called by threads that are there for it. */
interface NameResolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
}
