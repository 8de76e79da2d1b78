/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_DIAL_H
#define MSSL_TOOLS_MSSLCTL_DIAL_H

/**
 * @file dial.h
 * A connection to an address, each step bounded by one deadline: who drips bytes holds nobody up.
 * In a worker that is the steward's user; what comes in is foreign. One thread.
 */

#include <apr_time.h>
#include <openssl/ssl.h>

/** Made by ctl_dial_open(); ended by ctl_dial_close(). */
typedef struct ctl_dial_t {
    int fd;              /**< -1: not open */
    SSL *ssl;            /**< NULL: plain */
    apr_time_t deadline; /**< of mssl_monotonic_now() */
    int error;           /**< errno of what failed, ETIMEDOUT at the deadline; 0 */
    int alert;           /**< the peer's TLS alert that ended the handshake; 0: none */
} ctl_dial_t;

/** TCP. @param address an IP literal @return 1; 0: dial->error says why, nothing is open */
int ctl_dial_open(ctl_dial_t *dial, const char *address, int port, apr_time_t deadline);

/** As a balancer would say it (PROXY protocol, version 1): we are who we are. @return 1; 0 */
int ctl_dial_send_proxy_line(ctl_dial_t *dial);

/** TLS. @param sni NULL: none is sent @return 1; 0: dial->error or dial->alert say why */
int ctl_dial_shake(ctl_dial_t *dial, SSL_CTX *ctx, const char *sni);

/** All of it. @return 1; 0 */
int ctl_dial_write(ctl_dial_t *dial, const char *data, size_t len);

/** What is there. @return bytes; 0: it has ended; -1: it failed, or time is up */
int ctl_dial_read(ctl_dial_t *dial, char *data, size_t size);

/** Our own address on this connection, as text. @param text out: INET6_ADDRSTRLEN @return 1; 0 */
int ctl_dial_get_own(const ctl_dial_t *dial, char *text);

void ctl_dial_close(ctl_dial_t *dial);

#endif /* MSSL_TOOLS_MSSLCTL_DIAL_H */
