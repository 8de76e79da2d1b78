/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_BOOK_H
#define MSSL_LIB_INVENTORY_BOOK_H

/**
 * @file book.h
 * All that the inventory knows: for each source its keys in order, and for each key what its files
 * held when they were looked at last. Kept small: 100,000 names take some 15 MB. One thread at a
 * time; the caller locks.
 */

#include "lib/inventory/states.h"

/** Bytes of a certificate's SHA-256 that are kept, enough to tell it from others. */
#define MSSL_BOOK_SHA_LEN 16
/** Most facts of one key: each item, and the last good pair behind it. */
#define MSSL_BOOK_FACTS_MAX (2 * MSSL_MATERIAL_MAX)

/** One pair, or files that are none, as they are handed in and out. Texts are borrowed. */
typedef struct mssl_fact_t {
    int is_bad, is_last_good; /**< as in mssl_candidate_t */
    int is_kept;              /**< in the history */
    int signs_itself;         /**< browsers warn of it */
    mssl_key_type_t type;
    mssl_dates_t dates;
    unsigned char sha256[MSSL_BOOK_SHA_LEN];
    const char *file;         /**< NULL: not kept */
    const char *reason;       /**< of what is bad; NULL */
} mssl_fact_t;

/** What a source has for a key, as it is handed in and out. */
typedef struct mssl_finding_t {
    mssl_stamp_t stamp;
    int has_stamp;
    int is_excluded;
    /** the state that the name was in when it was told last, and since when; of the first source */
    mssl_name_state_t state;
    apr_time_t since; /**< 0: it was told none */
    int nfacts;
    mssl_fact_t fact[MSSL_BOOK_FACTS_MAX];
} mssl_finding_t;

/** As it is kept. */
typedef struct mssl_entry_t mssl_entry_t;

/** One source. */
typedef struct mssl_shelf_t {
    const char *label;     /**< "dir:/etc/mssl" */
    int can_list;
    int is_reachable;      /**< 0: it was not read to its end last time */
    int is_new;            /**< no walk has come to it yet */
    mssl_reason_t why;     /**< then */
    apr_uint32_t n, room;
    mssl_entry_t **entry;  /**< by key */
} mssl_shelf_t;

typedef struct mssl_book_t {
    int nshelves;
    mssl_shelf_t *shelf;   /**< by the number of the source */
    struct mssl_spans_t *spans;
} mssl_book_t;

/** @param pool ends it */
mssl_book_t *mssl_book_make(int nshelves, apr_pool_t *pool);

/** Where a key stands, or would. @return 1: it is there */
int mssl_book_find(const mssl_shelf_t *shelf, const char *key, apr_uint32_t *place);

/**
 * Put in what a source has for a key, in the place of what was there.
 * @param walk in which that was seen
 * @return APR_SUCCESS; APR_ENOMEM: as it was
 */
apr_status_t mssl_book_put(mssl_book_t *book, int source, const char *key,
                           const mssl_finding_t *finding, apr_uint32_t walk);

/** Take an entry out. */
void mssl_book_remove(mssl_book_t *book, int source, apr_uint32_t place);

/** Take out what a walk did not see any more. @return how many */
apr_uint32_t mssl_book_sweep(mssl_book_t *book, int source, apr_uint32_t walk);

/* Of an entry; borrowed from it. */
const char *mssl_entry_get_key(const mssl_entry_t *entry);
apr_uint32_t mssl_entry_get_walk(const mssl_entry_t *entry);
void mssl_entry_set_walk(mssl_entry_t *entry, apr_uint32_t walk);
int mssl_entry_is_excluded(const mssl_entry_t *entry);
int mssl_entry_count_facts(const mssl_entry_t *entry);
/** @return the stamp; NULL: its files are to be looked at anew */
const mssl_stamp_t *mssl_entry_get_stamp(const mssl_entry_t *entry);
/** @param candidate out: its dates, type and flags */
void mssl_entry_get_candidate(const mssl_book_t *book, const mssl_entry_t *entry, int i,
                              mssl_candidate_t *candidate);
const unsigned char *mssl_entry_get_sha256(const mssl_entry_t *entry, int i);
/** @return in pool; NULL: not kept */
const char *mssl_entry_get_file(const mssl_book_t *book, int source, const mssl_entry_t *entry,
                                int i, apr_pool_t *pool);
/** @return borrowed; NULL: none */
const char *mssl_entry_get_reason(const mssl_entry_t *entry, int i);
int mssl_entry_is_kept(const mssl_entry_t *entry, int i);
int mssl_entry_signs_itself(const mssl_entry_t *entry, int i);
void mssl_entry_set_kept(mssl_entry_t *entry, int i);
mssl_name_state_t mssl_entry_get_state(const mssl_entry_t *entry, apr_time_t *since);
void mssl_entry_set_state(mssl_entry_t *entry, mssl_name_state_t state, apr_time_t since);

/** All of an entry. @param pool of the files' names */
void mssl_entry_get_finding(const mssl_book_t *book, int source, const mssl_entry_t *entry,
                            mssl_finding_t *finding, apr_pool_t *pool);

#endif /* MSSL_LIB_INVENTORY_BOOK_H */
