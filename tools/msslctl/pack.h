/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_PACK_H
#define MSSL_TOOLS_MSSLCTL_PACK_H

/** @file pack.h A pair as the bytes of files for another server. In a worker, for cargo.c only. */

#include "lib/pair/pair.h"
#include "tools/msslctl/cargo.h"

/**
 * @param parts out, of OPENSSL_malloc(): one or two, as ctl_cargo_form_t has them; to be freed by
 *        ctl_pack_free() in any case
 * @return APR_SUCCESS; other: no memory, or OpenSSL's build cannot
 */
apr_status_t ctl_pack(mssl_blob_t parts[2], const mssl_pair_t *pair, const ctl_order_t *order);

/** Wipes. */
void ctl_pack_free(mssl_blob_t parts[2]);

/** Whether a PFX has that pair, with its chain, under that password. */
int ctl_pack_is_there(const char *path, const mssl_pair_t *pair, const char *password,
                      apr_pool_t *pool);

#endif /* MSSL_TOOLS_MSSLCTL_PACK_H */
