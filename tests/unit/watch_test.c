/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/* The broker's looks, and what children read of them; the parts of three processes in one. */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/broker/client.h"

#define INTERVAL (50 * 1000)

static apr_pool_t *pool;
static const mssl_stamp_t stamp = { "the files" }, changed = { "other files" };

/** The store, as the looks find it. Atomic. */
static int looks, is_changed, is_hung;

static void set(int *what, int value)
{
    __atomic_store_n(what, value, __ATOMIC_SEQ_CST);
}

static int get(const int *what)
{
    return __atomic_load_n(what, __ATOMIC_SEQ_CST);
}

static apr_status_t fetch(void *baton, int source, mssl_question_t *question)
{
    mssl_material_t *out = question->out;

    (void)baton;
    assert_int_equal(source, 1);
    assert_non_null(question->key);
    __atomic_add_fetch(&looks, 1, __ATOMIC_SEQ_CST);
    while (get(&is_hung)) {
        usleep(1000);
    }
    out->stamp = get(&is_changed) ? changed : stamp;
    return memcmp(question->known, &out->stamp, sizeof(out->stamp)) == 0 ? APR_EEXIST
                                                                         : APR_SUCCESS;
}

static mssl_watch_t *make(apr_interval_time_t interval)
{
    mssl_watch_t *watch;

    set(&looks, 0);
    set(&is_changed, 0);
    set(&is_hung, 0);
    assert_int_equal(mssl_watch_make(&watch, interval, pool), APR_SUCCESS);
    assert_int_equal(mssl_watch_begin(watch, fetch, NULL), APR_SUCCESS);
    return watch;
}

static int has_seen(const mssl_watch_t *watch, const char *key, apr_time_t *as_of)
{
    return mssl_watch_has_looked(watch, 1, key, &stamp, as_of);
}

/* Wait until so many looks were made, ten seconds at most. */
static void await_looks(int n)
{
    int i;

    for (i = 0; i < 10000 && get(&looks) < n; i++) {
        usleep(1000);
    }
    assert_true(get(&looks) >= n);
}

static void test_looks_on(void **state)
{
    mssl_watch_t *watch = make(INTERVAL);
    apr_time_t begin = apr_time_now(), as_of = 0, first;

    (void)state;
    assert_false(has_seen(watch, "a.example", &as_of));
    mssl_watch_note(watch, 1, "a.example", &stamp, begin);
    await_looks(3);
    while (!has_seen(watch, "a.example", &as_of)) {
        assert_true(apr_time_now() - begin < apr_time_from_sec(10));
    }
    assert_true(as_of - begin >= 2 * INTERVAL); /* once per interval */
    assert_true(as_of <= apr_time_now());
    assert_false(has_seen(watch, "b.example", &as_of));
    assert_false(mssl_watch_has_looked(watch, 2, "a.example", &stamp, &as_of));
    assert_false(mssl_watch_has_looked(watch, 1, "a.example", &changed, &as_of));

    /* So many looks for a question, and no more. */
    await_looks(MSSL_WATCH_LOOKS);
    usleep(4 * INTERVAL);
    assert_int_equal(get(&looks), MSSL_WATCH_LOOKS);
    assert_false(has_seen(watch, "a.example", &as_of));

    /* Another question, another series; asked twice in it, it begins anew. */
    first = apr_time_now();
    mssl_watch_note(watch, 1, "a.example", &stamp, first);
    mssl_watch_note(watch, 1, "a.example", &stamp, first);
    await_looks(2 * MSSL_WATCH_LOOKS);
    usleep(4 * INTERVAL);
    assert_int_equal(get(&looks), 2 * MSSL_WATCH_LOOKS);
    mssl_watch_end(watch);
}

static void test_change_is_silent(void **state)
{
    mssl_watch_t *watch = make(INTERVAL);
    apr_time_t as_of;

    (void)state;
    mssl_watch_note(watch, 1, "a.example", &stamp, apr_time_now());
    await_looks(2);
    set(&is_changed, 1);
    usleep(4 * INTERVAL);
    assert_false(has_seen(watch, "a.example", &as_of));
    assert_false(mssl_watch_has_looked(watch, 1, "a.example", &changed, &as_of)); /* nobody asked */
    assert_true(get(&looks) <= 8);
    mssl_watch_end(watch);
}

/* What hangs does not count as seen; the end does not wait for it. */
static void test_hung_look(void **state)
{
    mssl_watch_t *watch = make(INTERVAL);
    apr_time_t as_of = 0;

    (void)state;
    set(&is_hung, 1);
    mssl_watch_note(watch, 1, "a.example", &stamp, apr_time_now());
    await_looks(1);
    usleep(2 * INTERVAL);
    assert_false(has_seen(watch, "a.example", &as_of));
    mssl_watch_note(watch, 1, "b.example", &stamp, apr_time_now()); /* nobody waits for it, either */
    mssl_watch_end(watch);
    set(&is_hung, 0);
    await_looks(1);
    usleep(INTERVAL); /* the thread leaves before the pool goes */
}

static void test_no_interval(void **state)
{
    mssl_watch_t *watch = make(0);
    apr_time_t as_of;

    (void)state;
    mssl_watch_note(watch, 1, "a.example", &stamp, apr_time_now());
    assert_false(has_seen(watch, "a.example", &as_of));
    assert_int_equal(get(&looks), 0);
    mssl_watch_end(watch);
}

/* The child's client asks only for what is not seen; here there is nobody to ask. */
static void test_client(void **state)
{
    mssl_watch_t *watch = make(apr_time_from_sec(60));
    apr_time_t begin = apr_time_now() - 1000;
    mssl_material_t out = { .nitems = 0 };
    mssl_broker_client_t *client;
    mssl_reason_t why = { "" };
    mssl_question_t question = { .key = "a.example", .known = &stamp, .pool = pool, .out = &out,
                                 .why = &why };

    (void)state;
    assert_int_equal(mssl_broker_client_make(&client, -1, geteuid(), watch, INTERVAL, pool),
                     APR_SUCCESS);
    mssl_watch_note(watch, 1, "a.example", &stamp, begin);
    assert_int_equal(mssl_broker_client_open(client, 1, &question), APR_EEXIST);
    assert_memory_equal(&out.stamp, &stamp, sizeof(stamp));
    assert_int_equal(question.as_of, begin);
    question.known = &changed;
    assert_int_not_equal(mssl_broker_client_open(client, 1, &question), APR_EEXIST);
    question.known = NULL;
    assert_int_not_equal(mssl_broker_client_open(client, 1, &question), APR_EEXIST);
    mssl_watch_end(watch);
}

/* A clock that was turned back: what is seen in the future is not believed. */
static void test_future(void **state)
{
    mssl_watch_t *watch = make(apr_time_from_sec(60));
    apr_time_t as_of;

    (void)state;
    mssl_watch_note(watch, 1, "a.example", &stamp, apr_time_now() + apr_time_from_sec(30));
    assert_false(has_seen(watch, "a.example", &as_of));
    mssl_watch_note(watch, 1, "a.example", &stamp, apr_time_now() - apr_time_from_sec(30));
    assert_true(has_seen(watch, "a.example", &as_of));
    mssl_watch_end(watch);
}

/* More names than places: some give way, none is mistaken for another. */
static void test_crowd(void **state)
{
    mssl_watch_t *watch = make(apr_time_from_sec(60));
    apr_time_t begin = apr_time_now() - apr_time_from_sec(1), as_of;
    char key[40];
    int i, n = 3 * MSSL_WATCH_NAMES, found = 0;

    (void)state;
    for (i = 0; i < n; i++) {
        mssl_watch_note(watch, 1, apr_psprintf(pool, "n%d.example", i), &stamp, begin + i);
    }
    for (i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "n%d.example", i);
        if (mssl_watch_has_looked(watch, 1, key, &stamp, &as_of)) {
            assert_int_equal(as_of, begin + i);
            found++;
        }
    }
    assert_true(found > MSSL_WATCH_NAMES * 8 / 10 && found <= MSSL_WATCH_NAMES);
    mssl_watch_end(watch);
}

/* The mapping that holds an address: "from-to perms ...". */
static int find_mapping(const char *name, void **from, size_t *len, char perms[5])
{
    unsigned long begin, end;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    int found = 0;

    while (!found && fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, name) != NULL && sscanf(line, "%lx-%lx %4s", &begin, &end, perms) == 3) {
            *from = (void *)begin;
            *len = end - begin;
            found = 1;
        }
    }
    fclose(maps);
    return found;
}

static void test_children_cannot_write(void **state)
{
    mssl_watch_t *watch;
    char perms[5] = "";
    void *at = NULL;
    size_t len = 0;

    (void)state;
    assert_int_equal(mssl_watch_make(&watch, INTERVAL, pool), APR_SUCCESS);
    mssl_watch_close(watch);
    mssl_watch_close(watch); /* once more is fine */
    assert_true(find_mapping("mssl-watch", &at, &len, perms));
    assert_string_equal(perms, "r--s");
    assert_int_equal(mprotect(at, len, PROT_READ | PROT_WRITE), -1);
    assert_int_equal(errno, EACCES);
}

typedef struct reader_t {
    const mssl_watch_t *watch;
    int is_over; /* atomic */
} reader_t;

static void *APR_THREAD_FUNC read_on(apr_thread_t *thread, void *data)
{
    reader_t *reader = data;
    apr_time_t as_of;
    char key[20];
    int i;

    (void)thread;
    for (i = 0; !__atomic_load_n(&reader->is_over, __ATOMIC_RELAXED); i++) {
        snprintf(key, sizeof(key), "k%d.example", i % 40);
        if (has_seen(reader->watch, key, &as_of)) {
            assert_int_equal(as_of % 40, i % 40); /* each name has times of its own */
        }
    }
    return NULL;
}

/* Places change hands while children read: a time is never taken for another name's. */
static void test_readers(void **state)
{
    mssl_watch_t *watch = make(apr_time_from_sec(600));
    reader_t reader = { watch, 0 };
    apr_time_t begin = apr_time_now() / 40 * 40 - apr_time_from_sec(1);
    apr_thread_t *threads[2];
    apr_status_t rv;
    char key[20];
    int i;

    (void)state;
    assert_int_equal(apr_thread_create(&threads[0], NULL, read_on, &reader, pool), APR_SUCCESS);
    assert_int_equal(apr_thread_create(&threads[1], NULL, read_on, &reader, pool), APR_SUCCESS);
    for (i = 0; i < 100000; i++) {
        snprintf(key, sizeof(key), "k%d.example", i % 40);
        mssl_watch_note(watch, 1, key, &stamp, begin + i);
    }
    __atomic_store_n(&reader.is_over, 1, __ATOMIC_RELAXED);
    apr_thread_join(&rv, threads[0]);
    apr_thread_join(&rv, threads[1]);
    mssl_watch_end(watch);
}

/* Which keys were asked for: in each place the last one, by hashes. */
static void test_used(void **state)
{
    mssl_watch_t *watch = make(INTERVAL);
    char key[32];
    int i, n = 0;

    (void)state;
    assert_false(mssl_watch_is_used(watch, 1, "a.example"));
    mssl_watch_note_use(watch, 1, "a.example");
    assert_true(mssl_watch_is_used(watch, 1, "a.example"));
    assert_false(mssl_watch_is_used(watch, 2, "a.example"));
    assert_false(mssl_watch_is_used(watch, 1, "b.example"));
    for (i = 0; i < 2 * MSSL_WATCH_NAMES; i++) {
        snprintf(key, sizeof(key), "%d.example", i);
        mssl_watch_note_use(watch, 1, key);
        assert_true(mssl_watch_is_used(watch, 1, key));
    }
    for (i = 0; i < 2 * MSSL_WATCH_NAMES; i++) {
        snprintf(key, sizeof(key), "%d.example", i);
        n += mssl_watch_is_used(watch, 1, key);
    }
    assert_within(n, MSSL_WATCH_NAMES / 2, MSSL_WATCH_NAMES);
    mssl_watch_end(watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks_on),
        cmocka_unit_test(test_change_is_silent),
        cmocka_unit_test(test_hung_look),
        cmocka_unit_test(test_no_interval),
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_future),
        cmocka_unit_test(test_crowd),
        cmocka_unit_test(test_children_cannot_write),
        cmocka_unit_test(test_readers),
        cmocka_unit_test(test_used),
    };
    int rc;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    rc = cmocka_run_group_tests_name("watch", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return rc;
}
