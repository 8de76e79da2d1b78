/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/publish.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/inventory/writer.h"
#include "lib/store/catalog.h"

/** Candidates of one name that are weighed; beyond them nobody looks. */
#define CANDIDATES_MAX 256
/** Reasons that are made here; the worst MSSL_INDEX_REASONS are kept in the end. */
#define REASONS_MAX 10000

/** Where a candidate comes from. */
typedef struct origin_t {
    int source, fact;
    const mssl_entry_t *entry;
} origin_t;

/** A name in one view. */
typedef struct weighing_t {
    int n, is_excluded;
    mssl_candidate_t candidate[CANDIDATES_MAX];
    origin_t origin[CANDIDATES_MAX];
    mssl_judged_t judged;
} weighing_t;

typedef struct publish_t {
    mssl_book_t *book;
    const mssl_ways_t *ways;
    const mssl_warns_t *warns;
    apr_time_t now;
    apr_pool_t *pool, *name_pool;
    mssl_entry_t **current; /* by source: what it has for the name at hand, or NULL */
    apr_uint32_t *next;     /* by source: the first entry behind that */
    unsigned char *excluded;
    int *place;             /* by source: in the summary; -1 */
    mssl_index_store_t *store;
    weighing_t weighing[3];
    weighing_t *hand, *way, *worst; /* of one view, of one address, of all so far */
    int nreasons;
} publish_t;

static void add_entry(weighing_t *weighing, const publish_t *publish, int source,
                      const mssl_entry_t *entry, int is_wildcard)
{
    int i;

    for (i = 0; i < mssl_entry_count_facts(entry) && weighing->n < CANDIDATES_MAX; i++) {
        mssl_candidate_t *candidate = &weighing->candidate[weighing->n];

        mssl_entry_get_candidate(publish->book, entry, i, candidate);
        candidate->source = source;
        candidate->is_wildcard = is_wildcard;
        weighing->origin[weighing->n++] = (origin_t){ source, i, entry };
    }
}

static int count_view(const publish_t *publish, const mssl_view_t *view)
{
    return view != NULL ? mssl_catalog_count_view(view) : publish->book->nshelves;
}

static int get_source(const mssl_view_t *view, int i)
{
    return view != NULL ? mssl_catalog_get_source(view, i) : i;
}

static void add_exact(weighing_t *weighing, publish_t *publish, const mssl_view_t *view)
{
    int i, n = count_view(publish, view);

    for (i = 0; i < n; i++) {
        int source = get_source(view, i);
        const mssl_entry_t *entry = publish->current[source];

        publish->excluded[source] = entry != NULL && mssl_entry_is_excluded(entry);
        weighing->is_excluded |= publish->excluded[source];
        if (entry != NULL) {
            add_entry(weighing, publish, source, entry, 0);
        }
    }
}

/* Where nothing of the name itself is valid, its wildcard is asked, too. */
static void add_wildcards(weighing_t *weighing, const publish_t *publish, const mssl_view_t *view,
                          const char *name)
{
    char pattern[MSSL_NAME_SIZE];
    int i, n = count_view(publish, view);
    apr_uint32_t place;

    for (i = 0; i < weighing->n; i++) {
        if (!weighing->candidate[i].is_bad
            && mssl_dates_get_rank(&weighing->candidate[i].dates, publish->now)
                   == MSSL_RANK_BEST) {
            return;
        }
    }
    if (name[0] == '*' || !mssl_name_pattern(pattern, name)) {
        return;
    }
    for (i = 0; i < n; i++) {
        int source = get_source(view, i);
        const mssl_shelf_t *shelf = &publish->book->shelf[source];

        if (!publish->excluded[source] && mssl_book_find(shelf, pattern, &place)) {
            add_entry(weighing, publish, source, shelf->entry[place], 1);
        }
    }
}

/* @return whether the view has anything to say of the name */
static int weigh_view(weighing_t *weighing, publish_t *publish, const mssl_view_t *view,
                      const char *name)
{
    int n;

    weighing->n = weighing->is_excluded = 0;
    add_exact(weighing, publish, view);
    n = weighing->n;
    add_wildcards(weighing, publish, view, name);
    if (n == 0 && !weighing->is_excluded) {
        return 0; /* the name itself is not here */
    }
    mssl_states_judge(&weighing->judged, weighing->candidate, weighing->n, publish->warns,
                      publish->now);
    return 1;
}

static void swap(weighing_t **a, weighing_t **b)
{
    weighing_t *was = *a;

    *a = *b;
    *b = was;
}

/* What the name is on one address: in the first view that has a pair, else in the first at all. */
static int weigh_way(publish_t *publish, int way, const char *name)
{
    const mssl_ways_t *ways = publish->ways;
    const mssl_view_t *view;
    int i, found = 0, has_pair = 0;

    for (i = 0; !has_pair && (view = ways->get(ways->baton, way, name, i)) != NULL; i++) {
        if (!weigh_view(publish->hand, publish, view, name)) {
            continue;
        }
        has_pair = publish->hand->judged.shown >= 0;
        if (has_pair || !found) {
            swap(&publish->hand, &publish->way);
            found = 1;
        }
    }
    return found;
}

/* What the name is in the worst of all ways. @return 0: no way leads to it */
static int weigh_name(publish_t *publish, const char *name)
{
    int way, found = 0;

    if (publish->ways == NULL) {
        return weigh_view(publish->worst, publish, NULL, name);
    }
    for (way = 0; way < publish->ways->n; way++) {
        if (weigh_way(publish, way, name)
            && (!found || publish->way->judged.state < publish->worst->judged.state)) {
            swap(&publish->way, &publish->worst);
            found = 1;
        }
    }
    return found;
}

static const char *say_date(const publish_t *publish, apr_time_t time)
{
    char *text = apr_palloc(publish->pool, APR_RFC822_DATE_LEN);

    apr_rfc822_date(text, time);
    return text;
}

/* What is to be said of what is shown. */
static const char *say_shown(publish_t *publish, const weighing_t *weighing, const char *file)
{
    const mssl_judged_t *judged = &weighing->judged;
    const mssl_dates_t *dates = &weighing->candidate[judged->shown].dates;
    int is_chain = mssl_states_get_until(dates) < dates->until || publish->now < dates->chain_from;
    const char *what = is_chain ? "an intermediate certificate" : "the certificate";
    const origin_t *hidden = &weighing->origin[judged->hidden >= 0 ? judged->hidden : 0];

    file = file != NULL ? file : "its file";
    switch (judged->state) {
    case MSSL_STATE_EXPIRED:
        return apr_psprintf(publish->pool, "%s: %s expired on %s; renew it", file, what,
                            say_date(publish, mssl_states_get_until(dates)));
    case MSSL_STATE_NOT_YET_VALID:
        return apr_psprintf(publish->pool, "%s: %s is not valid before %s; check the clock", file,
                            what, say_date(publish, publish->now < dates->from
                                                        ? dates->from : dates->chain_from));
    case MSSL_STATE_URGENT:
    case MSSL_STATE_EXPIRING:
        return apr_psprintf(publish->pool, "%s: %s ends on %s; renew it", file, what,
                            say_date(publish, mssl_states_get_until(dates)));
    case MSSL_STATE_SHADOWED:
        return apr_psprintf(publish->pool, "%s is newer, and hidden by %s; take the older one away",
                            mssl_entry_get_file(publish->book, hidden->source, hidden->entry,
                                                hidden->fact, publish->pool), file);
    default:
        return NULL;
    }
}

static const char *say_reason(publish_t *publish, const weighing_t *weighing, const char *file)
{
    const mssl_judged_t *judged = &weighing->judged;
    const origin_t *origin;

    if (judged->state == MSSL_STATE_BAD || judged->state == MSSL_STATE_AT_RISK
        || judged->state == MSSL_STATE_DEGRADED) {
        if (judged->fault < 0) {
            return NULL;
        }
        origin = &weighing->origin[judged->fault];
        return mssl_entry_get_reason(origin->entry, origin->fact);
    }
    if (judged->shown < 0 || judged->state >= MSSL_STATE_VALID
        || publish->nreasons == REASONS_MAX) {
        return NULL;
    }
    publish->nreasons++;
    return say_shown(publish, weighing, file);
}

/* Since when, which is kept with the first source that has the name. */
static apr_time_t note_state(publish_t *publish, mssl_name_state_t *state, apr_time_t until)
{
    mssl_entry_t *entry = NULL;
    mssl_name_state_t before;
    apr_time_t since;
    int i;

    for (i = 0; i < publish->book->nshelves && entry == NULL; i++) {
        entry = publish->current[i];
    }
    before = mssl_entry_get_state(entry, &since);
    if (publish->ways == NULL && since != 0) {
        *state = before;
        return since;
    }
    if (since == 0 || before != *state) {
        since = *state == MSSL_STATE_EXPIRED && until < publish->now ? until : publish->now;
        mssl_entry_set_state(entry, *state, since);
    }
    return since;
}

static void add_row(publish_t *publish, mssl_index_writer_t *writer, const char *name)
{
    const weighing_t *weighing = publish->worst;
    const mssl_judged_t *judged = &weighing->judged;
    int at = judged->shown >= 0 ? judged->shown : judged->fault, type;
    const origin_t *origin = at >= 0 ? &weighing->origin[at] : NULL;
    mssl_index_row_t row = { .name = name, .state = judged->state, .store = -1 };

    if (origin != NULL) {
        row.store = publish->place[origin->source];
        row.is_old = !publish->book->shelf[origin->source].is_reachable;
        row.file = mssl_entry_get_file(publish->book, origin->source, origin->entry, origin->fact,
                                       publish->name_pool);
    }
    if (judged->shown >= 0) {
        row.is_wildcard = weighing->candidate[at].is_wildcard;
        row.not_after = weighing->candidate[at].dates.until;
        row.until = mssl_states_get_until(&weighing->candidate[at].dates);
        if (row.store >= 0 && (publish->store[row.store].soonest == 0
                               || row.not_after < publish->store[row.store].soonest)) {
            publish->store[row.store].soonest = row.not_after;
        }
    }
    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        if (judged->chosen[type] >= 0) {
            const origin_t *chosen = &weighing->origin[judged->chosen[type]];

            row.types |= 1u << type;
            row.signs_itself |= mssl_entry_signs_itself(chosen->entry, chosen->fact);
        }
    }
    row.since = note_state(publish, &row.state, row.until);
    row.reason = say_reason(publish, weighing, row.file);
    mssl_index_add(writer, &row);
}

/* The next name of all sources; current is set. @return NULL: that was all */
static const char *next_name(publish_t *publish)
{
    const mssl_book_t *book = publish->book;
    const char *name = NULL, *key;
    int i;

    for (i = 0; i < book->nshelves; i++) {
        if (publish->next[i] < book->shelf[i].n) {
            key = mssl_entry_get_key(book->shelf[i].entry[publish->next[i]]);
            name = name == NULL || strcmp(key, name) < 0 ? key : name;
        }
    }
    for (i = 0; name != NULL && i < book->nshelves; i++) {
        publish->current[i] = NULL;
        if (publish->next[i] < book->shelf[i].n) {
            mssl_entry_t *entry = book->shelf[i].entry[publish->next[i]];

            if (strcmp(mssl_entry_get_key(entry), name) == 0) {
                publish->current[i] = entry;
                publish->next[i]++;
            }
        }
    }
    return name;
}

static int compare_numbers(const void *a, const void *b)
{
    apr_uint64_t x = *(const apr_uint64_t *)a, y = *(const apr_uint64_t *)b;

    return x < y ? -1 : x > y;
}

static apr_uint32_t count_different(apr_uint64_t *number, size_t n)
{
    apr_uint32_t count = 0;
    size_t i;

    qsort(number, n, sizeof(*number), compare_numbers);
    for (i = 0; i < n; i++) {
        count += i == 0 || number[i] != number[i - 1];
    }
    return count;
}

/* Behind those of the sources before it: the certificates of one, by the head of their hash. */
static size_t gather(const publish_t *publish, int source, apr_uint64_t *number,
                     mssl_index_store_t *store)
{
    const mssl_shelf_t *shelf = &publish->book->shelf[source];
    size_t n = 0;
    apr_uint32_t i;
    int j;

    for (i = 0; i < shelf->n; i++) {
        int is_bad = 0;

        for (j = 0; j < mssl_entry_count_facts(shelf->entry[i]); j++) {
            mssl_candidate_t fact;

            mssl_entry_get_candidate(publish->book, shelf->entry[i], j, &fact);
            is_bad |= fact.is_bad;
            if (!fact.is_bad) {
                memcpy(&number[n++], mssl_entry_get_sha256(shelf->entry[i], j), sizeof(*number));
            }
        }
        store->bad += (apr_uint32_t)is_bad;
    }
    store->certificates = count_different(number, n);
    return n;
}

static size_t count_facts(const mssl_book_t *book, apr_uint32_t *names)
{
    size_t n = 0;
    apr_uint32_t i;
    int source;

    *names = 0;
    for (source = 0; source < book->nshelves; source++) {
        *names += book->shelf[source].n;
        for (i = 0; i < book->shelf[source].n; i++) {
            n += (size_t)mssl_entry_count_facts(book->shelf[source].entry[i]);
        }
    }
    return n;
}

/* What a source has of its own, whatever comes of its names. */
static void sum_up(publish_t *publish, mssl_index_summary_t *summary, size_t nfacts)
{
    const mssl_book_t *book = publish->book;
    apr_uint64_t *number = malloc((nfacts + 1) * sizeof(*number));
    size_t n = 0;
    int source;

    for (source = 0; source < book->nshelves; source++) {
        const mssl_shelf_t *shelf = &book->shelf[source];
        mssl_index_store_t *store = &publish->store[summary->nstores], none = { 0 };

        publish->place[source] = -1;
        /* Tables of the configuration, only where there is something in them. */
        if ((shelf->n == 0 && strchr(shelf->label, ':') == NULL)
            || summary->nstores == MSSL_INDEX_STORES_MAX) {
            store = &none;
        }
        else {
            publish->place[source] = summary->nstores++;
            store->label = shelf->label;
            store->source = source;
            store->is_reachable = shelf->is_reachable;
            store->can_list = shelf->can_list;
            store->reason = shelf->why.text[0] != '\0' ? shelf->why.text : NULL;
            store->names = shelf->n;
        }
        n += number != NULL ? gather(publish, source, number + n, store) : 0;
    }
    summary->certificates = number != NULL ? count_different(number, n) : 0;
    free(number);
}

static void init(publish_t *publish, mssl_index_summary_t *summary)
{
    size_t n = (size_t)publish->book->nshelves + 1;

    publish->hand = &publish->weighing[0];
    publish->way = &publish->weighing[1];
    publish->worst = &publish->weighing[2];
    publish->current = apr_pcalloc(publish->pool, n * sizeof(*publish->current));
    publish->next = apr_pcalloc(publish->pool, n * sizeof(*publish->next));
    publish->excluded = apr_pcalloc(publish->pool, n);
    publish->place = apr_pcalloc(publish->pool, n * sizeof(*publish->place));
    publish->store = apr_pcalloc(publish->pool,
                                 (MSSL_INDEX_STORES_MAX + 1) * sizeof(*publish->store));
    summary->store = publish->store;
    summary->made = publish->now;
}

apr_status_t mssl_book_publish(mssl_book_t *book, mssl_index_t *index, const mssl_ways_t *ways,
                               const mssl_warns_t *warns, const mssl_index_walk_t *walk,
                               apr_time_t now, apr_pool_t *pool)
{
    publish_t *publish;
    mssl_index_summary_t summary = { .walk = *walk };
    mssl_index_writer_t *writer;
    apr_pool_t *sub;
    const char *name;
    apr_uint32_t names;
    size_t nfacts = count_facts(book, &names), told = 0;
    apr_status_t rv = apr_pool_create(&sub, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    publish = apr_pcalloc(sub, sizeof(*publish));
    *publish = (publish_t){ .book = book, .ways = ways, .warns = warns, .now = now, .pool = sub };
    init(publish, &summary);
    sum_up(publish, &summary, nfacts);
    rv = apr_pool_create(&publish->name_pool, sub);
    if (rv == APR_SUCCESS) {
        rv = mssl_index_begin(&writer, index, &summary, names, sub);
    }
    if (rv == APR_SUCCESS) {
        while ((name = next_name(publish)) != NULL) {
            if (weigh_name(publish, name)) {
                add_row(publish, writer, name);
            }
            if (++told % 64 == 0) {
                apr_pool_clear(publish->name_pool);
            }
        }
        mssl_index_end(writer);
    }
    apr_pool_destroy(sub);
    return rv;
}
