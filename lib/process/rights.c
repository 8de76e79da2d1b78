/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/process/rights.h"

#define NOTHING_BUT_READING (MSSL_DENY_WRITE | MSSL_DENY_EXEC | MSSL_DENY_TCP | MSSL_DENY_SIGNAL)

static const mssl_rights_t rights[MSSL_ROLES] = {
    [MSSL_ROLE_BROKER] = {
        .name = "mssl-broker",
        .has_user = 1,
        .reads_all = 1,
        .calls = MSSL_CALLS_LIVE | MSSL_CALLS_READ | MSSL_CALLS_TALK | MSSL_CALLS_THREADS,
        .denied = NOTHING_BUT_READING,
        .raises_files = 1, /* a connection for each thread of each child */
        .has_parent = 1,
    },
    [MSSL_ROLE_JUDGE] = {
        .name = "mssl-judge",
        .has_user = 1,
        .reads_all = 1,
        .calls = MSSL_CALLS_LIVE | MSSL_CALLS_READ,
        .denied = NOTHING_BUT_READING,
        .has_parent = 1,
    },
    [MSSL_ROLE_READER] = {
        .name = "mssl-reader",
        .has_user = 1,
        .reads_all = 1,
        .calls = MSSL_CALLS_LIVE | MSSL_CALLS_READ | MSSL_CALLS_LIST | MSSL_CALLS_THREADS,
        .denied = NOTHING_BUT_READING,
        .has_parent = 1,
    },
    [MSSL_ROLE_KEEPER] = {
        .name = "mssl-keeper",
        .has_user = 1,
        .calls = MSSL_CALLS_LIVE | MSSL_CALLS_READ | MSSL_CALLS_LIST | MSSL_CALLS_WRITE,
        .denied = MSSL_DENY_EXEC | MSSL_DENY_TCP | MSSL_DENY_SIGNAL,
        .has_parent = 1,
    },
    [MSSL_ROLE_CALLER] = {
        .name = "mssl-caller",
        .has_user = 1,
        .calls = MSSL_CALLS_LIVE | MSSL_CALLS_TALK | MSSL_CALLS_CONNECT,
        .denied = MSSL_DENY_WRITE | MSSL_DENY_EXEC | MSSL_DENY_SIGNAL,
        .has_parent = 1,
    },
    [MSSL_ROLE_FETCHER] = {
        .name = "mssl-fetcher",
        .has_user = 1,
        .has_parent = 1,
        .is_program = 1,
    },
    [MSSL_ROLE_INVENTORY] = {
        .name = "mssl-inventory",
        .has_user = 1,
        .reads_all = 1,
        .calls = MSSL_CALLS_LIVE | MSSL_CALLS_READ | MSSL_CALLS_LIST | MSSL_CALLS_THREADS
                 | MSSL_CALLS_WRITE,
        .denied = NOTHING_BUT_READING,
        .has_parent = 1,
        .is_last = 1,
    },
    [MSSL_ROLE_STEWARD] = {
        .name = "mssl-steward",
        .has_user = 1,
        .has_parent = 1,
        .is_program = 1,
    },
    [MSSL_ROLE_ASKED] = {
        .name = "mssl-asked",
        .calls = MSSL_CALLS_ALL,
        .denied = MSSL_DENY_READ | MSSL_DENY_WRITE | MSSL_DENY_EXEC | MSSL_DENY_SIGNAL,
        .has_parent = 1,
    },
    [MSSL_ROLE_ISSUER] = {
        .name = "mssl-issuer",
        .calls = MSSL_CALLS_ALL,
        .denied = MSSL_DENY_READ | MSSL_DENY_WRITE | MSSL_DENY_EXEC | MSSL_DENY_SIGNAL,
        .has_parent = 1,
    },
};

const mssl_rights_t *mssl_rights_get(mssl_role_t role)
{
    return &rights[role];
}
