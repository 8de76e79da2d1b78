/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_CLOSING_H
#define MSSL_HTTPD_SERVER_CLOSING_H

/**
 * @file closing.h
 * Ending an HTTP/2 connection with an answer of ours, so that the client closes it. mod_http2 gives
 * a stream no means to end its connection. A pair of connection filters between mod_http2 and
 * mod_ssl sees the frames of both sides (RFC 9113 section 4.1): once an answer that ends the
 * connection was sent, and every stream that mod_http2 was given is over, they say GOAWAY with the
 * number of the last one (section 6.8). What the client sends from then on they drop: it is above
 * that number, and the client asks anew elsewhere.
 *
 * A browser that gets GOAWAY and the end of the connection at once, while it sends its next request,
 * shows an error. So the connection stays, idle to mod_http2 as any that is kept, until the client
 * closes it, or KeepAliveTimeout is over.
 */

#include <httpd.h>
#include <util_filter.h>

/** Register the filters; in register_hooks. */
void mssl_closing_register(void);

/**
 * process_connection hook, behind mod_ssl's, which does the handshake, and before mod_http2's: puts
 * the filters on an HTTP/2 connection that ends with an answer of ours. No other has them.
 */
int mssl_closing_process_connection(conn_rec *c);

#endif /* MSSL_HTTPD_SERVER_CLOSING_H */
