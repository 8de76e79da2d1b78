/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/desk.h"

#include "lib/steward/tidings.h"

#define HOUR apr_time_from_sec(3600)
#define NOW (500000 * HOUR)
#define MAX 200

static mssl_job_t make_job(const char *name, mssl_job_state_t state)
{
    mssl_job_t job;

    mssl_job_init(&job, name, NOW);
    job.state = state;
    MSSL_JOB_SET(job.issuer, "fake");
    job.installed = state == MSSL_JOB_INSTALLED ? NOW : 0;
    return job;
}

static void note(mssl_tidings_t *tidings, mssl_job_t job)
{
    assert_true(mssl_tidings_note(tidings, &job, MSSL_TASK_ORDER, NOW));
}

static int may_but(void *baton, const char *reader, mssl_event_t event)
{
    (void)event;
    return strcmp(reader, baton) != 0;
}

static const char *find_reader(void *baton, const char *name)
{
    return strcmp(name, "c.example") == 0 ? baton : NULL;
}

/* One reader after the other; who has none is told nothing, and one that waits holds up nobody. */
static void test_readers(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_tidings_batch_t batch;
    mssl_reason_t why = { "" };

    note(tidings, make_job("a.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("b.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("c.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("d.example", MSSL_JOB_INSTALLED));
    note(tidings, make_job("e.example", MSSL_JOB_DECLINED));
    mssl_tidings_set_reader(tidings, "a.example", "x@x.example");
    mssl_tidings_set_reader(tidings, "b.example", "y@x.example");
    mssl_tidings_set_reader(tidings, "c.example", "z@x.example");
    mssl_tidings_set_reader(tidings, "c.example", "x@x.example");
    mssl_tidings_set_reader(tidings, "e.example", "y@x.example");
    mssl_tidings_set_reader(tidings, "none.example", "y@x.example");
    assert_int_equal(mssl_tidings_save(tidings, desk->dir, "t", desk->pool, &why), APR_SUCCESS);
    assert_true(mssl_tidings_due_to(tidings, may_but, "y@x.example", MAX, &batch, desk->pool));
    assert_int_equal(batch.n, 2);
    assert_int_equal(batch.event, MSSL_EVENT_ISSUED);
    assert_string_equal(batch.reader, "x@x.example");
    assert_string_equal(batch.item[0].name, "a.example");
    assert_string_equal(batch.item[1].name, "c.example");
    mssl_tidings_told(tidings, &batch, NOW);
    assert_false(mssl_tidings_due_to(tidings, may_but, "y@x.example", MAX, &batch, desk->pool));
    /* The worst first, and no other event's names. */
    assert_true(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    assert_int_equal(batch.event, MSSL_EVENT_DECLINED);
    assert_int_equal(batch.n, 1);
    mssl_tidings_told(tidings, &batch, NOW);
    assert_true(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    assert_string_equal(batch.item[0].name, "b.example");
    mssl_tidings_told(tidings, &batch, NOW);
    assert_false(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    /* Whose they are is looked up again behind a restart. */
    tidings = mssl_tidings_make(desk->pool);
    assert_int_equal(mssl_tidings_load(tidings, desk->dir, "t", desk->pool, &why), APR_SUCCESS);
    assert_false(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    mssl_tidings_find_readers(tidings, find_reader, "x@x.example");
    assert_true(mssl_tidings_due_to(tidings, may_but, "", MAX, &batch, desk->pool));
    assert_int_equal(batch.n, 1);
    assert_string_equal(batch.item[0].name, "c.example");
    /* For who is told of all it is as ever. */
    assert_true(mssl_tidings_due(tidings, NOW, HOUR, MAX, &batch, desk->pool));
    assert_null(batch.reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_readers, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
