/**
 * JSON-RPC 2.0 over lines of TCP and over HTTP: beans with {@link io.millio.sample.rpc.RpcMethod} methods, one dispatcher, and two
 * small classes that connect it to the server {@code rpc} and to {@code POST /rpc}.
 */
@NullMarked
package io.millio.sample.rpc;

import org.jspecify.annotations.NullMarked;
