/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_SERVER_CLOSING_H
#define MSSL_HTTPD_SERVER_CLOSING_H

/**
 * @file closing.h
 * Ending an HTTP/2 connection with an answer of ours. mod_http2 gives a stream no means to end its
 * connection; what it does obey is the end of its input: it then sends GOAWAY (RFC 9113 section
 * 6.8) and leaves. So once an answer that ends the connection is under way, and every stream begun
 * has had its END_STREAM, the connection's input ends. A pair of connection filters between
 * mod_http2 and mod_ssl counts the frames.
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

/** pre_read_request hook: counts the streams. */
void mssl_closing_count_stream(request_rec *r, conn_rec *c);

#endif /* MSSL_HTTPD_SERVER_CLOSING_H */
