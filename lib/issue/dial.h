/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_DIAL_H
#define MSSL_LIB_ISSUE_DIAL_H

/**
 * @file dial.h
 * Connections to others' servers that end at a time, whatever those do. Any thread, with SIGPIPE
 * ignored.
 */

#include <apr_time.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

/** @param end in the time of mssl_monotonic_now(). @return 0: it is over */
int mssl_dial_wait(int fd, short events, apr_time_t end);

/** @return a descriptor that does not block; -1: nobody answers */
int mssl_dial(const struct sockaddr *to, socklen_t len, apr_time_t end);

/**
 * A client's handshake in which nobody is verified.
 * @param fd stays the caller's
 * @param name sent as SNI
 * @return owned by the caller, also where the handshake failed behind the server's certificate;
 *         NULL: there is no certificate
 */
SSL *mssl_dial_tls(int fd, const char *name, apr_time_t end);

#endif /* MSSL_LIB_ISSUE_DIAL_H */
