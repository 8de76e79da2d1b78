/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/halls.h"

#include <signal.h>
#include <sys/resource.h>

static apr_time_t ahead; /* atomic */

/* In place of APR's: a clock that a test sets. */
apr_time_t apr_time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000
           + __atomic_load_n(&ahead, __ATOMIC_SEQ_CST);
}

/* "state" of a name, or "none". */
static const char *state_of(hall_t *hall, const char *name)
{
    mssl_index_row_t *row;

    return mssl_index_lookup(hall->conf.index, name, &row, hall->pool) == APR_SUCCESS
               ? mssl_states_get_word(row->state) : "none";
}

static void test_walk(void **state)
{
    hall_t *hall = *state;
    const char *root = hall->room->root;
    mssl_index_summary_t *summary;

    room_put(root, "a.example.pem", "a.example", "a");
    room_put_invalid(root, "old.example.pem", "old.example", "old", -1);
    room_put_invalid(root, "new.example.pem", "new.example", "new", 1);
    room_put(root, "_.kunde.example.pem", "*.kunde.example", "wild");
    certs_write_text(root, "x.kunde.example.pem", "garbage");
    certs_write_text(root, "y.example.pem", "garbage");
    certs_write_text(root, "no.kunde.example.none", "");
    walk_once(hall);
    assert_string_equal(state_of(hall, "a.example"), "valid");
    assert_string_equal(state_of(hall, "old.example"), "expired");
    assert_string_equal(state_of(hall, "new.example"), "not_yet_valid");
    assert_string_equal(state_of(hall, "*.kunde.example"), "valid");
    assert_string_equal(state_of(hall, "x.kunde.example"), "degraded");
    assert_string_equal(state_of(hall, "y.example"), "bad");
    assert_string_equal(state_of(hall, "no.kunde.example"), "excluded");
    assert_string_equal(state_of(hall, "z.example"), "none");
    assert_int_equal(mssl_index_read(hall->conf.index, 9, &summary, hall->pool), APR_SUCCESS);
    assert_true(summary->walk.is_complete);
    assert_int_equal(summary->walk.seen, 7);
    assert_true(summary->walk.next >= summary->walk.ended + HOUR);
    assert_int_equal(summary->names, 7);
    assert_int_equal(summary->certificates, 4);
    assert_string_equal(summary->attention[0].name, "y.example");
}

/* From the file: what it knew, without a walk. */
static void test_file(void **state)
{
    hall_t *hall = *state;
    mssl_index_summary_t *summary = NULL;
    apr_time_t deadline = apr_time_now() + SOON;

    room_put(hall->room->root, "a.example.pem", "a.example", "a");
    walk_once(hall);
    mssl_index_make(&hall->conf.index, hall->pool);
    hall->conf.is_restart = 1;
    begin(hall);
    while (mssl_index_read(hall->conf.index, 0, &summary, hall->pool) != APR_SUCCESS) {
        assert_true(apr_time_now() < deadline);
        apr_sleep(5000);
    }
    end(hall);
    assert_true(summary->walk.is_complete);
    assert_string_equal(state_of(hall, "a.example"), "valid");
    /* The next walk is due an hour behind that one, however often httpd restarts. */
    assert_true(summary->walk.next <= summary->walk.ended + HOUR + apr_time_from_sec(1));
    certs_write_text(hall->state, "inventory", "garbage\n");
    walk_once(hall);
    assert_true(reported(hall, "DAMAGED"));
    assert_string_equal(state_of(hall, "a.example"), "valid");
}

/* Files go bad: the last good pair serves, as long as httpd goes on. */
static void test_last_good(void **state)
{
    hall_t *hall = *state;
    const char *root = hall->room->root;

    hall->conf.is_restart = 1;
    hall->conf.interval = 1;
    room_put(root, "a.example.pem", "a.example", "a");
    room_put(root, "b.example.pem", "b.example", "b");
    room_put(root, "c.example.pem", "c.example", "c");
    walk_anew(hall);
    certs_write_text(root, "a.example.pem", "garbage");
    room_put_invalid(root, "b.example.pem", "b.example", "late", -1);
    room_remove(root, "c.example.pem");
    walk_anew(hall);
    assert_string_equal(state_of(hall, "a.example"), "at_risk");
    assert_string_equal(state_of(hall, "b.example"), "at_risk");
    assert_string_equal(state_of(hall, "c.example"), "none");
    walk_anew(hall);
    assert_string_equal(state_of(hall, "a.example"), "at_risk");
    /* httpd was stopped: nobody has them any more. */
    hall->conf.is_restart = 0;
    walk_anew(hall);
    assert_string_equal(state_of(hall, "a.example"), "bad");
    assert_string_equal(state_of(hall, "b.example"), "expired");
    room_put(root, "a.example.pem", "a.example", "again");
    walk_anew(hall);
    assert_string_equal(state_of(hall, "a.example"), "valid");
}

/* A source that tells three keys, and hangs over the second until it is released. */
typedef struct gate_t {
    int is_open, fetches; /* atomic */
    char fetched[64];
} gate_t;

static gate_t gate;

static apr_status_t gate_check(const char *arg, apr_pool_t *ptemp, mssl_reason_t *why)
{
    (void)arg;
    (void)ptemp;
    (void)why;
    return APR_SUCCESS;
}

static apr_status_t gate_make(void **instance, const char *arg, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    (void)arg;
    (void)pool;
    (void)why;
    *instance = &gate;
    return APR_SUCCESS;
}

static apr_status_t gate_fetch(void *instance, mssl_question_t *question)
{
    gate_t *here = instance;
    mssl_item_t *item = &question->out->item[0];

    strncat(here->fetched, question->key, 1);
    __atomic_add_fetch(&here->fetches, 1, __ATOMIC_SEQ_CST);
    while (question->key[0] == 'b' && !__atomic_load_n(&here->is_open, __ATOMIC_SEQ_CST)) {
        apr_sleep(5000);
    }
    question->out->nitems = 1;
    item->label = item->key_label = "gate";
    item->rv = APR_EINVAL;
    strcpy(item->why.text, "nothing behind it");
    return APR_SUCCESS;
}

static apr_status_t gate_list(void *instance, const char *after, mssl_key_fn take, void *baton,
                              apr_pool_t *pool, mssl_reason_t *why)
{
    static const char *const keys[] = { "a.gate.example", "b.gate.example", "c.gate.example" };
    size_t i;

    (void)instance;
    (void)pool;
    (void)why;
    for (i = 0; i < COUNT(keys); i++) {
        if (after == NULL || strcmp(keys[i], after) > 0) {
            take(baton, keys[i]);
        }
    }
    return APR_SUCCESS;
}

static const mssl_store_provider_t gate_provider = { .check = gate_check, .make = gate_make,
                                                     .fetch = gate_fetch, .list = gate_list };

/* The gate first, then the folder. */
static void add_gate(hall_t *hall)
{
    room_t *room = hall->room;
    mssl_source_t *sources[2];
    mssl_reason_t why;

    memset(&gate, 0, sizeof(gate));
    assert_int_equal(mssl_store_make(&room->store, &room->conf, room->pool), APR_SUCCESS);
    assert_int_equal(mssl_store_add_provider(&sources[0], room->store, "gate", &gate_provider, "x",
                                             0, &why), APR_SUCCESS);
    assert_int_equal(mssl_store_add_provider(&sources[1], room->store, "dir", &mssl_store_dir,
                                             room->root, 0, &why), APR_SUCCESS);
    hall->conf.store = room->store;
    hall->view = mssl_store_get_view(room->store, sources, 2);
}

/* One store that hangs stops itself alone; when it comes back it is walked again. */
static void test_hung(void **state)
{
    hall_t *hall = *state;
    mssl_index_summary_t *summary;

    add_gate(hall);
    room_put(hall->room->root, "d.example.pem", "d.example", "d");
    hall->conf.patience = APR_USEC_PER_SEC / 5;
    hall->conf.interval = APR_USEC_PER_SEC / 5;
    begin(hall);
    wait_for(hall, "DONE");
    assert_true(reported(hall, "UNREACHABLE gate:x no progress"));
    assert_string_equal(state_of(hall, "d.example"), "valid");
    assert_string_equal(state_of(hall, "a.gate.example"), "bad");
    assert_string_equal(state_of(hall, "b.gate.example"), "none");
    assert_int_equal(mssl_index_read(hall->conf.index, 9, &summary, hall->pool), APR_SUCCESS);
    assert_false(summary->store[0].is_reachable);
    assert_non_null(summary->store[0].reason);
    assert_true(summary->attention[0].is_old);
    __atomic_store_n(&gate.is_open, 1, __ATOMIC_SEQ_CST);
    wait_for(hall, "\nREACHABLE gate:x \n");
    pthread_mutex_lock(&hall->lock);
    hall->reports[0] = '\0';
    pthread_mutex_unlock(&hall->lock);
    wait_for(hall, "DONE");
    end(hall);
    assert_string_equal(state_of(hall, "b.gate.example"), "bad");
    assert_string_equal(state_of(hall, "c.gate.example"), "bad");
}

/* A clock that is set while a name is looked at is no store that hangs; what a walk took is a time. */
static void test_clock_is_set(void **state)
{
    hall_t *hall = *state;
    mssl_index_summary_t *summary;
    int i;

    for (i = -1; i <= 1; i += 2) {
        add_gate(hall);
        unlinkat(hall->conf.dir, "inventory", 0); /* the first has none */
        mssl_index_make(&hall->conf.index, hall->pool);
        hall->conf.patience = HOUR;
        begin(hall);
        while (__atomic_load_n(&gate.fetches, __ATOMIC_SEQ_CST) < 2) {
            apr_sleep(5000);
        }
        __atomic_store_n(&ahead, i * 400 * 24 * HOUR, __ATOMIC_SEQ_CST);
        apr_sleep(300000); /* it is looked after some times */
        __atomic_store_n(&gate.is_open, 1, __ATOMIC_SEQ_CST);
        wait_for(hall, "DONE");
        end(hall);
        __atomic_store_n(&ahead, 0, __ATOMIC_SEQ_CST);
        assert_false(reported(hall, "UNREACHABLE"));
        assert_int_equal(mssl_index_read(hall->conf.index, 9, &summary, hall->pool), APR_SUCCESS);
        assert_within(summary->walk.took, 300000, HOUR);
        hall->reports[0] = '\0';
    }
}

/* The next inventory goes on in the middle of the walk. */
static void test_resume(void **state)
{
    hall_t *hall = *state;
    apr_time_t deadline = apr_time_now() + SOON;

    add_gate(hall);
    begin(hall);
    while (__atomic_load_n(&gate.fetches, __ATOMIC_SEQ_CST) < 2) {
        assert_true(apr_time_now() < deadline);
        apr_sleep(5000);
    }
    close(hall->ends[1]); /* it saves, and waits for its last look */
    hall->ends[1] = open("/dev/null", O_RDONLY);
    while (access(apr_pstrcat(hall->pool, hall->state, "/inventory", NULL), F_OK) != 0) {
        assert_true(apr_time_now() < deadline);
        apr_sleep(5000);
    }
    __atomic_store_n(&gate.is_open, 1, __ATOMIC_SEQ_CST);
    end(hall);
    assert_false(reported(hall, "DONE"));
    hall->conf.is_restart = 1;
    walk_once(hall);
    assert_string_equal(gate.fetched, "abbc");
    assert_string_equal(state_of(hall, "a.gate.example"), "bad");
    assert_string_equal(state_of(hall, "c.gate.example"), "bad");
}

/* Not where somebody waits for it, and nothing is known yet. */
static void test_awaited(void **state)
{
    hall_t *hall = *state;

    hall->conf.wait = HOUR;
    hall->conf.is_awaited = 1;
    walk_once(hall);
}

static apr_time_t next_walk(hall_t *hall)
{
    mssl_index_summary_t *summary = NULL;
    apr_time_t deadline = apr_time_now() + SOON;

    while (summary == NULL) {
        assert_true(apr_time_now() < deadline);
        mssl_index_read(hall->conf.index, 0, &summary, hall->pool);
        apr_sleep(1000);
    }
    return summary->walk.next;
}

/* One that a graceful restart adds: within the minute of a start, however often it is restarted. */
static void test_new_source(void **state)
{
    hall_t *hall = *state;
    int i;

    walk_once(hall);
    add_gate(hall);
    gate.is_open = 1;
    hall->conf.is_restart = 1;
    hall->conf.wait = apr_time_from_sec(60);
    for (i = 0; i < 3; i++) {
        assert_int_equal(mssl_index_make(&hall->conf.index, hall->pool), APR_SUCCESS);
        begin(hall);
        assert_true(next_walk(hall) <= apr_time_now() + hall->conf.wait);
        end(hall);
        assert_int_equal(gate.fetches, 0);
    }
    /* At once, where somebody waits for it. */
    hall->conf.is_awaited = 1;
    hall->reports[0] = '\0';
    walk_once(hall);
    assert_string_equal(gate.fetched, "abc");
    /* It is known then. */
    hall->conf.is_awaited = 0;
    assert_int_equal(mssl_index_make(&hall->conf.index, hall->pool), APR_SUCCESS);
    begin(hall);
    assert_true(next_walk(hall) > apr_time_now() + HOUR / 2);
    end(hall);
}

/* The disk is full at the end of the first walk: what that found is on it as soon as there is room. */
static void test_full_disk(void **state)
{
    hall_t *hall = *state;
    const char *file = apr_pstrcat(hall->pool, hall->state, "/inventory", NULL);
    apr_time_t deadline = apr_time_now() + SOON;
    struct rlimit room, none;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &room), 0);
    none = (struct rlimit){ 0, room.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0); /* as near to it as a test comes */
    begin(hall);
    wait_for(hall, "DONE");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
    assert_true(reported(hall, "UNSAVED"));
    while (access(file, F_OK) != 0) {
        assert_true(apr_time_now() < deadline);
        apr_sleep(5000);
    }
    end(hall);
}

/* The first walk waits where httpd was just started. */
static void test_wait(void **state)
{
    hall_t *hall = *state;
    mssl_index_summary_t *summary = NULL;

    hall->conf.wait = HOUR;
    begin(hall);
    while (summary == NULL) {
        mssl_index_read(hall->conf.index, 0, &summary, hall->pool);
        apr_sleep(1000);
    }
    assert_int_equal(summary->walk.started, 0);
    assert_false(summary->walk.is_complete);
    assert_true(summary->walk.next > apr_time_now() + HOUR / 2);
    end(hall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_walk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_last_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hung, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clock_is_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_new_source, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_awaited, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
