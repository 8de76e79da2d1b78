/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/issue/keysweep.h"
#include "lib/issue/lock.h"
#include "lib/issue/shelf.h"
#include "tests/unit/issuing.h"

#define DAY apr_time_from_sec(86400)
#define OLD (MSSL_KEY_LIFE + DAY)

static int is_there(const rig_t *rig, const char *path)
{
    return faccessat(rig->dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A key file that is so old. */
static const char *add_key(const rig_t *rig, const char *file, apr_interval_time_t age)
{
    const char *path = apr_pstrcat(rig->pool, "keys/", file, NULL);
    time_t at = (time_t)apr_time_sec(apr_time_now() - age);
    const struct timespec times[2] = { { .tv_sec = at }, { .tv_sec = at } };

    certs_write_text(rig->root, path, "x");
    assert_int_equal(utimensat(rig->dir, path, times, AT_SYMLINK_NOFOLLOW), 0);
    return path;
}

static void add_job(const rig_t *rig, const char *name, mssl_job_state_t state, apr_time_t next,
                    apr_interval_time_t age)
{
    int jobs = openat(rig->dir, "jobs", O_RDONLY | O_DIRECTORY);
    mssl_reason_t why = { "" };
    mssl_job_t job;

    mssl_job_init(&job, name, apr_time_now() - age);
    job.state = state;
    job.next = next;
    assert_int_equal(mssl_job_save(&job, jobs, &why), APR_SUCCESS);
    close(jobs);
}

static void sweep(const rig_t *rig)
{
    mssl_keysweep_t sweep = { 0 };

    mssl_keysweep_turn(&sweep, rig->dir, apr_time_now());
    assert_true(sweep.next > apr_time_now());
}

/* By what the job says, and how old both are. */
static void test_states(void **state)
{
    static const struct {
        mssl_job_state_t state; /* MSSL_JOB_STATES: no job */
        int is_tried_again;
        apr_interval_time_t job, key;
        int goes;
    } rows[] = {
        { MSSL_JOB_STATES, 0, 0, OLD, 1 },
        { MSSL_JOB_STATES, 0, 0, MSSL_KEY_LIFE - DAY, 0 },
        { MSSL_JOB_WANTED, 0, OLD, OLD, 0 },
        { MSSL_JOB_ORDERED, 0, OLD, OLD, 0 },
        { MSSL_JOB_PENDING, 0, OLD, OLD, 0 },
        { MSSL_JOB_FAILED, 1, OLD, OLD, 0 },
        { MSSL_JOB_FAILED, 0, OLD, OLD, 1 },
        { MSSL_JOB_FAILED, 0, MSSL_KEY_LIFE - DAY, OLD, 0 },
        { MSSL_JOB_FAILED, 0, OLD, MSSL_KEY_LIFE - DAY, 0 },
        { MSSL_JOB_DECLINED, 0, OLD, OLD, 1 },
        { MSSL_JOB_DECLINED, 1, OLD, OLD, 1 },
        { MSSL_JOB_DECLINED, 0, MSSL_KEY_LIFE - DAY, OLD, 0 }, /* somebody may approve it still */
        { MSSL_JOB_GONE, 0, OLD, OLD, 1 },
        { MSSL_JOB_INSTALLED, 1, OLD, OLD, 1 },
        { MSSL_JOB_INSTALLED, 1, DAY, OLD, 0 },
        { MSSL_JOB_DECLINED, 0, OLD, -DAY, 0 }, /* made tomorrow, as a clock had it */
    };
    rig_t *rig = *state;
    size_t i, k;

    for (i = 0; i < COUNT(rows); i++) {
        const char *name = apr_psprintf(rig->pool, "n%d.example", (int)i);
        const char *files[] = {
            add_key(rig, apr_pstrcat(rig->pool, name, ".key", NULL), rows[i].key),
            add_key(rig, apr_pstrcat(rig->pool, name, ".csr", NULL), rows[i].key),
            add_key(rig, apr_pstrcat(rig->pool, MSSL_SHELF_MEANWHILE, name, ".key", NULL), rows[i].key),
        };

        if (rows[i].state != MSSL_JOB_STATES) {
            add_job(rig, name, rows[i].state, rows[i].is_tried_again ? apr_time_now() : 0, rows[i].job);
        }
        sweep(rig);
        for (k = 0; k < COUNT(files); k++) {
            assert_int_equal(is_there(rig, files[k]), !rows[i].goes);
        }
    }
    /* Locks of names without a job are nobody's. */
    assert_false(is_there(rig, "work/n0.example.lock"));
}

/* What is no file of ours, or may be of any state, stays; a link is neither followed nor removed. */
static void test_left_alone(void **state)
{
    static const char *const files[] = { "a.example", "a.example.pem", ".key", "..key", ".meanwhile-.key",
                                         "A b.key", "README", ".meanwhile-.csr" };
    rig_t *rig = *state;
    char longest[300];
    const time_t at = (time_t)apr_time_sec(apr_time_now() - OLD);
    const struct timespec times[2] = { { .tv_sec = at }, { .tv_sec = at } };
    size_t i;

    for (i = 0; i < COUNT(files); i++) {
        add_key(rig, files[i], OLD);
    }
    memset(longest, 'a', sizeof(longest));
    strcpy(longest + 200, ".key");
    add_key(rig, longest, OLD);
    add_key(rig, "b.example.key", OLD);
    certs_write_text(rig->root, "jobs/b.example", "mssl-job/1\nname: c.example\n");
    add_key(rig, "target", OLD);
    assert_int_equal(symlinkat("target", rig->dir, "keys/d.example.key"), 0);
    assert_int_equal(utimensat(rig->dir, "keys/d.example.key", times, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(mkdirat(rig->dir, "keys/e.example.key", 0700), 0);
    sweep(rig);
    for (i = 0; i < COUNT(files); i++) {
        assert_true(is_there(rig, apr_pstrcat(rig->pool, "keys/", files[i], NULL)));
    }
    assert_true(is_there(rig, apr_pstrcat(rig->pool, "keys/", longest, NULL)));
    assert_true(is_there(rig, "keys/b.example.key"));
    assert_true(is_there(rig, "keys/d.example.key"));
    assert_true(is_there(rig, "keys/e.example.key"));
    assert_true(is_there(rig, "keys/target"));
}

static void test_worked_on(void **state)
{
    rig_t *rig = *state;
    mssl_reason_t why = { "" };
    int lock;

    add_key(rig, "a.example.key", OLD);
    assert_int_equal(mssl_lock_take(&lock, rig->dir, "a.example", &why), APR_SUCCESS);
    sweep(rig);
    assert_true(is_there(rig, "keys/a.example.key"));
    close(lock);
    sweep(rig);
    assert_false(is_there(rig, "keys/a.example.key"));
}

/* A long name is found by its job. */
static void test_long(void **state)
{
    rig_t *rig = *state;
    char name[MSSL_NAME_SIZE] = "", file[MSSL_NAME_SIZE];
    const char *key;
    int i;

    for (i = 0; i < 24; i++) {
        strcat(name, "long-name.");
    }
    strcat(name, "example");
    key = add_key(rig, apr_pstrcat(rig->pool, mssl_job_file(file, name), ".key", NULL), OLD);
    sweep(rig);
    assert_true(is_there(rig, key)); /* nobody knows which it is */
    add_job(rig, name, MSSL_JOB_DECLINED, 0, OLD);
    sweep(rig);
    assert_false(is_there(rig, key));
}

/* Some in each turn, all of them in a day, and then not before the next. */
static void test_bounded(void **state)
{
    rig_t *rig = *state;
    mssl_keysweep_t sweep = { 0 };
    apr_time_t now = apr_time_now();
    int i, before, left, all = 2 * MSSL_KEYSWEEP_MAX + 10;

    for (i = 0; i < all; i++) {
        add_key(rig, apr_psprintf(rig->pool, "k%d.example.key", i), 0);
    }
    mssl_keysweep_turn(&sweep, rig->dir, now);
    assert_int_equal(sweep.at, MSSL_KEYSWEEP_MAX);
    mssl_keysweep_turn(&sweep, rig->dir, now);
    mssl_keysweep_turn(&sweep, rig->dir, now);
    assert_int_equal(sweep.at, 0);
    assert_int_equal(sweep.next, now + DAY);
    /* A year later: no turn removes more than it looks at. */
    now += OLD;
    for (i = 0, before = all; before > 0 && i < 20; i++, before = left, now += DAY + 1) {
        do {
            mssl_keysweep_turn(&sweep, rig->dir, now);
            left = count_files(rig, "keys");
            assert_true(before - left <= MSSL_KEYSWEEP_MAX);
            before = left;
        } while (sweep.at != 0);
        mssl_keysweep_turn(&sweep, rig->dir, now + DAY - 1);
        assert_int_equal(count_files(rig, "keys"), left);
    }
    assert_int_equal(before, 0);
    /* A clock that was set back is not waited for. */
    add_key(rig, "a.example.key", 2 * OLD);
    mssl_keysweep_turn(&sweep, rig->dir, now - 10 * DAY);
    assert_int_equal(count_files(rig, "keys"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_worked_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
