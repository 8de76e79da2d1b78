/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_DNS_H
#define MSSL_LIB_EXPLAIN_DNS_H

/**
 * @file dns.h
 * What DNS says of a name, held against MSSLPublicAddress. Only who has said what DNS should say is
 * told that it says something else: behind NAT, a balancer or a CDN the machine's own addresses say
 * nothing. Names from DNS are foreign bytes. One thread.
 */

#include "lib/explain/explain.h"

/** Behind mssl_explain(): verdict "elsewhere", or a problem. */
void mssl_explain_dns(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                      apr_pool_t *pool);

/**
 * Whether every address is an expected one.
 * @return 1; 0; -1: DNS has not answered, or nothing is expected
 */
int mssl_explain_dns_matches(const mssl_explain_dns_t *dns);

/** "203.0.113.9, expected is 198.51.100.4"; NULL: nobody has asked. */
const char *mssl_explain_dns_text(const mssl_explain_facts_t *facts, apr_pool_t *pool);

#endif /* MSSL_LIB_EXPLAIN_DNS_H */
