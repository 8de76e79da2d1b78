/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * Reading an index. What lies there is another process's, and may be exchanged at any moment: every
 * place is checked before it is looked at, and what was copied counts only when the snapshot is
 * still the last one behind it.
 */

#include "lib/inventory/index.h"

#include <apr_strings.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/name.h"
#include "lib/inventory/layout.h"
#include "lib/inventory/pack.h"

/** So often is it begun anew, where new snapshots come one behind the other. */
#define TRIES 20
#define TEXT_MAX 512

/** A snapshot that is being read. */
typedef struct look_t {
    apr_pool_t *pool;
    const mssl_layout_anchor_t *anchor;
    apr_uint64_t turn;
    const char *at;
    size_t size;
    mssl_layout_head_t head; /* a copy, checked */
} look_t;

/** A record, where it lies. Texts have no end there that is to be relied on. */
typedef struct record_t {
    mssl_layout_record_t fix;
    const char *name, *file;
} record_t;

/** Does the work of one call; is called anew with the next snapshot. */
typedef apr_status_t (*look_fn)(look_t *look, void *baton);

static int is_inside(const look_t *look, size_t offset, size_t size)
{
    return offset <= look->size && size <= look->size - offset;
}

static int has_table(const look_t *look, apr_uint32_t offset, apr_uint32_t n, size_t size)
{
    return offset % sizeof(apr_uint32_t) == 0 && n <= look->size / size
           && is_inside(look, offset, n * size);
}

/* Whether the head is one of ours, and its tables lie inside. */
static int take_head(look_t *look)
{
    mssl_layout_head_t *head = &look->head;

    if (look->size < sizeof(*head)) {
        return 0;
    }
    memcpy(head, look->at, sizeof(*head));
    return head->magic == MSSL_LAYOUT_MAGIC && head->version == MSSL_LAYOUT_VERSION
           && head->nstores <= MSSL_INDEX_STORES_MAX && head->nexpiries <= head->nnames
           && head->nattention <= head->nnames
           && has_table(look, head->stores, head->nstores, sizeof(mssl_layout_store_t))
           && has_table(look, head->names, head->nnames, sizeof(apr_uint32_t))
           && has_table(look, head->by_expiry, head->nexpiries, sizeof(apr_uint32_t))
           && has_table(look, head->attention, head->nattention, sizeof(apr_uint32_t));
}

static int is_last(const look_t *look)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&look->anchor->turn, __ATOMIC_ACQUIRE) == look->turn;
}

/* @return APR_SUCCESS; APR_NOTFOUND: there is none; APR_EAGAIN: it changed, or is no good */
static apr_status_t look_once(look_t *look, int fd, look_fn fn, void *baton)
{
    apr_uint64_t offset, length;
    apr_status_t rv = APR_EAGAIN;
    void *at;

    look->turn = __atomic_load_n(&look->anchor->turn, __ATOMIC_ACQUIRE);
    offset = __atomic_load_n(&look->anchor->offset, __ATOMIC_ACQUIRE);
    length = __atomic_load_n(&look->anchor->length, __ATOMIC_ACQUIRE);
    if ((look->turn & 1) != 0 || !is_last(look)) {
        return APR_EAGAIN;
    }
    if (offset == 0) {
        return APR_NOTFOUND;
    }
    if (offset % MSSL_LAYOUT_FIRST != 0 || length == 0 || offset > MSSL_LAYOUT_SIZE
        || length > MSSL_LAYOUT_SIZE - offset) {
        return APR_EAGAIN;
    }
    look->size = (size_t)length;
    at = mmap(NULL, look->size, PROT_READ, MAP_SHARED, fd, (off_t)offset);
    if (at == MAP_FAILED) {
        return errno;
    }
    look->at = at;
    if (take_head(look)) {
        rv = fn(look, baton);
        rv = is_last(look) ? rv : APR_EAGAIN;
    }
    munmap(at, look->size);
    return rv;
}

static apr_status_t look(const mssl_index_t *index, look_fn fn, void *baton, apr_pool_t *pool)
{
    look_t look = { .pool = pool };
    void *anchor = mmap(NULL, MSSL_LAYOUT_FIRST, PROT_READ, MAP_SHARED, index->reader, 0);
    apr_status_t rv = APR_EAGAIN;
    int i;

    if (anchor == MAP_FAILED) {
        return errno;
    }
    look.anchor = anchor;
    for (i = 0; i < TRIES && rv == APR_EAGAIN; i++) {
        if (i > 0) {
            sched_yield();
        }
        rv = look_once(&look, index->reader, fn, baton);
    }
    munmap(anchor, MSSL_LAYOUT_FIRST);
    return rv;
}

/* A number of one of the tables. */
static apr_uint32_t number_at(const look_t *look, apr_uint32_t table, apr_uint32_t i)
{
    apr_uint32_t number;

    memcpy(&number, look->at + table + i * sizeof(number), sizeof(number));
    return number;
}

/* @return 1; 0: there is no such record */
static int get_record(const look_t *look, apr_uint32_t place, record_t *record)
{
    size_t at, end;

    if (place >= look->head.nnames) {
        return 0;
    }
    at = number_at(look, look->head.names, place);
    if (!is_inside(look, at, sizeof(record->fix))) {
        return 0;
    }
    memcpy(&record->fix, look->at + at, sizeof(record->fix));
    end = at + sizeof(record->fix);
    record->name = look->at + end;
    record->file = record->name + record->fix.name_len + 1;
    return record->fix.state < MSSL_STATES
           && is_inside(look, end, (size_t)record->fix.name_len + 1 + record->fix.file_len);
}

static const char *get_text(const look_t *look, mssl_layout_text_t text)
{
    size_t left = text < look->size ? look->size - text : 0;

    left = left < TEXT_MAX ? left : TEXT_MAX;
    return text == 0 || left == 0 ? NULL : apr_pstrndup(look->pool, look->at + text, left);
}

static const char *get_label(const look_t *look, int store)
{
    mssl_layout_store_t fix;

    if (store < 0 || store >= (int)look->head.nstores) {
        return NULL;
    }
    memcpy(&fix, look->at + look->head.stores + (size_t)store * sizeof(fix), sizeof(fix));
    return get_text(look, fix.label);
}

static const char *get_file(const look_t *look, const record_t *record, const char *name,
                            const char *label)
{
    size_t len = record->fix.file_len, most;
    char *out;

    if (len == 0) {
        return NULL;
    }
    most = mssl_pack_unpack(NULL, 0, record->file, len, label, name) + 1;
    out = apr_palloc(look->pool, most);
    mssl_pack_unpack(out, most, record->file, len, label, name);
    return out;
}

static void copy_row(const look_t *look, const record_t *record, mssl_index_row_t *row)
{
    memset(row, 0, sizeof(*row));
    row->name = apr_pstrndup(look->pool, record->name, record->fix.name_len);
    row->state = (mssl_name_state_t)record->fix.state;
    row->store = record->fix.store < (int)look->head.nstores ? record->fix.store : -1;
    row->store_label = get_label(look, row->store);
    row->types = record->fix.types;
    row->is_wildcard = (record->fix.flags & MSSL_LAYOUT_WILDCARD) != 0;
    row->is_old = (record->fix.flags & MSSL_LAYOUT_OLD) != 0;
    row->signs_itself = (record->fix.flags & MSSL_LAYOUT_ITSELF) != 0;
    row->not_after = record->fix.not_after;
    row->until = record->fix.until;
    row->since = record->fix.since;
    row->file = get_file(look, record, row->name, row->store_label);
    row->reason = get_text(look, record->fix.reason);
}

/* As strcmp(). */
static int compare_name(const record_t *record, const char *name)
{
    size_t len = strlen(name);
    int order = memcmp(record->name, name,
                       len < record->fix.name_len ? len : record->fix.name_len);

    return order != 0 ? order : (record->fix.name_len > len) - (record->fix.name_len < len);
}

/* The first place whose name is the name or behind it. */
static apr_uint32_t find_place(const look_t *look, const char *name)
{
    apr_uint32_t low = 0, high = look->head.nnames, middle;
    record_t record;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (!get_record(look, middle, &record)) {
            return look->head.nnames; /* it has changed, or is no good */
        }
        if (compare_name(&record, name) < 0) {
            low = middle + 1;
        }
        else {
            high = middle;
        }
    }
    return low;
}

typedef struct summary_call_t {
    int attention_max;
    mssl_index_summary_t *summary;
} summary_call_t;

static const mssl_index_store_t *copy_stores(const look_t *look)
{
    mssl_index_store_t *stores = apr_pcalloc(look->pool,
                                             (look->head.nstores + 1) * sizeof(*stores));
    apr_uint32_t i;

    for (i = 0; i < look->head.nstores; i++) {
        mssl_index_store_t *to = &stores[i];
        mssl_layout_store_t from;

        memcpy(&from, look->at + look->head.stores + i * sizeof(from), sizeof(from));
        to->label = get_text(look, from.label);
        to->label = to->label != NULL ? to->label : "";
        to->source = from.source;
        to->is_reachable = from.is_reachable != 0;
        to->can_list = from.can_list != 0;
        to->reason = get_text(look, from.reason);
        to->names = from.names;
        to->certificates = from.certificates;
        to->bad = from.bad;
        to->soonest = from.soonest;
        memcpy(to->states, from.states, sizeof(to->states));
    }
    return stores;
}

static void copy_attention(const look_t *look, summary_call_t *call)
{
    int max = (int)look->head.nattention < call->attention_max ? (int)look->head.nattention
                                                               : call->attention_max;
    mssl_index_row_t *rows = apr_pcalloc(look->pool, ((size_t)max + 1) * sizeof(*rows));
    record_t record;
    int i, n = 0;

    for (i = 0; i < max; i++) {
        if (get_record(look, number_at(look, look->head.attention, (apr_uint32_t)i), &record)) {
            copy_row(look, &record, &rows[n++]);
        }
    }
    call->summary->attention = rows;
    call->summary->nattention = n;
    call->summary->attention_cut = look->head.nattention - (apr_uint32_t)max;
}

static apr_status_t look_at_all(look_t *look, void *baton)
{
    const mssl_layout_head_t *head = &look->head;
    summary_call_t *call = baton;
    mssl_index_summary_t *summary = apr_pcalloc(look->pool, sizeof(*summary));

    call->summary = summary;
    summary->made = head->made;
    summary->walk = (mssl_index_walk_t){
        .is_complete = head->is_complete != 0, .started = head->started, .ended = head->ended,
        .took = head->took, .next = head->next, .seen = head->seen
    };
    summary->names = head->nnames;
    summary->certificates = head->certificates;
    memcpy(summary->states, head->states, sizeof(summary->states));
    memcpy(summary->expiries, head->expiries, sizeof(summary->expiries));
    summary->nstores = (int)head->nstores;
    summary->store = copy_stores(look);
    copy_attention(look, call);
    return APR_SUCCESS;
}

apr_status_t mssl_index_read(const mssl_index_t *index, int attention_max,
                             mssl_index_summary_t **summary, apr_pool_t *pool)
{
    summary_call_t call = { attention_max > 0 ? attention_max : 0, NULL };
    apr_status_t rv = look(index, look_at_all, &call, pool);

    *summary = rv == APR_SUCCESS ? call.summary : NULL;
    return rv;
}

typedef struct name_call_t {
    const char *name;
    mssl_index_row_t *row;
} name_call_t;

static apr_status_t look_at_name(look_t *look, void *baton)
{
    name_call_t *call = baton;
    record_t record;

    if (!get_record(look, find_place(look, call->name), &record)
        || compare_name(&record, call->name) != 0) {
        return APR_ENOENT;
    }
    call->row = apr_palloc(look->pool, sizeof(*call->row));
    copy_row(look, &record, call->row);
    return APR_SUCCESS;
}

apr_status_t mssl_index_lookup(const mssl_index_t *index, const char *name, mssl_index_row_t **row,
                               apr_pool_t *pool)
{
    name_call_t call = { name, NULL };
    apr_status_t rv = look(index, look_at_name, &call, pool);

    *row = rv == APR_SUCCESS ? call.row : NULL;
    return rv;
}

typedef struct list_call_t {
    const mssl_index_query_t *query;
    apr_time_t after_until;
    const char *after_name; /* NULL: from the beginning */
    int limit;
    unsigned char has_store[MSSL_INDEX_STORES_MAX]; /* whether a store is the wanted one */
    mssl_index_list_t *list;
} list_call_t;

static int is_wanted(const list_call_t *call, const record_t *record)
{
    const mssl_index_query_t *query = call->query;

    if ((query->states != 0 && (query->states & 1u << record->fix.state) == 0)
        || (query->before != 0
            && (record->fix.until == 0 || record->fix.until >= query->before))
        || (query->text != NULL
            && memmem(record->name, record->fix.name_len, query->text, strlen(query->text))
                   == NULL)) {
        return 0;
    }
    return (query->store == NULL
            || (record->fix.store >= 0 && record->fix.store < MSSL_INDEX_STORES_MAX
                && call->has_store[record->fix.store]))
           && (query->is_wanted == NULL
               || query->is_wanted(query->baton, record->name, record->fix.name_len));
}

static void find_stores(const look_t *look, list_call_t *call)
{
    int i;

    memset(call->has_store, 0, sizeof(call->has_store));
    for (i = 0; call->query->store != NULL && i < (int)look->head.nstores; i++) {
        const char *label = get_label(look, i);

        call->has_store[i] = label != NULL && strcmp(label, call->query->store) == 0;
    }
}

/* Whether a record stands behind the page before. */
static int is_behind(const list_call_t *call, const record_t *record)
{
    if (call->after_name == NULL) {
        return 1;
    }
    if (call->query->sort == MSSL_INDEX_BY_EXPIRY && record->fix.until != call->after_until) {
        return record->fix.until > call->after_until;
    }
    return compare_name(record, call->after_name) > 0;
}

static const char *get_next(const look_t *look, const list_call_t *call,
                            const mssl_index_row_t *last)
{
    return call->query->sort == MSSL_INDEX_BY_NAME
               ? last->name
               : apr_psprintf(look->pool, "%" APR_TIME_T_FMT ":%s", last->until, last->name);
}

static apr_status_t look_at_list(look_t *look, void *baton)
{
    list_call_t *call = baton;
    int by_name = call->query->sort == MSSL_INDEX_BY_NAME;
    apr_uint32_t i = by_name && call->after_name != NULL ? find_place(look, call->after_name) : 0;
    apr_uint32_t n = by_name ? look->head.nnames : look->head.nexpiries, place;
    mssl_index_row_t *rows = apr_palloc(look->pool, (size_t)call->limit * sizeof(*rows));
    record_t record;

    find_stores(look, call);
    call->list = apr_pcalloc(look->pool, sizeof(*call->list));
    call->list->row = rows;
    for (; i < n; i++) {
        place = by_name ? i : number_at(look, look->head.by_expiry, i);
        if (!get_record(look, place, &record) || !is_behind(call, &record)
            || !is_wanted(call, &record)) {
            continue;
        }
        if (call->list->nrows == call->limit) {
            call->list->next = get_next(look, call, &rows[call->limit - 1]);
            break;
        }
        copy_row(look, &record, &rows[call->list->nrows++]);
    }
    return APR_SUCCESS;
}

/* @return 0: it is none that a page gave */
static int parse_after(list_call_t *call)
{
    const char *after = call->query->after;
    char *end;

    if (after == NULL || call->query->sort == MSSL_INDEX_BY_NAME) {
        call->after_name = after;
        return 1;
    }
    if (*after < '0' || *after > '9') {
        return 0;
    }
    call->after_until = apr_strtoi64(after, &end, 10);
    call->after_name = end + 1;
    return *end == ':' && end[1] != '\0';
}

apr_status_t mssl_index_list(const mssl_index_t *index, const mssl_index_query_t *query,
                             mssl_index_list_t **list, apr_pool_t *pool)
{
    list_call_t call = { .query = query, .limit = query->limit };
    apr_status_t rv;

    *list = NULL;
    if (!parse_after(&call)) {
        return APR_EINVAL;
    }
    if (call.limit < 1 || call.limit > MSSL_INDEX_LIST_MAX) {
        call.limit = MSSL_INDEX_LIST_MAX;
    }
    rv = look(index, look_at_list, &call, pool);
    *list = rv == APR_SUCCESS ? call.list : NULL;
    return rv;
}
