/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/name.h"
#include "lib/inventory/layout.h"
#include "lib/inventory/pack.h"

#define DAY apr_time_from_sec(86400)
#define TEXT_MAX 512
/** What a record takes at most: a file is kept only where it is short. */
#define RECORD_MAX (sizeof(mssl_layout_record_t) + 2 + MSSL_NAME_SIZE + 128)

/** A name that needs attention. */
typedef struct concern_t {
    apr_uint32_t place;
    mssl_name_state_t state;
    apr_time_t until;
    const char *reason;
} concern_t;

struct mssl_index_writer_t {
    apr_pool_t *pool;
    mssl_index_t *index;
    const mssl_index_summary_t *summary;
    mssl_layout_anchor_t *anchor;
    char *at;             /* the window in which the snapshot is written */
    size_t size;
    apr_uint64_t offset;  /* of the window in the file */
    mssl_layout_head_t *head;
    mssl_layout_store_t *store;
    apr_uint32_t names_max;
    apr_uint32_t *names, *by_expiry, *attention;
    size_t used;
    concern_t *concern;   /* malloc'ed, nattention of them */
    size_t room;          /* for so many */
};

static size_t align_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Where a new snapshot goes: not where the last one is. */
static apr_uint64_t find_place(const mssl_layout_anchor_t *anchor, size_t size)
{
    if (anchor->offset == 0 || anchor->offset >= MSSL_LAYOUT_FIRST + (apr_uint64_t)size) {
        return MSSL_LAYOUT_FIRST;
    }
    return (anchor->offset + anchor->length + MSSL_LAYOUT_FIRST - 1) / MSSL_LAYOUT_FIRST
           * MSSL_LAYOUT_FIRST;
}

static void give_back(const mssl_index_writer_t *writer, apr_uint64_t offset, apr_uint64_t length)
{
    /* Where that fails it costs memory. */
    (void)!fallocate(writer->index->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                     (off_t)align_up(length, MSSL_LAYOUT_FIRST));
}

static apr_status_t map(mssl_index_writer_t *writer)
{
    int fd = writer->index->fd;

    writer->anchor = mmap(NULL, MSSL_LAYOUT_FIRST, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (writer->anchor == MAP_FAILED) {
        return errno;
    }
    if ((writer->anchor->turn & 1) != 0) {
        /* A writer died at the very moment: begin anew. */
        writer->anchor->offset = writer->anchor->length = 0;
        writer->anchor->turn++;
    }
    writer->offset = find_place(writer->anchor, writer->size);
    if (writer->offset + writer->size > MSSL_LAYOUT_SIZE) {
        return APR_ENOSPC;
    }
    give_back(writer, writer->offset, writer->size); /* what a writer left that died */
    writer->at = mmap(NULL, writer->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
                      (off_t)writer->offset);
    return writer->at != MAP_FAILED ? APR_SUCCESS : errno;
}

static apr_status_t unmap(void *data)
{
    mssl_index_writer_t *writer = data;

    if (writer->at != NULL && writer->at != MAP_FAILED) {
        munmap(writer->at, writer->size);
    }
    if (writer->anchor != MAP_FAILED) {
        munmap(writer->anchor, MSSL_LAYOUT_FIRST);
    }
    free(writer->concern);
    return APR_SUCCESS;
}

/* Room within the window; it was made large enough. */
static void *take(mssl_index_writer_t *writer, size_t size)
{
    void *at = writer->at + writer->used;

    writer->used += size;
    return at;
}

static mssl_layout_text_t put_text(mssl_index_writer_t *writer, const char *text)
{
    size_t len = text != NULL ? strnlen(text, TEXT_MAX - 1) : 0;
    mssl_layout_text_t place = (mssl_layout_text_t)writer->used;

    if (text == NULL) {
        return 0;
    }
    memcpy(take(writer, len + 1), text, len); /* zeros are behind it */
    return place;
}

static void lay_out(mssl_index_writer_t *writer)
{
    size_t table = writer->names_max * sizeof(apr_uint32_t);
    mssl_layout_head_t *head = writer->head = take(writer, align_up(sizeof(*head), 8));
    int i;

    head->magic = MSSL_LAYOUT_MAGIC;
    head->version = MSSL_LAYOUT_VERSION;
    head->nstores = (apr_uint32_t)writer->summary->nstores;
    if (head->nstores > MSSL_INDEX_STORES_MAX) {
        head->nstores = MSSL_INDEX_STORES_MAX;
    }
    head->stores = (apr_uint32_t)writer->used;
    writer->store = take(writer, head->nstores * sizeof(*writer->store));
    head->names = (apr_uint32_t)writer->used;
    writer->names = take(writer, table);
    head->by_expiry = (apr_uint32_t)writer->used;
    writer->by_expiry = take(writer, table);
    head->attention = (apr_uint32_t)writer->used;
    writer->attention = take(writer, table);
    for (i = 0; i < (int)head->nstores; i++) {
        writer->store[i].label = put_text(writer, writer->summary->store[i].label);
    }
}

apr_status_t mssl_index_begin(mssl_index_writer_t **out, mssl_index_t *index,
                              const mssl_index_summary_t *summary, apr_uint32_t names_max,
                              apr_pool_t *pool)
{
    mssl_index_writer_t *writer = apr_pcalloc(pool, sizeof(*writer));
    apr_uint64_t size;
    apr_status_t rv;

    *out = NULL;
    writer->pool = pool;
    writer->index = index;
    writer->summary = summary;
    writer->names_max = names_max;
    size = sizeof(mssl_layout_head_t) + 64
           + MSSL_INDEX_STORES_MAX * (sizeof(mssl_layout_store_t) + 2 * TEXT_MAX)
           + MSSL_INDEX_REASONS * TEXT_MAX
           + (apr_uint64_t)names_max * (3 * sizeof(apr_uint32_t) + RECORD_MAX);
    if (size > MSSL_LAYOUT_SIZE / 3) {
        return APR_ENOSPC;
    }
    writer->size = align_up((size_t)size, MSSL_LAYOUT_FIRST);
    apr_pool_cleanup_register(pool, writer, unmap, apr_pool_cleanup_null);
    rv = map(writer);
    if (rv != APR_SUCCESS) {
        apr_pool_cleanup_run(pool, writer, unmap);
        return rv;
    }
    lay_out(writer);
    *out = writer;
    return APR_SUCCESS;
}

static void add_concern(mssl_index_writer_t *writer, const mssl_index_row_t *row)
{
    apr_uint32_t n = writer->head->nattention;
    concern_t *more;

    if (n == writer->room) {
        more = realloc(writer->concern, (n * 2 + 64) * sizeof(*more));
        if (more == NULL) {
            return; /* it is in the list of names all the same */
        }
        writer->concern = more;
        writer->room = n * 2 + 64;
    }
    writer->concern[n] = (concern_t){ writer->head->nnames, row->state, row->until, row->reason };
    writer->head->nattention++;
}

static void count(mssl_index_writer_t *writer, const mssl_index_row_t *row, int has_store)
{
    mssl_layout_head_t *head = writer->head;
    apr_time_t left = row->until - writer->summary->made;

    head->states[row->state]++;
    if (has_store) {
        writer->store[row->store].states[row->state]++;
    }
    if (row->state < MSSL_STATE_VALID) {
        add_concern(writer, row);
    }
    if (row->until == 0) {
        return;
    }
    if (left >= 0 && left / DAY < MSSL_INDEX_DAYS) {
        head->expiries[left / DAY]++;
    }
    writer->by_expiry[head->nexpiries++] = head->nnames;
}

void mssl_index_add(mssl_index_writer_t *writer, const mssl_index_row_t *row)
{
    mssl_layout_head_t *head = writer->head;
    int has_store = row->store >= 0 && row->store < (int)head->nstores;
    const char *label = has_store ? writer->summary->store[row->store].label : NULL;
    size_t len = strlen(row->name), left;
    size_t fix = sizeof(mssl_layout_record_t) + 3 * sizeof(apr_uint32_t) + len + 2;
    mssl_layout_record_t record = {
        .not_after = row->not_after, .until = row->until, .since = row->since,
        .store = (apr_int16_t)(has_store ? row->store : -1), .state = (unsigned char)row->state,
        .types = (unsigned char)row->types, .name_len = (unsigned char)len,
        .flags = (unsigned char)((row->is_wildcard ? MSSL_LAYOUT_WILDCARD : 0)
                                 | (row->is_old ? MSSL_LAYOUT_OLD : 0)
                                 | (row->signs_itself ? MSSL_LAYOUT_ITSELF : 0))
    };
    char *at;

    if (head->nnames == writer->names_max || len >= MSSL_NAME_SIZE) {
        return;
    }
    count(writer, row, has_store);
    writer->names[head->nnames++] = (apr_uint32_t)writer->used;
    at = take(writer, sizeof(record));
    memcpy(take(writer, len + 1), row->name, len);
    left = fix < MSSL_LAYOUT_NAME_MAX ? MSSL_LAYOUT_NAME_MAX - fix : 0;
    if (row->file != NULL) {
        record.file_len = (apr_uint16_t)mssl_pack_file(writer->at + writer->used, left, row->file,
                                                       label, row->name);
        memset(writer->at + writer->used + record.file_len, 0, left - record.file_len);
    }
    take(writer, (size_t)record.file_len + 1);
    memcpy(at, &record, sizeof(record));
}

static int compare_concerns(const void *a, const void *b)
{
    const concern_t *x = a, *y = b;

    return x->state != y->state ? (x->state < y->state ? -1 : 1)
           : x->until != y->until ? (x->until < y->until ? -1 : 1)
           : x->place < y->place ? -1 : x->place > y->place;
}

static apr_time_t until_of(const mssl_index_writer_t *writer, apr_uint32_t place)
{
    mssl_layout_record_t record;

    memcpy(&record, writer->at + writer->names[place], sizeof(record));
    return record.until;
}

static int compare_expiries(const void *a, const void *b, void *data)
{
    apr_uint32_t x = *(const apr_uint32_t *)a, y = *(const apr_uint32_t *)b;
    apr_time_t p = until_of(data, x), q = until_of(data, y);

    return p != q ? (p < q ? -1 : 1) : x < y ? -1 : x > y;
}

/* The worst first, with their reasons; then the first to end first. */
static void sort(mssl_index_writer_t *writer)
{
    mssl_layout_head_t *head = writer->head;
    mssl_layout_text_t reason;
    apr_uint32_t i;

    if (head->nattention > 0) {
        qsort(writer->concern, head->nattention, sizeof(*writer->concern), compare_concerns);
    }
    for (i = 0; i < head->nattention; i++) {
        writer->attention[i] = writer->concern[i].place;
        if (i < MSSL_INDEX_REASONS && writer->concern[i].reason != NULL) {
            reason = put_text(writer, writer->concern[i].reason);
            memcpy(writer->at + writer->names[writer->concern[i].place]
                       + offsetof(mssl_layout_record_t, reason), &reason, sizeof(reason));
        }
    }
    if (head->nexpiries > 0) {
        qsort_r(writer->by_expiry, head->nexpiries, sizeof(*writer->by_expiry), compare_expiries,
                writer);
    }
}

static void put_sums(mssl_index_writer_t *writer)
{
    const mssl_index_summary_t *summary = writer->summary;
    mssl_layout_head_t *head = writer->head;
    apr_uint32_t i;

    head->made = summary->made;
    head->started = summary->walk.started;
    head->ended = summary->walk.ended;
    head->took = summary->walk.took;
    head->next = summary->walk.next;
    head->is_complete = (apr_uint32_t)(summary->walk.is_complete != 0);
    head->seen = summary->walk.seen;
    head->certificates = summary->certificates;
    for (i = 0; i < head->nstores; i++) {
        const mssl_index_store_t *from = &summary->store[i];
        mssl_layout_store_t *to = &writer->store[i];

        to->soonest = from->soonest;
        to->names = from->names;
        to->certificates = from->certificates;
        to->bad = from->bad;
        to->source = from->source;
        to->is_reachable = (apr_uint32_t)(from->is_reachable != 0);
        to->can_list = (apr_uint32_t)(from->can_list != 0);
        to->reason = put_text(writer, from->reason);
    }
}

void mssl_index_end(mssl_index_writer_t *writer)
{
    mssl_layout_anchor_t *anchor = writer->anchor, old = *anchor;

    put_sums(writer);
    sort(writer);
    __atomic_store_n(&anchor->turn, old.turn + 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&anchor->offset, writer->offset, __ATOMIC_SEQ_CST);
    __atomic_store_n(&anchor->length, (apr_uint64_t)writer->used, __ATOMIC_SEQ_CST);
    __atomic_store_n(&anchor->turn, old.turn + 2, __ATOMIC_SEQ_CST);
    if (old.offset != 0) {
        give_back(writer, old.offset, old.length);
    }
    apr_pool_cleanup_run(writer->pool, writer, unmap);
}
