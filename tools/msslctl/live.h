/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_LIVE_H
#define MSSL_TOOLS_MSSLCTL_LIVE_H

/**
 * @file live.h
 * What visitors of a name are shown now, by handshakes with the addresses of the server; by a
 * worker that is the steward's user and reads no file.
 */

#include "lib/pair/key.h"
#include "tools/msslctl/worker.h"

typedef enum {
    CTL_LIVE_SHOWN = 0,  /**< all that answered have shown nothing else for long enough */
    CTL_LIVE_NOBODY,     /**< no address answered */
    CTL_LIVE_OLD,        /**< the old one is still shown */
    CTL_LIVE_OTHER       /**< something else is: neither the old one nor the new one */
} ctl_live_t;

/** What is waited for. */
typedef struct ctl_expected_t {
    const ctl_server_t *server;
    int store;                           /**< addresses that have it count; its place */
    const char *name;                    /**< canonical, or a pattern */
    mssl_key_type_t type;                /**< handshakes ask for this one alone */
    const unsigned char *sha256;         /**< of the new one */
    const unsigned char *old_sha256;     /**< NULL: there was none */
} ctl_expected_t;

/**
 * Wait until none of the addresses has shown another one for MSSLCheckInterval and a second, for
 * MSSLNegativeTimeout, twice MSSLCheckInterval and 3 s at most: so long a child may go on with what
 * it knew.
 * @param live out
 * @param answered out: addresses that did
 * @return CTL_FINE; other: it could not be found out
 */
int ctl_live_wait(ctl_live_t *live, int *answered, ctl_t *ctl, const ctl_expected_t *expected);

#endif /* MSSL_TOOLS_MSSLCTL_LIVE_H */
