/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/name.h"
#include "lib/inventory/layout.h"
#include "lib/inventory/writer.h"

#define DAY apr_time_from_sec(86400)
#define NOW (20000 * DAY)

typedef struct desk_t {
    apr_pool_t *pool;
    mssl_index_t *index;
} desk_t;

static const mssl_index_store_t stores[] = {
    { .label = "dir:/etc/mssl", .is_reachable = 1, .can_list = 1, .names = 5, .certificates = 4,
      .bad = 1, .soonest = NOW + DAY },
    { .label = "map:/srv/map", .source = 3, .reason = "gone", .can_list = 1 },
};

/* In the order of strcmp(). */
static const mssl_index_row_t rows[] = {
    { .name = "*.kunde.example", .state = MSSL_STATE_VALID, .not_after = NOW + 60 * DAY,
      .until = NOW + 60 * DAY, .since = 7, .file = "/etc/mssl/_.kunde.example.pem", .types = 3 },
    { .name = "a.example", .state = MSSL_STATE_URGENT, .not_after = NOW + 9 * DAY,
      .until = NOW + DAY, .file = "/etc/mssl/a.example/fullchain.pem", .reason = "its chain ends",
      .types = 2 },
    { .name = "aa.example", .state = MSSL_STATE_EXCLUDED, .store = -1 },
    { .name = "b.example", .state = MSSL_STATE_BAD, .file = "/etc/mssl/b.example.pem",
      .reason = "the private key does not belong to the certificate" },
    { .name = "c.example", .state = MSSL_STATE_EXPIRED, .not_after = NOW - DAY, .until = NOW - DAY,
      .store = 1, .file = "/srv/certs/other.pem", .is_old = 1 },
    { .name = "d.example", .state = MSSL_STATE_VALID, .not_after = NOW + 60 * DAY,
      .until = NOW + 60 * DAY, .is_wildcard = 1, .signs_itself = 1, .file = "/elsewhere/x" },
};

static const mssl_index_summary_t summary = {
    .made = NOW, .certificates = 5, .nstores = 2, .store = stores,
    .walk = { .is_complete = 1, .started = NOW - 5, .ended = NOW, .took = 5, .next = NOW + 9,
              .seen = 6 },
};

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    *state = desk;
    return mssl_index_make(&desk->index, desk->pool) != APR_SUCCESS;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    apr_pool_destroy(desk->pool);
    free(desk);
    apr_terminate();
    return 0;
}

static void publish(desk_t *desk)
{
    mssl_index_writer_t *writer;
    size_t i;

    assert_int_equal(mssl_index_begin(&writer, desk->index, &summary, COUNT(rows), desk->pool),
                     APR_SUCCESS);
    for (i = 0; i < COUNT(rows); i++) {
        mssl_index_add(writer, &rows[i]);
    }
    mssl_index_end(writer);
}

static void test_nothing(void **state)
{
    desk_t *desk = *state;
    mssl_index_query_t query = { 0 };
    mssl_index_summary_t *read;
    mssl_index_list_t *list;
    mssl_index_row_t *row;

    assert_int_equal(mssl_index_read(desk->index, 5, &read, desk->pool), APR_NOTFOUND);
    assert_int_equal(mssl_index_lookup(desk->index, "a.example", &row, desk->pool), APR_NOTFOUND);
    assert_int_equal(mssl_index_list(desk->index, &query, &list, desk->pool), APR_NOTFOUND);
    assert_null(read);
    assert_null(row);
    assert_null(list);
}

static void test_summary(void **state)
{
    desk_t *desk = *state;
    mssl_index_summary_t *read;

    publish(desk);
    assert_int_equal(mssl_index_read(desk->index, 2, &read, desk->pool), APR_SUCCESS);
    assert_int_equal(read->made, NOW);
    assert_int_equal(read->names, 6);
    assert_int_equal(read->certificates, 5);
    assert_true(read->walk.is_complete);
    assert_int_equal(read->walk.next, NOW + 9);
    assert_int_equal(read->walk.seen, 6);
    assert_int_equal(read->states[MSSL_STATE_VALID], 2);
    assert_int_equal(read->states[MSSL_STATE_BAD], 1);
    assert_int_equal(read->nstores, 2);
    assert_string_equal(read->store[0].label, "dir:/etc/mssl");
    assert_int_equal(read->store[0].certificates, 4);
    assert_int_equal(read->store[0].soonest, NOW + DAY);
    assert_int_equal(read->store[0].states[MSSL_STATE_URGENT], 1);
    assert_int_equal(read->store[1].states[MSSL_STATE_EXPIRED], 1);
    assert_int_equal(read->store[1].source, 3);
    assert_false(read->store[1].is_reachable);
    assert_string_equal(read->store[1].reason, "gone");
    assert_null(read->store[0].reason);
    /* Worst first, and cut. */
    assert_int_equal(read->nattention, 2);
    assert_int_equal(read->attention_cut, 1);
    assert_string_equal(read->attention[0].name, "b.example");
    assert_string_equal(read->attention[0].reason, rows[3].reason);
    assert_string_equal(read->attention[1].name, "c.example");
    assert_int_equal(read->expiries[1], 1);
    assert_int_equal(read->expiries[60], 2);
    assert_int_equal(read->expiries[0], 0);
}

static void assert_row(const mssl_index_row_t *row, const mssl_index_row_t *with)
{
    assert_string_equal(row->name, with->name);
    assert_int_equal(row->state, with->state);
    assert_int_equal(row->store, with->store);
    assert_int_equal(row->types, with->types);
    assert_int_equal(row->is_wildcard, with->is_wildcard);
    assert_int_equal(row->is_old, with->is_old);
    assert_int_equal(row->signs_itself, with->signs_itself);
    assert_int_equal(row->not_after, with->not_after);
    assert_int_equal(row->until, with->until);
    assert_int_equal(row->since, with->since);
    if (with->store >= 0) {
        assert_string_equal(row->store_label, stores[with->store].label);
        assert_string_equal(row->file, with->file);
    }
    else {
        assert_null(row->store_label);
        assert_null(row->file);
    }
}

static void test_lookup(void **state)
{
    desk_t *desk = *state;
    mssl_index_row_t *row;
    size_t i;

    publish(desk);
    for (i = 0; i < COUNT(rows); i++) {
        assert_int_equal(mssl_index_lookup(desk->index, rows[i].name, &row, desk->pool),
                         APR_SUCCESS);
        assert_row(row, &rows[i]);
    }
    assert_int_equal(mssl_index_lookup(desk->index, "a.exampl", &row, desk->pool), APR_ENOENT);
    assert_int_equal(mssl_index_lookup(desk->index, "a.example2", &row, desk->pool), APR_ENOENT);
    assert_int_equal(mssl_index_lookup(desk->index, "z", &row, desk->pool), APR_ENOENT);
}

/* "name name ..." of a list, over all its pages. */
static const char *list_of(desk_t *desk, mssl_index_query_t query)
{
    const char *text = "";
    mssl_index_list_t *list;
    int i;

    do {
        assert_int_equal(mssl_index_list(desk->index, &query, &list, desk->pool), APR_SUCCESS);
        for (i = 0; i < list->nrows; i++) {
            text = apr_pstrcat(desk->pool, text, *text ? " " : "", list->row[i].name, NULL);
        }
        query.after = list->next;
    } while (list->next != NULL);
    return text;
}

static void test_list(void **state)
{
    desk_t *desk = *state;
    mssl_index_query_t query = { .sort = MSSL_INDEX_BY_EXPIRY, .after = "x" };
    mssl_index_list_t *list;
    int limit;

    publish(desk);
    for (limit = 0; limit < 7; limit++) {
        assert_string_equal(list_of(desk, (mssl_index_query_t){ .limit = limit }),
                            "*.kunde.example a.example aa.example b.example c.example d.example");
        assert_string_equal(list_of(desk, (mssl_index_query_t){ .sort = MSSL_INDEX_BY_EXPIRY,
                                                                .limit = limit }),
                            "c.example a.example *.kunde.example d.example");
        assert_string_equal(list_of(desk, (mssl_index_query_t){ .limit = limit, .store =
                                                                "map:/srv/map" }), "c.example");
        assert_string_equal(list_of(desk, (mssl_index_query_t){ .limit = limit, .text = "a.ex" }),
                            "a.example aa.example");
        assert_string_equal(list_of(desk, (mssl_index_query_t){ .limit = limit,
                                                                .before = NOW + 2 * DAY }),
                            "a.example c.example");
        assert_string_equal(list_of(desk, (mssl_index_query_t){
                                              .limit = limit, .states = 1u << MSSL_STATE_BAD
                                                                        | 1u << MSSL_STATE_VALID }),
                            "*.kunde.example b.example d.example");
    }
    assert_int_equal(mssl_index_list(desk->index, &query, &list, desk->pool), APR_EINVAL);
    /* A name that is gone since the page before. */
    query = (mssl_index_query_t){ .after = "b", .limit = 1 };
    assert_int_equal(mssl_index_list(desk->index, &query, &list, desk->pool), APR_SUCCESS);
    assert_string_equal(list->row[0].name, "b.example");
}

/* Many names: 160 bytes each at most, and what is replaced is given back. */
static void publish_many(desk_t *desk, apr_uint32_t n, mssl_name_state_t what)
{
    mssl_index_row_t row = { .until = NOW + 9 * DAY, .state = what, .reason = "why" };
    mssl_index_writer_t *writer;
    char name[64], file[96];
    apr_uint32_t i;

    assert_int_equal(mssl_index_begin(&writer, desk->index, &summary, n, desk->pool), APR_SUCCESS);
    for (i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "site%07u.customer.example", i);
        snprintf(file, sizeof(file), "/etc/mssl/live/%s/fullchain.pem", name);
        row.name = name;
        row.file = file;
        mssl_index_add(writer, &row);
    }
    mssl_index_end(writer);
}

static long memory_of(const mssl_index_t *index)
{
    struct stat st;

    assert_int_equal(fstat(index->reader, &st), 0);
    return (long)st.st_blocks * 512;
}

static void test_size(void **state)
{
    desk_t *desk = *state;
    mssl_index_summary_t *read;
    int i;

    for (i = 0; i < 4; i++) {
        publish_many(desk, 20000, i % 2 ? MSSL_STATE_VALID : MSSL_STATE_BAD);
        assert_true(memory_of(desk->index) < 20000L * 160 + MSSL_INDEX_REASONS * 100 + 300000);
    }
    publish_many(desk, 10, MSSL_STATE_BAD);
    assert_true(memory_of(desk->index) < 200000);
    assert_int_equal(mssl_index_read(desk->index, 100, &read, desk->pool), APR_SUCCESS);
    assert_int_equal(read->names, 10);
    assert_string_equal(read->attention[0].file,
                        "/etc/mssl/live/site0000000.customer.example/fullchain.pem");
}

/* The longest name and file: the name is there, the file is not. */
static void test_long(void **state)
{
    desk_t *desk = *state;
    char name[MSSL_NAME_SIZE], file[4096];
    mssl_index_row_t row = { .name = name, .file = file }, *read;
    mssl_index_writer_t *writer;

    memset(name, 'a', MSSL_NAME_MAX);
    name[MSSL_NAME_MAX] = '\0';
    memset(file, 'f', sizeof(file));
    file[sizeof(file) - 1] = '\0';
    assert_int_equal(mssl_index_begin(&writer, desk->index, &summary, 1, desk->pool), APR_SUCCESS);
    mssl_index_add(writer, &row);
    row.name = "b.example";
    mssl_index_add(writer, &row); /* one too many */
    mssl_index_end(writer);
    assert_int_equal(mssl_index_lookup(desk->index, name, &read, desk->pool), APR_SUCCESS);
    assert_string_equal(read->name, name);
    assert_null(read->file);
    assert_int_equal(mssl_index_lookup(desk->index, "b.example", &read, desk->pool), APR_ENOENT);
}

/* Readers beside a writer see one snapshot or the other, whole. */
static void test_beside(void **state)
{
    desk_t *desk = *state;
    mssl_index_query_t query = { .limit = 50 };
    mssl_index_summary_t *read;
    mssl_index_list_t *list;
    apr_pool_t *pool;
    int i, j, status = -1, seen = 0;
    pid_t pid;

    publish_many(desk, 3000, MSSL_STATE_BAD);
    pid = fork();
    if (pid == 0) {
        for (i = 0; i < 300; i++) {
            publish_many(desk, i % 2 ? 3000 : 100, i % 2 ? MSSL_STATE_BAD : MSSL_STATE_VALID);
        }
        _exit(0);
    }
    apr_pool_create(&pool, desk->pool);
    while (waitpid(pid, &status, WNOHANG) == 0 || seen < 100) {
        apr_status_t rv = mssl_index_read(desk->index, 100, &read, pool);

        if (rv == APR_SUCCESS) {
            assert_true(read->names == 3000 ? read->states[MSSL_STATE_BAD] == 3000
                                                  && read->nattention == 100
                                            : read->names == 100 && read->nattention == 0);
            seen++;
        }
        else {
            assert_int_equal(rv, APR_EAGAIN);
        }
        rv = mssl_index_list(desk->index, &query, &list, pool);
        for (j = 1; rv == APR_SUCCESS && j < list->nrows; j++) {
            assert_true(strcmp(list->row[j - 1].name, list->row[j].name) < 0);
            assert_int_equal(list->row[j].state, list->row[0].state);
        }
        apr_pool_clear(pool);
    }
    assert_int_equal(status, 0);
}

/* A writer that was taken over: anything may lie there, and costs readers nothing but the answer. */
static void test_garbage(void **state)
{
    desk_t *desk = *state;
    mssl_index_query_t query = { .sort = MSSL_INDEX_BY_EXPIRY }, by_name = { .text = "e" };
    mssl_index_summary_t *read;
    mssl_index_list_t *list;
    mssl_index_row_t *row;
    mssl_layout_anchor_t *anchor;
    unsigned char *at;
    apr_pool_t *pool;
    int round, i;

    srand(11);
    publish_many(desk, 50, MSSL_STATE_BAD);
    anchor = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, desk->index->fd, 0);
    assert_true(anchor != MAP_FAILED);
    apr_pool_create(&pool, desk->pool);
    for (round = 0; round < 3000; round++) {
        at = (unsigned char *)anchor + anchor->offset;
        for (i = 0; i < 4; i++) {
            /* Half of them in the head, where it hurts. */
            at[(size_t)rand() % (rand() % 2 ? sizeof(mssl_layout_head_t) : anchor->length)]
                = (unsigned char)(rand() % 3 == 0 ? 0xff : rand());
        }
        mssl_index_read(desk->index, 1000, &read, pool);
        mssl_index_list(desk->index, &query, &list, pool);
        mssl_index_list(desk->index, &by_name, &list, pool);
        mssl_index_lookup(desk->index, "site0000007.customer.example", &row, pool);
        apr_pool_clear(pool);
        if (round % 10 == 0) {
            publish_many(desk, 50, MSSL_STATE_BAD);
        }
    }
    anchor->length = ~0ull;
    assert_int_equal(mssl_index_read(desk->index, 1, &read, pool), APR_EAGAIN);
    anchor->length = 1;
    assert_int_equal(mssl_index_read(desk->index, 1, &read, pool), APR_EAGAIN);
    anchor->turn |= 1; /* it died while it published */
    assert_int_equal(mssl_index_read(desk->index, 1, &read, pool), APR_EAGAIN);
    publish_many(desk, 50, MSSL_STATE_BAD);
    assert_int_equal(mssl_index_read(desk->index, 1, &read, pool), APR_SUCCESS);
    munmap(anchor, 1 << 20);
}

/* A child has no way to write. */
static void test_child(void **state)
{
    desk_t *desk = *state;

    mssl_index_close(desk->index);
    assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, desk->index->reader, 0)
                == MAP_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_summary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lookup, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_beside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_child, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
