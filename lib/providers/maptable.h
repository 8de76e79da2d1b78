/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_MAPTABLE_H
#define MSSL_LIB_PROVIDERS_MAPTABLE_H

/**
 * @file maptable.h
 * The text of a map (contract section 7) as a table. Pure; the table is read-only once made.
 *
 *     NAME[,NAME...] CERT-FILE [KEY-FILE]   # comment
 *
 * Names are names or "*.parent"; words are separated by blanks; a path with blanks or "#" stands in
 * double quotes. Lines end with LF or CRLF; a byte order mark is skipped. A line that is wrong is left out and noted; so is a
 * name that is wrong.
 */

#include "lib/base/hash.h"
#include "mod_mssl.h"

/** Lines noted one by one; the rest is counted. */
#define MSSL_MAPTABLE_NOTES 10

typedef struct mssl_maptable_t mssl_maptable_t;

/** One row of the table, borrowed; the paths as they stand in the map. */
typedef struct mssl_maprow_t {
    const char *cert;
    const char *key; /**< NULL: in cert */
} mssl_maprow_t;

/**
 * Parse a map.
 * @param text malloc'ed, NUL-terminated behind len, at most 4 GB; written to, and the table's from
 *         here on in any case
 * @return owned by the caller; NULL when memory is short
 */
mssl_maptable_t *mssl_maptable_new(char *text, apr_size_t len);
void mssl_maptable_free(mssl_maptable_t *table); /**< NULL is fine */

/** The rows of a name or pattern in the order of the map. @return how many were written to rows */
int mssl_maptable_find(const mssl_maptable_t *table, const char *key, mssl_maprow_t *rows, int max);

/** How many (name, row) entries there are. */
apr_size_t mssl_maptable_count(const mssl_maptable_t *table);

/** The name or pattern of an entry, i below mssl_maptable_count(); borrowed. */
const char *mssl_maptable_get_key(const mssl_maptable_t *table, apr_size_t i);

/** What such an entry names. */
mssl_maprow_t mssl_maptable_get_row(const mssl_maptable_t *table, apr_size_t i);

/** What was wrong: "line 7: ...". @return NULL behind the last */
const char *mssl_maptable_get_note(const mssl_maptable_t *table, int i);

#endif /* MSSL_LIB_PROVIDERS_MAPTABLE_H */
