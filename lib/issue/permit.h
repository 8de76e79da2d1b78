/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_PERMIT_H
#define MSSL_LIB_ISSUE_PERMIT_H

/**
 * @file permit.h
 * Who may have a certificate: the table of permitted names, from the sources of MSSLIssueFor. A
 * permitted name has labels of letters, digits and inner hyphens only, as an underscore may not
 * stand in a public certificate (CA/Browser Forum ballot SC12) and a leading hyphen would be an
 * option of a program; names from "vhosts", "folders" and "ask" lie below a public suffix of the ICANN
 * part of the list (libpsl). What the file system or a panel has is taken out by MSSLIssue off, too. The table is made whole, beside the one in force. One thread.
 */

#include "lib/issue/list.h"
#include "lib/issue/settings.h"

enum { MSSL_FROM_VHOSTS = 1, MSSL_FROM_LIST = 2, MSSL_FROM_REQUESTS = 4, MSSL_FROM_FOLDERS = 8, MSSL_FROM_ASK = 16 };

/** In a job, who vouches for it. */
#define MSSL_SOURCE_FOLDERS "folders"
#define MSSL_SOURCE_ASK "ask"

/** One name, or "*.parent". Texts are the table's. */
typedef struct mssl_permit_t {
    const char *name;
    const char *issuer;      /**< of a line "issuer:" or a request; NULL: any that is tried by itself */
    const char *head;        /**< of a name that is in the certificate of a request for others: the
                                  first of those; NULL: it is in none */
    unsigned sources;        /**< MSSL_FROM_* */
    signed char key;         /**< mssl_key_type_t of a line "key:"; -1: MSSLIssueKey */
    char skips_preflight;    /**< of a line "nocheck" */
} mssl_permit_t;

typedef struct mssl_permits_t mssl_permits_t;

/** A name that the caller knows of a source. */
typedef struct mssl_known_t {
    const char *name;
    unsigned source; /**< MSSL_FROM_FOLDERS: it counts until all folders were listed once;
                          MSSL_FROM_ASK: as long as that is among the sources */
} mssl_known_t;

/**
 * Make the table from all sources as they are now.
 * @param dir descriptor of MSSLStateDir: vhosts, requests/wanted, inventory.d/folders
 * @param before the table in force, or NULL: a list that cannot be read goes on from it
 * @param known mssl_known_t; NULL: none
 * @return the table, in pool
 */
mssl_permits_t *mssl_permits_read(const mssl_issuing_t *issuing, int dir,
                                  const mssl_permits_t *before, const apr_array_header_t *known,
                                  mssl_list_report_fn report, void *baton, apr_pool_t *pool);

/** Whether a source is another one than it was when the table was made. Cheap: some stat(). */
int mssl_permits_is_outdated(mssl_permits_t *permits, int dir);

/** @return NULL: nobody vouches for it, or it is excluded */
const mssl_permit_t *mssl_permits_find(const mssl_permits_t *permits, const char *name);
/** Whether some line takes it out of every source: "!NAME", or "!*.parent" for all below parent. */
int mssl_permits_is_excluded(const mssl_permits_t *permits, const char *name);

/**
 * Whether a panel's program may be asked for a name that nobody vouches for: it is plain, lies below a
 * public suffix, and nothing takes it out.
 */
int mssl_permits_may_ask(const mssl_permits_t *permits, const char *name);

/** All, in no order. @param i from 0 to mssl_permits_count() - 1 */
const mssl_permit_t *mssl_permits_get(const mssl_permits_t *permits, int i);
int mssl_permits_count(const mssl_permits_t *permits);

#endif /* MSSL_LIB_ISSUE_PERMIT_H */
