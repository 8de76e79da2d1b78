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
 * Put them on a connection of a guarded address. Where it is not h2, or lives on, they hand
 * everything on: httpd does not stand that the first filter of a connection is removed while a
 * request points to it.
 */
void mssl_closing_add(conn_rec *c);

#endif /* MSSL_HTTPD_SERVER_CLOSING_H */
