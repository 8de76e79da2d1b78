/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_PREFLIGHT_H
#define MSSL_LIB_ISSUE_PREFLIGHT_H

/**
 * @file preflight.h
 * Where a name leads, before a CA is asked: what the CA will look for is put where it will look, and
 * fetched by the name from each of its addresses, as the CA will. Only another server's answer is a
 * reason not to order: who cannot fetch (a firewall, hairpin NAT) has learned nothing.
 *
 * Names are strangers' to point: only global unicast addresses, those of this machine and those that
 * the admin named (MSSLPublicAddress) are connected to, ports 80 and 443 alone; what comes back is
 * compared and never shown. Blocks, 10 seconds for an address; any thread, with SIGPIPE ignored.
 */

#include <apr_tables.h>
#include <sys/socket.h>

#include "lib/issue/job.h"

typedef struct mssl_preflight_t {
    const char *challenge_dir;
    const apr_array_header_t *addresses; /**< const char *: of all MSSLPublicAddress */
    int port;                            /**< in place of 80; 0: that */
    apr_interval_time_t patience;        /**< for each address */
    /** what each address answered, whatever others do; NULL: who answers for another one ends it */
    void (*seen)(void *baton, const char *address, mssl_job_found_t found, int status);
    void *seen_baton;
} mssl_preflight_t;

/**
 * @param name canonical; of a pattern nothing can be fetched
 * @param why out: in one sentence, which address answered what
 * @return OURS, UNKNOWN, ELSEWHERE or NO_ADDRESS
 */
mssl_job_found_t mssl_preflight(const mssl_preflight_t *preflight, const char *name,
                                apr_pool_t *pool, mssl_reason_t *why);

/**
 * Whether some address of a name is one of this machine's or of MSSLPublicAddress. Asks the DNS alone.
 * @param addresses const char *; may be NULL
 */
int mssl_preflight_leads_here(const apr_array_header_t *addresses, const char *name);

/** Whether an address is everybody's: global unicast, of no network that leads to another one. */
int mssl_preflight_is_global(const struct sockaddr *address);

#endif /* MSSL_LIB_ISSUE_PREFLIGHT_H */
