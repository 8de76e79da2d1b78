/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/counters.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

/** Parts of the block. Children of one generation have process ids beside each other. */
#define PARTS 8
#define CACHE_LINE 64

typedef struct part_t {
    mssl_totals_t totals;
} __attribute__((aligned(CACHE_LINE))) part_t;

struct mssl_counter_block_t {
    apr_uint64_t layout; /* 0: not used yet */
    part_t part[PARTS];
};

static const struct {
    const char *group, *name;
} count[MSSL_COUNTS] = {
    { "handshakes", "sni" },
    { "handshakes", "intent" },
    { "handshakes", "trusted" },
    { "handshakes", "session" },
    { "handshakes", "dummy" },
    { "handshakes", "rejected" },
    { "handshakes", "acme" },
    { "refused", "known_sni" },
    { "refused", "known_nosni" },
    { "refused", "unknown" },
    { "refused", "no_name" },
    { "refused", "client_cert" },
    { "refused", "proxy" },
    { "refused", "unproven" },
    { "refused", "handler" },
    { "redirects", "switch" },
    { "redirects", "other" },
    { "switch", "switched" },
    { "switch", "bad_target" },
    { "switch", "unknown" },
    { "switch", "loop" },
    { "switch", "later" },
    { "force_https", "to_https" },
    { "force_https", "to_http" },
    { "force_https", "loops_broken" },
    { "force_https", "self_redirects" },
    { "cache", "hits" },
    { "cache", "misses" },
    { "cache", "negative_hits" },
    { "cache", "loads" },
    { "cache", "looks" },
    { "cache", "evictions" },
    { "broker", "deaths" },
    { "broker", "requests" },
    { "broker", "timeouts" },
    { "hints", "sent" },
    { "hints", "dropped" },
};

/* Of the list, with its order (FNV-1a: no stranger chooses it). Never 0. */
static apr_uint64_t get_layout(void)
{
    apr_uint64_t hash = APR_UINT64_C(14695981039346656037);
    const char *at;
    int i;

    for (i = 0; i < MSSL_COUNTS; i++) {
        for (at = count[i].group; *at != '\0'; at++) {
            hash = (hash ^ (unsigned char)*at) * APR_UINT64_C(1099511628211);
        }
        for (at = count[i].name; *at != '\0'; at++) {
            hash = (hash ^ (unsigned char)*at) * APR_UINT64_C(1099511628211);
        }
    }
    return (hash ^ PARTS) | 1;
}

apr_size_t mssl_counters_size(void)
{
    return sizeof(mssl_counter_block_t) + CACHE_LINE;
}

const char *mssl_counters_key(apr_pool_t *pool)
{
    return apr_psprintf(pool, "counters:%016" APR_UINT64_T_HEX_FMT, get_layout());
}

int mssl_counters_init(mssl_counters_t *counters, void *memory)
{
    /* Shared memory of APR's begins behind a word of its own. */
    size_t over = (size_t)memory % CACHE_LINE;
    mssl_counter_block_t *block = (void *)((char *)memory + (over == 0 ? 0 : CACHE_LINE - over));

    memset(counters, 0, sizeof(*counters));
    if (memory == NULL || (block->layout != 0 && block->layout != get_layout())) {
        return 0;
    }
    block->layout = get_layout();
    counters->block = block;
    counters->part = (unsigned)getpid() % PARTS;
    return 1;
}

void mssl_counters_begin(mssl_counters_t *counters)
{
    memset(&counters->own, 0, sizeof(counters->own));
    counters->part = (unsigned)getpid() % PARTS;
}

void mssl_counters_add(mssl_counters_t *counters, mssl_count_t which)
{
    if (counters == NULL) {
        return;
    }
    __atomic_fetch_add(&counters->own.n[which], 1, __ATOMIC_RELAXED);
    if (counters->block != NULL) {
        __atomic_fetch_add(&counters->block->part[counters->part].totals.n[which], 1,
                           __ATOMIC_RELAXED);
    }
}

static void add_up(mssl_totals_t *sum, const mssl_totals_t *totals)
{
    int i;

    for (i = 0; i < MSSL_COUNTS; i++) {
        sum->n[i] += __atomic_load_n(&totals->n[i], __ATOMIC_RELAXED);
    }
}

void mssl_counters_read(const mssl_counters_t *counters, mssl_totals_t *totals)
{
    int i;

    if (counters->block == NULL) {
        mssl_counters_read_own(counters, totals);
        return;
    }
    memset(totals, 0, sizeof(*totals));
    for (i = 0; i < PARTS; i++) {
        add_up(totals, &counters->block->part[i].totals);
    }
}

void mssl_counters_read_own(const mssl_counters_t *counters, mssl_totals_t *totals)
{
    memset(totals, 0, sizeof(*totals));
    add_up(totals, &counters->own);
}

const char *mssl_counters_group(mssl_count_t which)
{
    return count[which].group;
}

const char *mssl_counters_name(mssl_count_t which)
{
    return count[which].name;
}

void mssl_counters_text(char text[MSSL_COUNTERS_TEXT_SIZE], const mssl_totals_t *totals)
{
    int i, len = 0;

    for (i = 0; i < MSSL_COUNTS; i++) {
        int is_first = i == 0 || strcmp(count[i].group, count[i - 1].group) != 0;

        len += apr_snprintf(text + len, (apr_size_t)(MSSL_COUNTERS_TEXT_SIZE - len),
                            "%s%s%s%s %" APR_UINT64_T_FMT, i == 0 ? "" : is_first ? "; " : ", ",
                            is_first ? count[i].group : "", is_first ? ": " : "", count[i].name,
                            totals->n[i]);
    }
}
