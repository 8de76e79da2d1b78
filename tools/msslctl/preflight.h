/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_PREFLIGHT_H
#define MSSL_TOOLS_MSSLCTL_PREFLIGHT_H

/**
 * @file preflight.h
 * The steward's look at where a name leads, because an admin asks: for doctor, which is the steward's
 * user itself, and for explain, to which its words come as those of visit.h do, as foreign bytes.
 */

#include "lib/explain/preflight.h"
#include "tools/msslctl/issuing.h"

/**
 * In a worker of MSSL_ROLE_STEWARD: look.
 * @param seen out, in pool
 * @param patience for each address
 */
void ctl_preflight_look(mssl_explain_preflight_t *seen, const mssl_issuing_t *issuing,
                        const char *name, apr_interval_time_t patience, apr_pool_t *pool);

/**
 * Look where the name is to be issued, or could not be, and its order would wait for a preflight.
 * @param text out: empty with a bound; it stays empty where nobody looks. The caller frees it
 * @return CTL_FINE; CTL_INTERRUPTED
 */
int ctl_preflight_ask(ctl_t *ctl, const ctl_server_t *server, const char *name, mssl_buffer_t *text);

/** In a worker: take it into the facts. What is not as ctl_preflight_ask() writes it counts for nothing. */
void ctl_preflight_read(mssl_explain_facts_t *facts, const mssl_buffer_t *text, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_PREFLIGHT_H */
