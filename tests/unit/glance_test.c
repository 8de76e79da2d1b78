/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/issue/glance.h"
#include "lib/issue/job.h"
#include "tests/unit/certs.h"

#define NOW apr_time_from_sec(1800000000)

typedef struct desk_t {
    apr_pool_t *pool;
    char root[64];
    int jobs, way;
    mssl_glance_t *glance;
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    certs_folder(desk->root, sizeof(desk->root));
    desk->jobs = open(desk->root, O_RDONLY | O_DIRECTORY);
    desk->way = open(desk->root, O_PATH | O_DIRECTORY);
    desk->glance = mssl_glance_make(desk->way, geteuid(), desk->pool);
    assert_non_null(desk->glance);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    close(desk->jobs);
    close(desk->way);
    apr_pool_destroy(desk->pool);
    certs_remove(desk->root);
    free(desk);
    apr_terminate();
    return 0;
}

static void save(desk_t *desk, const char *name, mssl_job_state_t state, apr_time_t installed)
{
    mssl_reason_t why = { "" };
    mssl_job_t job;

    mssl_job_init(&job, name, NOW);
    job.state = state;
    job.installed = installed;
    assert_int_equal(mssl_job_save(&job, desk->jobs, &why), APR_SUCCESS);
}

static void test_states(void **state)
{
    static const struct {
        mssl_job_state_t state;
        apr_time_t installed;
        mssl_glance_is_t is;
    } rows[] = {
        { MSSL_JOB_WANTED, 0, MSSL_GLANCE_MAKING },
        { MSSL_JOB_ORDERED, 0, MSSL_GLANCE_MAKING },
        { MSSL_JOB_PENDING, 0, MSSL_GLANCE_PENDING },
        { MSSL_JOB_INSTALLED, NOW - MSSL_GLANCE_FRESH / 2, MSSL_GLANCE_MAKING },
        { MSSL_JOB_INSTALLED, NOW - 2 * MSSL_GLANCE_FRESH, MSSL_GLANCE_NOTHING },
        { MSSL_JOB_FAILED, 0, MSSL_GLANCE_NOTHING },
        { MSSL_JOB_DECLINED, 0, MSSL_GLANCE_NOTHING },
        { MSSL_JOB_GONE, 0, MSSL_GLANCE_NOTHING },
    };
    desk_t *desk = *state;
    size_t i;

    assert_int_equal(mssl_glance_at(desk->glance, "none.test", NOW), MSSL_GLANCE_NOTHING);
    for (i = 0; i < COUNT(rows); i++) {
        const char *name = apr_psprintf(desk->pool, "n%d.test", (int)i);

        save(desk, name, rows[i].state, rows[i].installed);
        assert_int_equal(mssl_glance_at(desk->glance, name, NOW), rows[i].is);
    }
}

/* What was seen is believed for a second, for names with and without a job, and by no clock set back.
 * A name of one label: the wildcard of another one takes its place in the memory, once in 512 runs. */
static void test_age(void **state)
{
    desk_t *desk = *state;

    assert_int_equal(mssl_glance_at(desk->glance, "intranet", NOW), MSSL_GLANCE_NOTHING);
    save(desk, "intranet", MSSL_JOB_WANTED, 0);
    assert_int_equal(mssl_glance_at(desk->glance, "intranet", NOW + MSSL_GLANCE_AGE - 1),
                     MSSL_GLANCE_NOTHING);
    assert_int_equal(mssl_glance_at(desk->glance, "intranet", NOW + MSSL_GLANCE_AGE),
                     MSSL_GLANCE_MAKING);
    save(desk, "intranet", MSSL_JOB_PENDING, 0);
    assert_int_equal(mssl_glance_at(desk->glance, "intranet", NOW), MSSL_GLANCE_PENDING);
}

/* A wildcard that is being made is one for the names that it covers, unless they have a job that says more. */
static void test_wildcard(void **state)
{
    desk_t *desk = *state;
    mssl_reason_t why = { "" };
    mssl_job_t job;

    save(desk, "*.wild.test", MSSL_JOB_ORDERED, 0);
    save(desk, "own.wild.test", MSSL_JOB_PENDING, 0);
    save(desk, "bad.wild.test", MSSL_JOB_FAILED, 0);
    assert_int_equal(mssl_glance_at(desk->glance, "a.wild.test", NOW), MSSL_GLANCE_MAKING);
    assert_int_equal(mssl_glance_at(desk->glance, "bad.wild.test", NOW), MSSL_GLANCE_MAKING);
    assert_int_equal(mssl_glance_at(desk->glance, "own.wild.test", NOW), MSSL_GLANCE_PENDING);
    assert_int_equal(mssl_glance_at(desk->glance, "wild.test", NOW), MSSL_GLANCE_NOTHING);
    assert_int_equal(mssl_glance_at(desk->glance, "a.b.wild.test", NOW), MSSL_GLANCE_NOTHING);
    assert_int_equal(mssl_glance_at(desk->glance, "localhost", NOW), MSSL_GLANCE_NOTHING);
    assert_int_equal(mssl_glance_load(desk->glance, &job, "a.wild.test", &why), APR_SUCCESS);
    assert_string_equal(job.name, "*.wild.test");
    assert_int_equal(mssl_glance_load(desk->glance, &job, "own.wild.test", &why), APR_SUCCESS);
    assert_string_equal(job.name, "own.wild.test");
    assert_int_equal(mssl_glance_load(desk->glance, &job, "none.test", &why), APR_ENOENT);
}

/* However many names are asked for, each is answered right. */
static void test_many(void **state)
{
    desk_t *desk = *state;
    int i;

    save(desk, "a.test", MSSL_JOB_ORDERED, 0);
    for (i = 0; i < 5000; i++) {
        assert_int_equal(mssl_glance_at(desk->glance, apr_psprintf(desk->pool, "n%d.test", i), NOW),
                         MSSL_GLANCE_NOTHING);
    }
    assert_int_equal(mssl_glance_at(desk->glance, "a.test", NOW), MSSL_GLANCE_MAKING);
}

/* Nothing of another user's, and nothing that is damaged. */
static void test_foreign(void **state)
{
    desk_t *desk = *state;
    int fd = openat(desk->jobs, "a.test", O_WRONLY | O_CREAT, 0644);

    assert_int_equal(write(fd, "state: wanted\n", 14), 14);
    close(fd);
    assert_int_equal(mssl_glance_at(desk->glance, "a.test", NOW), MSSL_GLANCE_NOTHING);
    save(desk, "b.test", MSSL_JOB_WANTED, 0);
    if (geteuid() == 0) {
        assert_int_equal(fchownat(desk->jobs, "b.test", 1, 1, 0), 0);
        assert_int_equal(mssl_glance_at(desk->glance, "b.test", NOW), MSSL_GLANCE_NOTHING);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_age, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wildcard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("glance", tests, NULL, NULL);
}
