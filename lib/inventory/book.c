/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/book.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/inventory/pack.h"

#define BUCKETS 4096
#define FILE_MAX 4096
/** Texts of one entry that are kept: places among them are 16 bits. */
#define TEXT_MAX 60000

#define HAS_STAMP 1u
#define IS_EXCLUDED 2u
#define IS_BAD 1u
#define IS_LAST_GOOD 2u
#define IS_KEPT 4u
#define SIGNS_ITSELF 8u

/** When a chain is valid: few chains serve very many pairs. */
typedef struct span_t {
    apr_time_t from, until;
    apr_uint32_t next; /* in its bucket, counted from 1; 0: the last */
} span_t;

struct mssl_spans_t {
    span_t *span;
    apr_uint32_t n, room;
    apr_uint32_t bucket[BUCKETS];
};

/** Of the number of a span. */
#define SPAN_BITS 26

typedef struct packed_t {
    apr_time_t from, until;
    unsigned span : SPAN_BITS, type : 2, flags : 4; /* in four bytes: each counts */
    apr_uint16_t file, reason; /* places in the text; 0: none */
    unsigned char sha256[MSSL_BOOK_SHA_LEN];
} packed_t;

struct mssl_entry_t {
    mssl_stamp_t stamp;
    apr_time_t since;
    apr_uint32_t walk;
    unsigned char state, flags, nfacts;
    packed_t fact[]; /* and behind them the text: the key, and what else there is, each with NUL */
};

static apr_status_t destroy(void *data)
{
    mssl_book_t *book = data;
    apr_uint32_t i;
    int source;

    for (source = 0; source < book->nshelves; source++) {
        for (i = 0; i < book->shelf[source].n; i++) {
            free(book->shelf[source].entry[i]);
        }
        free(book->shelf[source].entry);
    }
    free(book->spans->span);
    return APR_SUCCESS;
}

mssl_book_t *mssl_book_make(int nshelves, apr_pool_t *pool)
{
    mssl_book_t *book = apr_pcalloc(pool, sizeof(*book));

    book->nshelves = nshelves;
    book->shelf = apr_pcalloc(pool, ((size_t)nshelves + 1) * sizeof(*book->shelf));
    book->spans = apr_pcalloc(pool, sizeof(*book->spans));
    apr_pool_cleanup_register(pool, book, destroy, apr_pool_cleanup_null);
    return book;
}

/** No span: memory is short, or there are too many. */
#define NO_SPAN (1u << SPAN_BITS)

/* @return the number of the span; or NO_SPAN */
static apr_uint32_t find_span(struct mssl_spans_t *spans, apr_time_t from, apr_time_t until)
{
    apr_uint64_t hash = (apr_uint64_t)(from / APR_USEC_PER_SEC) * 31
                        + (apr_uint64_t)(until / APR_USEC_PER_SEC);
    apr_uint32_t *bucket = &spans->bucket[(hash ^ hash >> 12 ^ hash >> 24) % BUCKETS], at;
    span_t *more;

    for (at = *bucket; at != 0; at = spans->span[at - 1].next) {
        if (spans->span[at - 1].from == from && spans->span[at - 1].until == until) {
            return at - 1;
        }
    }
    if (spans->n == NO_SPAN) {
        return NO_SPAN;
    }
    if (spans->n == spans->room) {
        more = realloc(spans->span, (spans->room * 2 + 16) * sizeof(*more));
        if (more == NULL) {
            return NO_SPAN;
        }
        spans->span = more;
        spans->room = spans->room * 2 + 16;
    }
    spans->span[spans->n] = (span_t){ from, until, *bucket };
    *bucket = ++spans->n;
    return spans->n - 1;
}

static const char *text_of(const mssl_entry_t *entry)
{
    return (const char *)&entry->fact[entry->nfacts];
}

const char *mssl_entry_get_key(const mssl_entry_t *entry)
{
    return text_of(entry);
}

int mssl_book_find(const mssl_shelf_t *shelf, const char *key, apr_uint32_t *place)
{
    apr_uint32_t low = 0, high = shelf->n, middle;
    int order;

    /* Keys come in order most of the time. */
    if (high > 0 && strcmp(text_of(shelf->entry[high - 1]), key) < 0) {
        *place = high;
        return 0;
    }
    while (low < high) {
        middle = low + (high - low) / 2;
        order = strcmp(text_of(shelf->entry[middle]), key);
        if (order == 0) {
            *place = middle;
            return 1;
        }
        if (order < 0) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    *place = low;
    return 0;
}

/** A text that grows. */
typedef struct text_t {
    char at[TEXT_MAX]; /* half a stack of musl: one at a time */
    size_t len;
} text_t;

/* @return its place; 0: it does not fit */
static apr_uint16_t add_text(text_t *text, const char *add, size_t len)
{
    size_t place = text->len;

    if (len == 0 || len >= TEXT_MAX - text->len) {
        return 0;
    }
    memcpy(text->at + place, add, len);
    text->at[place + len] = '\0';
    text->len += len + 1;
    return (apr_uint16_t)place;
}

/* @return 0: no memory */
static int pack_fact(mssl_book_t *book, int source, const char *key, const mssl_fact_t *fact,
                     packed_t *packed, text_t *text)
{
    apr_uint32_t span = find_span(book->spans, fact->dates.chain_from, fact->dates.chain_until);
    char file[FILE_MAX];

    if (span == NO_SPAN) {
        return 0;
    }
    memset(packed, 0, sizeof(*packed));
    packed->from = fact->dates.from;
    packed->until = fact->dates.until;
    packed->span = span & (NO_SPAN - 1);
    memcpy(packed->sha256, fact->sha256, sizeof(packed->sha256));
    packed->type = (unsigned)fact->type & 3u;
    packed->flags = (fact->is_bad ? IS_BAD : 0u) | (fact->is_last_good ? IS_LAST_GOOD : 0u)
                    | (fact->is_kept ? IS_KEPT : 0u) | (fact->signs_itself ? SIGNS_ITSELF : 0u);
    if (fact->file != NULL) {
        packed->file = add_text(text, file, mssl_pack_file(file, sizeof(file), fact->file,
                                                           book->shelf[source].label, key));
    }
    if (fact->reason != NULL) {
        packed->reason = add_text(text, fact->reason, strlen(fact->reason));
    }
    return 1;
}

static mssl_entry_t *make_entry(mssl_book_t *book, int source, const char *key,
                                const mssl_finding_t *finding)
{
    int n = finding->nfacts < MSSL_BOOK_FACTS_MAX ? finding->nfacts : MSSL_BOOK_FACTS_MAX, i;
    packed_t packed[MSSL_BOOK_FACTS_MAX];
    mssl_entry_t *entry;
    text_t text;

    text.len = 0;
    add_text(&text, key, strlen(key));
    for (i = 0; i < n; i++) {
        if (!pack_fact(book, source, key, &finding->fact[i], &packed[i], &text)) {
            return NULL;
        }
    }
    entry = malloc(sizeof(*entry) + (size_t)n * sizeof(packed[0]) + text.len);
    if (entry == NULL) {
        return NULL;
    }
    entry->stamp = finding->stamp;
    entry->since = finding->since;
    entry->state = (unsigned char)finding->state;
    entry->flags = (unsigned char)((finding->has_stamp ? HAS_STAMP : 0)
                                   | (finding->is_excluded ? IS_EXCLUDED : 0));
    entry->nfacts = (unsigned char)n;
    memcpy(entry->fact, packed, (size_t)n * sizeof(packed[0]));
    memcpy(&entry->fact[n], text.at, text.len);
    return entry;
}

static int make_room(mssl_shelf_t *shelf)
{
    apr_uint32_t room = shelf->room + shelf->room / 4 + 64;
    mssl_entry_t **more;

    if (shelf->n < shelf->room) {
        return 1;
    }
    more = realloc(shelf->entry, room * sizeof(*more));
    if (more == NULL) {
        return 0;
    }
    shelf->entry = more;
    shelf->room = room;
    return 1;
}

apr_status_t mssl_book_put(mssl_book_t *book, int source, const char *key,
                           const mssl_finding_t *finding, apr_uint32_t walk)
{
    mssl_shelf_t *shelf = &book->shelf[source];
    mssl_entry_t *entry = make_entry(book, source, key, finding);
    apr_uint32_t place;

    if (entry == NULL) {
        return APR_ENOMEM;
    }
    entry->walk = walk;
    if (mssl_book_find(shelf, key, &place)) {
        free(shelf->entry[place]);
        shelf->entry[place] = entry;
        return APR_SUCCESS;
    }
    if (!make_room(shelf)) {
        free(entry);
        return APR_ENOMEM;
    }
    memmove(&shelf->entry[place + 1], &shelf->entry[place],
            (shelf->n - place) * sizeof(*shelf->entry));
    shelf->entry[place] = entry;
    shelf->n++;
    return APR_SUCCESS;
}

void mssl_book_remove(mssl_book_t *book, int source, apr_uint32_t place)
{
    mssl_shelf_t *shelf = &book->shelf[source];

    free(shelf->entry[place]);
    shelf->n--;
    memmove(&shelf->entry[place], &shelf->entry[place + 1],
            (shelf->n - place) * sizeof(*shelf->entry));
}

apr_uint32_t mssl_book_sweep(mssl_book_t *book, int source, apr_uint32_t walk)
{
    mssl_shelf_t *shelf = &book->shelf[source];
    apr_uint32_t i, kept = 0, gone;

    for (i = 0; i < shelf->n; i++) {
        if (shelf->entry[i]->walk == walk) {
            shelf->entry[kept++] = shelf->entry[i];
        }
        else {
            free(shelf->entry[i]);
        }
    }
    gone = shelf->n - kept;
    shelf->n = kept;
    return gone;
}

apr_uint32_t mssl_entry_get_walk(const mssl_entry_t *entry)
{
    return entry->walk;
}

void mssl_entry_set_walk(mssl_entry_t *entry, apr_uint32_t walk)
{
    entry->walk = walk;
}

int mssl_entry_is_excluded(const mssl_entry_t *entry)
{
    return (entry->flags & IS_EXCLUDED) != 0;
}

int mssl_entry_count_facts(const mssl_entry_t *entry)
{
    return entry->nfacts;
}

const mssl_stamp_t *mssl_entry_get_stamp(const mssl_entry_t *entry)
{
    return (entry->flags & HAS_STAMP) != 0 ? &entry->stamp : NULL;
}

void mssl_entry_get_candidate(const mssl_book_t *book, const mssl_entry_t *entry, int i,
                              mssl_candidate_t *candidate)
{
    const packed_t *packed = &entry->fact[i];
    const span_t *span = &book->spans->span[packed->span];

    memset(candidate, 0, sizeof(*candidate));
    candidate->is_bad = (packed->flags & IS_BAD) != 0;
    candidate->is_last_good = (packed->flags & IS_LAST_GOOD) != 0;
    candidate->type = (mssl_key_type_t)packed->type;
    candidate->dates = (mssl_dates_t){ packed->from, packed->until, span->from, span->until };
}

const unsigned char *mssl_entry_get_sha256(const mssl_entry_t *entry, int i)
{
    return entry->fact[i].sha256;
}

const char *mssl_entry_get_file(const mssl_book_t *book, int source, const mssl_entry_t *entry,
                                int i, apr_pool_t *pool)
{
    const char *packed = text_of(entry) + entry->fact[i].file, *label = book->shelf[source].label;
    size_t len = strlen(packed), most;
    char *out;

    if (entry->fact[i].file == 0) {
        return NULL;
    }
    most = mssl_pack_unpack(NULL, 0, packed, len, label, text_of(entry)) + 1;
    out = apr_palloc(pool, most);
    mssl_pack_unpack(out, most, packed, len, label, text_of(entry));
    return out;
}

const char *mssl_entry_get_reason(const mssl_entry_t *entry, int i)
{
    return entry->fact[i].reason != 0 ? text_of(entry) + entry->fact[i].reason : NULL;
}

int mssl_entry_is_kept(const mssl_entry_t *entry, int i)
{
    return (entry->fact[i].flags & IS_KEPT) != 0;
}

int mssl_entry_signs_itself(const mssl_entry_t *entry, int i)
{
    return (entry->fact[i].flags & SIGNS_ITSELF) != 0;
}

void mssl_entry_set_kept(mssl_entry_t *entry, int i)
{
    entry->fact[i].flags |= IS_KEPT;
}

mssl_name_state_t mssl_entry_get_state(const mssl_entry_t *entry, apr_time_t *since)
{
    *since = entry->since;
    return (mssl_name_state_t)entry->state;
}

void mssl_entry_set_state(mssl_entry_t *entry, mssl_name_state_t state, apr_time_t since)
{
    entry->state = (unsigned char)state;
    entry->since = since;
}

void mssl_entry_get_finding(const mssl_book_t *book, int source, const mssl_entry_t *entry,
                            mssl_finding_t *finding, apr_pool_t *pool)
{
    mssl_candidate_t candidate;
    mssl_fact_t *fact;
    int i;

    memset(finding, 0, offsetof(mssl_finding_t, fact));
    finding->stamp = entry->stamp;
    finding->has_stamp = (entry->flags & HAS_STAMP) != 0;
    finding->is_excluded = mssl_entry_is_excluded(entry);
    finding->state = mssl_entry_get_state(entry, &finding->since);
    finding->nfacts = entry->nfacts;
    for (i = 0; i < entry->nfacts; i++) {
        fact = &finding->fact[i];
        mssl_entry_get_candidate(book, entry, i, &candidate);
        fact->is_bad = candidate.is_bad;
        fact->is_last_good = candidate.is_last_good;
        fact->is_kept = mssl_entry_is_kept(entry, i);
        fact->signs_itself = mssl_entry_signs_itself(entry, i);
        fact->type = candidate.type;
        fact->dates = candidate.dates;
        memcpy(fact->sha256, entry->fact[i].sha256, sizeof(fact->sha256));
        fact->file = mssl_entry_get_file(book, source, entry, i, pool);
        fact->reason = mssl_entry_get_reason(entry, i);
    }
}
