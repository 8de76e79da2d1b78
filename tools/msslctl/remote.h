/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_REMOTE_H
#define MSSL_TOOLS_MSSLCTL_REMOTE_H

/**
 * @file remote.h
 * What the status of a server says (url.h), as if its stores had been looked through here: the same
 * findings, so check and list print the same. Its thresholds are the server's own, and what only
 * somebody who reads the files can know (keys that all may read, lines of maps) is not in it. In a
 * worker; what comes is foreign.
 */

#include "lib/explain/explain.h"
#include "tools/msslctl/url.h"
#include "tools/msslctl/walk.h"

/**
 * All names of the server, or some.
 * @param walk out
 * @param names canonical or patterns; n 0: all
 * @param store only this one, by label or path; NULL: all
 * @return CTL_FINE; CTL_UNKNOWN, said on standard error; CTL_FAULT
 */
int ctl_remote_walk(ctl_walk_t **walk, const ctl_url_t *url, const char *const *names, int n,
                    const char *store, const ctl_stop_t *stop, apr_pool_t *pool);

/** A time as our JSON has it ("2026-11-29T15:20:10Z"). @return 0: it is none */
apr_time_t ctl_remote_time(const char *text);

/** An explanation of the status, taken apart again. */
void ctl_remote_explained(mssl_explained_t *explained, mssl_explain_facts_t *facts,
                          const mssl_json_value_t *json, apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_REMOTE_H */
