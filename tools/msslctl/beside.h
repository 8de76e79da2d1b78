/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_BESIDE_H
#define MSSL_TOOLS_MSSLCTL_BESIDE_H

/**
 * @file beside.h
 * What explain says of files beside the pairs in the stores: the one that takes a name out, and what an
 * ACME client of the machine keeps where no store looks. In a worker: the bytes are foreign.
 */

#include "lib/explain/why.h"
#include "tools/msslctl/walk.h"

/** @param facts the stores were looked through by walk; gets file, filed and uid, and newer */
void ctl_beside_look(mssl_explain_facts_t *facts, ctl_walk_t *walk, const ctl_server_t *server,
                     const ctl_stop_t *stop);

#endif /* MSSL_TOOLS_MSSLCTL_BESIDE_H */
