/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Bounds, threads, and what is told about keys that come and go. */

#include "tests/unit/stores.h"

#define THREADS 16

/* In place of libc's: makes the condition of a load fail. */
static int has_no_conditions;

int pthread_condattr_init(pthread_condattr_t *attr)
{
    memset(attr, 0, sizeof(*attr));
    return has_no_conditions ? EAGAIN : 0;
}

static void remake(room_t *room, apr_size_t cache_size)
{
    room->conf.cache_size = cache_size;
    room_make_store(room);
}

static void put_numbered(room_t *room, int from, int to)
{
    char name[32], file[40];
    int i;

    for (i = from; i < to; i++) {
        snprintf(name, sizeof(name), "n%d.example", i);
        snprintf(file, sizeof(file), "%s.pem", name);
        room_put(room->root, file, name, name);
    }
}

static void look_numbered(room_t *room, int i)
{
    char name[32];

    snprintf(name, sizeof(name), "n%d.example", i);
    room_gives(room, name, name);
}

/* The server's counters have what its one store has done. */
static void check_counters(room_t *room)
{
    mssl_store_stats_t stats = room_stats(room);
    mssl_totals_t totals;

    mssl_counters_read(&room->counters, &totals);
    assert_int_equal(totals.n[MSSL_COUNT_HITS], stats.hits);
    assert_int_equal(totals.n[MSSL_COUNT_MISSES], stats.misses);
    assert_int_equal(totals.n[MSSL_COUNT_NEGATIVE_HITS], stats.negative_hits);
    assert_int_equal(totals.n[MSSL_COUNT_LOADS], stats.loads);
    assert_int_equal(totals.n[MSSL_COUNT_LOOKS], stats.stats_of_files);
    assert_int_equal(totals.n[MSSL_COUNT_EVICTIONS], stats.evictions);
}

static void test_least_recent_goes_first(void **state)
{
    room_t *room = *state;
    mssl_store_stats_t stats;
    int i;

    remake(room, 4);
    put_numbered(room, 0, 6);
    for (i = 0; i < 4; i++) {
        look_numbered(room, i);
    }
    look_numbered(room, 0); /* used again: 1 is the oldest now */
    look_numbered(room, 4);
    stats = room_stats(room);
    assert_int_equal(stats.entries, 4);
    assert_int_equal(stats.evictions, 1);
    look_numbered(room, 0);
    assert_int_equal(room_stats(room).loads, stats.loads);
    look_numbered(room, 1);
    assert_int_equal(room_stats(room).loads, stats.loads + 1);
    assert_int_equal(room_stats(room).entries, 4);
    room_gives(room, "none.example", "none");
    room_gives(room, "none.example", "none");
    assert_true(room_stats(room).hits > 0 && room_stats(room).negative_hits > 0);
    check_counters(room);
}

/* Without the means to have others wait for it there is no load: an error, and nothing is left behind. */
static void test_no_condition(void **state)
{
    room_t *room = *state;

    put_numbered(room, 0, 1);
    has_no_conditions = 1;
    room_gives(room, "n0.example", "error");
    assert_int_equal(room_stats(room).loads, 0);
    has_no_conditions = 0;
    look_numbered(room, 0);
}

/* A certificate of some 100 KB. */
static void put_heavy(room_t *room, const char *name)
{
    char file[40], *names = malloc(64 * 1000);
    cert_t cert;
    int i, len = snprintf(names, 64, "%s", name);

    for (i = 0; i < 900; i++) {
        len += snprintf(names + len, 64, ",a-name-to-weigh-something-%03d.%s", i, name);
    }
    cert = certs_new(&(cert_spec_t){ .names = names, .cn = name }, NULL);
    snprintf(file, sizeof(file), "%s.pem", name);
    certs_write_joined(room->root, file, &cert);
    certs_free(&cert);
    free(names);
}

/* Names that weigh much push each other out, and nobody else. */
static void test_heavy_apart(void **state)
{
    room_t *room = *state;
    apr_uint64_t loads;
    char name[32];
    int i;

    remake(room, 8);
    put_numbered(room, 0, 6);
    for (i = 0; i < 6; i++) {
        look_numbered(room, i);
    }
    for (i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "heavy%d.example", i);
        put_heavy(room, name);
        room_gives(room, name, name);
    }
    assert_true(room_stats(room).entries < 6 + 20); /* by bytes */
    loads = room_stats(room).loads;
    for (i = 0; i < 6; i++) {
        look_numbered(room, i);
    }
    assert_int_equal(room_stats(room).loads, loads);
}

static void test_negative_is_bounded(void **state)
{
    room_t *room = *state;
    mssl_store_stats_t stats;
    char name[64];
    int i;

    remake(room, 4);
    put_numbered(room, 0, 1);
    look_numbered(room, 0);
    for (i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "random%d.x%d.example", i, i);
        room_gives(room, name, "none");
    }
    stats = room_stats(room);
    assert_int_equal(stats.negative_entries, 1024);
    assert_int_equal(stats.entries, 1);
    assert_int_equal(stats.evictions, 0);
    look_numbered(room, 0);
    assert_int_equal(room_stats(room).loads, stats.loads); /* the flood pushed no pair out */
}

/* A key that is pushed out and read again is told about once. */
static apr_time_t get_filed(void *baton)
{
    return *(const apr_time_t *)baton;
}

/* What is filed counts within check_interval also where there was nothing; without that, nothing is looked at. */
static void test_nothing_until_filed(void **state)
{
    room_t *room = *state;
    apr_time_t filed = room->now - apr_time_from_sec(60);
    apr_uint64_t looks;

    mssl_source_set_filed(room->source, get_filed, &filed);
    room_gives(room, "a.example", "none");
    room_put(room->root, "a.example.pem", "a.example", "new");
    looks = room_stats(room).stats_of_files;
    room->now += 2 * room->conf.check_interval;
    room_gives(room, "a.example", "none");
    assert_int_equal(room_stats(room).stats_of_files, looks);
    filed = room->now;
    room->now += room->conf.check_interval;
    room_gives(room, "a.example", "new");
    room_gives(room, "b.example", "none");
    looks = room_stats(room).stats_of_files;
    room_gives(room, "b.example", "none"); /* not at each question */
    assert_int_equal(room_stats(room).stats_of_files, looks);
    room->now += 2 * room->conf.check_interval;
    room_gives(room, "b.example", "none");
    room->now += 2 * room->conf.check_interval;
    looks = room_stats(room).stats_of_files;
    room_gives(room, "b.example", "none"); /* looked at since */
    assert_int_equal(room_stats(room).stats_of_files, looks);
}

static void test_told_once(void **state)
{
    room_t *room = *state;
    int i;

    remake(room, 2);
    put_numbered(room, 0, 4);
    certs_write_text(room->root, "bad.example.pem", "garbage");
    room_gives(room, "bad.example", "none");
    room_reported(room, "BAD bad.example");
    for (i = 0; i < 4; i++) {
        look_numbered(room, i);
    }
    room_gives(room, "bad.example", "none");
    room_reported(room, "");
    for (i = 0; i < 4; i++) {
        look_numbered(room, i);
    }
    room_put(room->root, "bad.example.pem", "bad.example", "good now");
    room_gives(room, "bad.example", "good now");
    room_reported(room, "GOOD bad.example");
    /* What was over when it was pushed out is over when it is back, and is news when it is so again. */
    for (i = 0; i < 4; i++) {
        look_numbered(room, i);
    }
    room_gives(room, "bad.example", "good now");
    room_reported(room, "");
    certs_write_text(room->root, "bad.example.pem", "garbage");
    room_later(room);
    room_gives(room, "bad.example", "good now");
    room_reported(room, "BAD bad.example");
}

/** An opener that takes its time, and counts. */
typedef struct slow_t {
    room_t *room;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;    /* so far */
    int is_open;  /* whether calls may return */
    apr_status_t rv; /* what they return instead of an answer, if not APR_SUCCESS */
} slow_t;

static apr_status_t slow_opener(void *baton, int source_id, mssl_question_t *question)
{
    slow_t *slow = baton;
    const char *key = question->key;
    apr_status_t rv;

    pthread_mutex_lock(&slow->lock);
    slow->calls++;
    pthread_cond_broadcast(&slow->changed);
    while (!slow->is_open && strncmp(key, "fast", 4) != 0 && key[0] != '*') {
        pthread_cond_wait(&slow->changed, &slow->lock);
    }
    rv = slow->rv;
    pthread_mutex_unlock(&slow->lock);
    return rv != APR_SUCCESS ? rv : mssl_store_fetch(slow->room->store, source_id, question);
}

static void slow_make(slow_t *slow, room_t *room)
{
    memset(slow, 0, sizeof(*slow));
    slow->room = room;
    pthread_mutex_init(&slow->lock, NULL);
    pthread_cond_init(&slow->changed, NULL);
    mssl_store_set_opener(room->store, slow_opener, slow);
}

static void slow_open(slow_t *slow)
{
    pthread_mutex_lock(&slow->lock);
    slow->is_open = 1;
    pthread_cond_broadcast(&slow->changed);
    pthread_mutex_unlock(&slow->lock);
}

/* Wait until the opener has been called so often. */
static void slow_await(slow_t *slow, int calls)
{
    pthread_mutex_lock(&slow->lock);
    while (slow->calls < calls) {
        pthread_cond_wait(&slow->changed, &slow->lock);
    }
    pthread_mutex_unlock(&slow->lock);
}

static void *look_cold(void *data)
{
    room_t *room = data;

    return strdup(room_look(room, room->view, "cold.example"));
}

static void join_all(pthread_t *threads, const char *expected)
{
    void *result;
    int i;

    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &result);
        assert_string_equal(result, expected);
        free(result);
    }
}

static void test_single_flight(void **state)
{
    room_t *room = *state;
    pthread_t threads[THREADS];
    slow_t slow;
    int i;

    room_put(room->root, "cold.example.pem", "cold.example", "cold");
    room_put(room->root, "fast.example.pem", "fast.example", "fast");
    slow_make(&slow, room);
    for (i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, look_cold, room);
    }
    slow_await(&slow, 1);
    room_gives(room, "fast.example", "fast"); /* who asks for another name does not wait */
    usleep(100000);
    slow_open(&slow);
    join_all(threads, "cold");
    assert_int_equal(slow.calls, 2);
    assert_int_equal(room_stats(room).loads, 2);
}

static void test_failed_flight(void **state)
{
    room_t *room = *state;
    pthread_t threads[THREADS];
    slow_t slow;
    int i;

    slow_make(&slow, room);
    slow.rv = APR_TIMEUP;
    for (i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, look_cold, room);
    }
    slow_await(&slow, 1);
    usleep(100000);
    slow_open(&slow);
    join_all(threads, "error");
    assert_int_equal(slow.calls, 2); /* name and pattern */
    room_reported(room, "UNREACHABLE");
    room_gives(room, "cold.example", "error");
    assert_int_equal(slow.calls, 2); /* asked again only after the interval */
    slow.rv = APR_SUCCESS;
    room_put(room->root, "cold.example.pem", "cold.example", "cold");
    room_later(room);
    room_gives(room, "cold.example", "cold");
    room_reported(room, "REACHABLE");
}

static void test_refresh_does_not_wait(void **state)
{
    room_t *room = *state;
    pthread_t thread;
    void *result;
    slow_t slow;

    room_put(room->root, "cold.example.pem", "cold.example", "old");
    room_gives(room, "cold.example", "old");
    slow_make(&slow, room);
    room_later(room);
    room_put(room->root, "cold.example.pem", "cold.example", "new");
    pthread_create(&thread, NULL, look_cold, room);
    slow_await(&slow, 1);
    room_gives(room, "cold.example", "old"); /* at once, while the other one reads */
    slow_open(&slow);
    pthread_join(thread, &result);
    assert_string_equal(result, "new");
    free(result);
    room_gives(room, "cold.example", "new");
    assert_int_equal(slow.calls, 1);
}

/* A name that takes long holds no thread but the one that reads it. */
static void test_slow_flight(void **state)
{
    room_t *room = *state;
    pthread_t reader, waiter;
    apr_time_t begun;
    void *result;
    slow_t slow;

    room_put(room->root, "cold.example.pem", "cold.example", "cold");
    slow_make(&slow, room);
    pthread_create(&reader, NULL, look_cold, room);
    slow_await(&slow, 1);
    pthread_create(&waiter, NULL, look_cold, room);
    pthread_join(waiter, &result); /* it is not open yet: this one gave up */
    assert_string_equal(result, "error");
    free(result);
    usleep(300000); /* it is known to be slow by now */
    begun = apr_time_now();
    room_gives(room, "cold.example", "error");
    assert_true(apr_time_now() - begun < 500000);
    slow_open(&slow);
    pthread_join(reader, &result);
    assert_string_equal(result, "cold");
    free(result);
    room_gives(room, "cold.example", "cold");
    room_reported(room, "");
}

/* Many threads over more names than fit, with files changing below them. */
static void *look_about(void *data)
{
    room_t *room = data;
    mssl_choice_t choice;
    char name[32];
    apr_time_t now;
    intptr_t wrong = 0;
    int i, n;

    for (i = 0; i < 2000; i++) {
        n = rand() % 40;
        now = room->now + apr_time_from_msec(i * 20);
        snprintf(name, sizeof(name), "n%d.example", n);
        if (mssl_store_lookup(room->view, name, now, &choice) == APR_SUCCESS) {
            wrong += !mssl_pair_has_name(choice.pair[MSSL_KEY_ECDSA], name);
        }
        else {
            wrong += n < 30;
        }
        mssl_choice_release(&choice);
    }
    return (void *)wrong;
}

static void test_stress(void **state)
{
    room_t *room = *state;
    pthread_t threads[4];
    void *wrong;
    int i;

    remake(room, 8);
    put_numbered(room, 0, 30);
    for (i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, look_about, room);
    }
    for (i = 0; i < 10; i++) {
        put_numbered(room, 0, 5);
        usleep(10000);
    }
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_true(room_stats(room).entries <= 8);
}

static void test_warm(void **state)
{
    room_t *room = *state;
    mssl_store_stats_t stats;
    int i;

    put_numbered(room, 0, 4);
    for (i = 0; i < 4; i++) {
        look_numbered(room, i);
    }
    room_gives(room, "none.example", "none");
    room_make_store(room);
    mssl_store_warm(room->store, mssl_source_get_label(room->source), "n3.example", room->now);
    mssl_store_warm(room->store, "dir:/none", "n3.example", room->now);
    mssl_store_warm(room->store, mssl_source_get_label(room->source), "gone.example", room->now);
    stats = room_stats(room);
    assert_int_equal(stats.entries, 1);
    look_numbered(room, 3);
    assert_int_equal(room_stats(room).loads, stats.loads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_least_recent_goes_first, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_no_condition, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_heavy_apart, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_negative_is_bounded, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_until_filed, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_told_once, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_single_flight, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_failed_flight, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_refresh_does_not_wait, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_slow_flight, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_stress, room_set_up, room_tear_down),
        cmocka_unit_test_setup_teardown(test_warm, room_set_up, room_tear_down),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
