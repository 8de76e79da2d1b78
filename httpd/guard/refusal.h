/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_HTTPD_GUARD_REFUSAL_H
#define MSSL_HTTPD_GUARD_REFUSAL_H

/**
 * @file refusal.h
 * What a visitor gets for a host that the connection's certificate does not cover: the rows of the contract,
 * section 4.
 */

#include "httpd/guard/proof.h"
#include "httpd/server/reply.h"

/** Whether the request is for the host, port and path of MSSLSwitchURL. */
int mssl_refusal_is_switch(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host);

/** Make the answer: a redirect to the switch or elsewhere, or a page. */
void mssl_refusal_make(request_rec *r, const mssl_conn_t *cc, const mssl_host_t *host,
                       mssl_reply_t *answer);

#endif /* MSSL_HTTPD_GUARD_REFUSAL_H */
