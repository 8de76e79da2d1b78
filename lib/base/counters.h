/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_BASE_COUNTERS_H
#define MSSL_LIB_BASE_COUNTERS_H

/**
 * @file counters.h
 * What a server counts, over all of its processes and for as long as it runs. Numbers of 64 bits in
 * a block of memory that processes share and that outlives them; none ever goes down. What is
 * counted has the names of the status pages.
 *
 * Without locks. Each process adds in one of a few parts of the block, so that processes mostly
 * keep out of each other's cache lines, and whoever reads adds the parts up. Whoever may write there
 * can make numbers wrong; nothing is decided by them.
 *
 * The block begins with its layout, which follows from the list of what is counted: a module with
 * another list (a new version after a graceful restart) takes another block, and begins anew.
 */

#include <apr_pools.h>

/** What is counted. Groups stand together, in this order. */
typedef enum {
    /* Handshakes, by where the certificate came from: each connection once, when it is decided. */
    MSSL_COUNT_BY_SNI = 0,
    MSSL_COUNT_BY_INTENT,
    MSSL_COUNT_BY_TRUSTED,
    MSSL_COUNT_BY_SESSION,
    MSSL_COUNT_BY_DUMMY,
    MSSL_COUNT_REJECTED, /**< ended by unrecognized_name */
    MSSL_COUNT_ACME,     /**< acme-tls/1 and nothing else */
    /* Requests that got a page instead of a website, by the verdict's reason (lib/verdict). */
    MSSL_COUNT_KNOWN_SNI,
    MSSL_COUNT_KNOWN_NOSNI,
    MSSL_COUNT_UNKNOWN,
    MSSL_COUNT_NO_NAME,
    MSSL_COUNT_CLIENT_CERT,
    MSSL_COUNT_PROXY,
    MSSL_COUNT_UNPROVEN,
    MSSL_COUNT_HANDLER,
    /* ... and that were redirected instead. */
    MSSL_COUNT_TO_SWITCH,
    MSSL_COUNT_TO_OTHER, /**< the URL of MSSLUnknownHost */
    /* Requests to the switch with a target, by the outcome. */
    MSSL_COUNT_SWITCHED,
    MSSL_COUNT_BAD_TARGET,
    MSSL_COUNT_UNKNOWN_TARGET,
    MSSL_COUNT_LOOP,
    MSSL_COUNT_LATER,    /**< the intent could not be kept */
    /* Visitors on the wrong scheme, and websites that send them round (MSSLForceHTTPS). */
    MSSL_COUNT_TO_HTTPS,
    MSSL_COUNT_TO_HTTP,
    MSSL_COUNT_LOOPS_BROKEN,   /**< served over https, as the browser insists */
    MSSL_COUNT_SELF_REDIRECTS, /**< a website's own, https to the very same URL */
    /* The caches of pairs, as mssl_store_stats_t (lib/store/store.h). */
    MSSL_COUNT_HITS,
    MSSL_COUNT_MISSES,
    MSSL_COUNT_NEGATIVE_HITS,
    MSSL_COUNT_LOADS,
    MSSL_COUNT_LOOKS,
    MSSL_COUNT_EVICTIONS,
    /* The broker. */
    MSSL_COUNT_BROKER_DEATHS,
    MSSL_COUNT_BROKER_REQUESTS, /**< questions that children asked it */
    MSSL_COUNT_BROKER_TIMEOUTS, /**< ... and that it did not answer in time */
    /* Hints for the steward: names without a certificate that somebody asked for. */
    MSSL_COUNT_HINTS_SENT,
    MSSL_COUNT_HINTS_DROPPED,  /**< it had too many already */
    MSSL_COUNTS
} mssl_count_t;

/** Numbers of everything that is counted, by mssl_count_t. */
typedef struct mssl_totals_t {
    apr_uint64_t n[MSSL_COUNTS];
} mssl_totals_t;

typedef struct mssl_counter_block_t mssl_counter_block_t;

/** A process's way to the block. Of the parent, and inherited by its children. */
typedef struct mssl_counters_t {
    mssl_counter_block_t *block; /**< NULL: there is none, only own counts */
    unsigned part;               /**< where this process adds */
    mssl_totals_t own;           /**< what this process has added; atomic */
} mssl_counters_t;

/** Bytes that the block takes, wherever it begins. */
apr_size_t mssl_counters_size(void);

/** What a block of this list is to be kept under: the layout is in it. In pool. */
const char *mssl_counters_key(apr_pool_t *pool);

/**
 * Parent, one thread.
 * @param memory zeroed, or a block of before; of mssl_counters_size(), shared with the processes
 *        that are forked; NULL, or of another layout: each process counts for itself
 * @return whether it is taken
 */
int mssl_counters_init(mssl_counters_t *counters, void *memory);

/** In a process that was just forked, one thread: it has added nothing so far. */
void mssl_counters_begin(mssl_counters_t *counters);

/** Any thread of any process that has the memory. @param counters NULL: nothing is counted */
void mssl_counters_add(mssl_counters_t *counters, mssl_count_t which);

/** Of the whole server so far; where there is no block, of this process. Any thread. */
void mssl_counters_read(const mssl_counters_t *counters, mssl_totals_t *totals);

/** Of this process so far. Any thread. */
void mssl_counters_read_own(const mssl_counters_t *counters, mssl_totals_t *totals);

/** "handshakes", "refused", "redirects", "switch", "cache", "broker", "hints". Static text. */
const char *mssl_counters_group(mssl_count_t which);

/** "sni", "known_sni", "switched", ...; no two of a group are equal. Static text. */
const char *mssl_counters_name(mssl_count_t which);

/** Bytes that the text of any totals takes, its end included. */
#define MSSL_COUNTERS_TEXT_SIZE (MSSL_COUNTS * 56)

/** For the log: "handshakes: sni 3, intent 0, ...; refused: ...". */
void mssl_counters_text(char text[MSSL_COUNTERS_TEXT_SIZE], const mssl_totals_t *totals);

#endif /* MSSL_LIB_BASE_COUNTERS_H */
