/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_READPAGE_H
#define MSSL_TOOLS_MSSLCTL_READPAGE_H

/**
 * @file readpage.h
 * The start page of a name, over https, for what it loads over http. Read and looked through by the
 * worker that is the steward's user (ctl_readpage_ask); what that one says is foreign, too, to the
 * one that reads the stores (ctl_readpage_take). One connection, no redirect, 256 KB, 10 s.
 */

#include <apr_tables.h>

#include "lib/base/json.h"
#include "lib/base/jsonread.h"
#include "lib/explain/explain.h"

/**
 * Write "page" as an object.
 * @param spots ctl_spot_t; the first with https that answers counts
 * @param takes_proxy_line whether RemoteIPProxyProtocol is on somewhere
 */
void ctl_readpage_ask(mssl_json_t *json, const char *name, const apr_array_header_t *spots,
                      int takes_proxy_line, apr_pool_t *pool);

/** In another worker: take it into the facts. */
void ctl_readpage_take(mssl_explain_facts_t *facts, const mssl_json_value_t *root,
                       apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_READPAGE_H */
