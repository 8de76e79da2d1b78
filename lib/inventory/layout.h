/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_INVENTORY_LAYOUT_H
#define MSSL_LIB_INVENTORY_LAYOUT_H

/**
 * @file layout.h
 * How the index lies in memory, for layout.c (the index itself), read.c and writer.c only.
 *
 * A file of memory, large and hollow: one page that says where the snapshot published last lies,
 * and the snapshot, which does not change until another one lies elsewhere. Then its pages are
 * given back, and who still reads there sees zeros, and that it is not the last one any more.
 *
 * A snapshot is a head, the stores' sums, three tables of numbers (where each name's record begins,
 * by name; numbers of names by expiry; numbers of names that need attention, the worst first),
 * records, and texts. All of it is for one machine and one build: the head says which.
 */

#include "lib/inventory/index.h"

#define MSSL_LAYOUT_MAGIC 0x6d73736c /* "mssl" */
#define MSSL_LAYOUT_VERSION 1
/** Room for snapshots: two beside each other. It costs only what is written. */
#define MSSL_LAYOUT_SIZE ((apr_uint64_t)1 << (sizeof(void *) > 4 ? 32 : 29))
/** The first snapshot lies behind it; larger than any page. */
#define MSSL_LAYOUT_FIRST 65536
/** What one name may take, tables and all; without its file, where that is long. */
#define MSSL_LAYOUT_NAME_MAX 160

/** At 0 of the file. */
typedef struct mssl_layout_anchor_t {
    apr_uint64_t turn;   /**< odd: being written; changes with each snapshot */
    apr_uint64_t offset; /**< of the snapshot; 0: there is none */
    apr_uint64_t length;
} mssl_layout_anchor_t;

/** A text within the snapshot, NUL-terminated; at 0: none. */
typedef apr_uint32_t mssl_layout_text_t;

typedef struct mssl_layout_store_t {
    apr_int64_t soonest;
    apr_uint32_t names, certificates, bad, states[MSSL_STATES];
    apr_int32_t source;
    mssl_layout_text_t label, reason;
    apr_uint32_t is_reachable, can_list;
} mssl_layout_store_t;

typedef struct mssl_layout_head_t {
    apr_uint32_t magic, version;
    apr_int64_t made, started, ended, took, next;
    apr_uint32_t is_complete, seen;
    apr_uint32_t certificates, states[MSSL_STATES], expiries[MSSL_INDEX_DAYS];
    apr_uint32_t nstores, nnames, nexpiries, nattention;
    /* where they begin, from the head on */
    apr_uint32_t stores, names, by_expiry, attention;
} mssl_layout_head_t;

/** A name; name, NUL, file, NUL come behind it. Not aligned: to be copied out. */
typedef struct mssl_layout_record_t {
    apr_int64_t not_after, until, since;
    mssl_layout_text_t reason;
    apr_int16_t store;
    unsigned char state, types, flags;
    unsigned char name_len;
    apr_uint16_t file_len; /**< packed (pack.h); 0: not kept */
} mssl_layout_record_t;

#define MSSL_LAYOUT_WILDCARD 1u
#define MSSL_LAYOUT_OLD 2u
#define MSSL_LAYOUT_ITSELF 4u

struct mssl_index_t {
    int fd;     /**< for writing; -1 in children */
    int reader; /**< for reading */
};

#endif /* MSSL_LIB_INVENTORY_LAYOUT_H */
