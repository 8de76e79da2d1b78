/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/desk.h"

#include "lib/steward/tidings.h"

#define HOUR apr_time_from_sec(3600)
#define NOW (500000 * HOUR)

/* A paid order waits, and what serves was not renewed so often. */
static mssl_job_t make_waiting(int failures, mssl_class_t class)
{
    mssl_job_t job;

    mssl_job_init(&job, "a.example", NOW - 100 * HOUR);
    job.state = MSSL_JOB_PENDING;
    MSSL_JOB_SET(job.issuer, "shop");
    MSSL_JOB_SET(job.waits_for, "the boss");
    MSSL_JOB_SET(job.serial, "01");
    job.not_after = NOW + 20 * DAY;
    job.renew = NOW - 2 * HOUR;
    job.meanwhile = NOW + HOUR;
    job.meanwhile_failures = failures;
    job.meanwhile_failing = failures != 0 ? NOW - HOUR : 0;
    job.meanwhile_class = class;
    MSSL_JOB_SET(job.meanwhile_issuer, "fake");
    MSSL_JOB_SET(job.meanwhile_text, failures != 0 ? "it is no good" : "");
    return job;
}

/* It works again. */
static mssl_job_t make_renewed(void)
{
    mssl_job_t job = make_waiting(0, MSSL_CLASS_NONE);

    job.installed = NOW;
    job.not_after = NOW + 90 * DAY;
    job.meanwhile = job.renew = NOW + 60 * DAY;
    return job;
}

/* What is due is told: the reason; "": nothing is. */
static const char *tell(desk_t *desk, mssl_tidings_t *tidings, apr_time_t now, const char *event)
{
    mssl_tidings_batch_t batch;

    if (!mssl_tidings_due(tidings, now, HOUR, 10, &batch, desk->pool)) {
        return "";
    }
    assert_string_equal(mssl_event_get_word(batch.event), event);
    assert_int_equal(batch.n, 1);
    mssl_tidings_told(tidings, &batch, now);
    return batch.item[0].reason;
}

static int note(mssl_tidings_t *tidings, mssl_job_t job, mssl_task_t task)
{
    return mssl_tidings_note(tidings, &job, task, NOW);
}

/* As any failure: at the third, at the first where somebody must act, once for each run. */
static void test_failed(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    int i;

    for (i = 1; i < 6; i++) {
        assert_int_equal(note(tidings, make_waiting(i, MSSL_CLASS_CA), MSSL_TASK_MEANWHILE), i == 3);
        assert_string_equal(tell(desk, tidings, NOW + i * HOUR, "failed"),
                            i == 3 ? "what serves it was not renewed by 'fake', while its order is under "
                                     "way: it is no good" : "");
    }
    assert_false(note(tidings, make_waiting(6, MSSL_CLASS_CA), MSSL_TASKS)); /* a steward begins */
    assert_true(note(tidings, make_renewed(), MSSL_TASK_MEANWHILE));
    assert_string_equal(tell(desk, tidings, NOW + 10 * HOUR, "issued"),
                        "a certificate of 'fake' is in service, which had failed before");
    assert_false(note(tidings, make_renewed(), MSSL_TASK_MEANWHILE)
                 && *tell(desk, tidings, NOW + 20 * HOUR, "") != '\0');
    assert_true(note(tidings, make_waiting(1, MSSL_CLASS_CAA), MSSL_TASKS));
    assert_string_not_equal(tell(desk, tidings, NOW + 30 * HOUR, "failed"), "");
    assert_true(mssl_tidings_forget(tidings, "a.example"));
    assert_false(mssl_tidings_forget(tidings, "a.example"));
}

/* It neither takes the place of what is told of the order, nor has it told twice. */
static void test_with_order(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool);
    mssl_job_t job = make_waiting(0, MSSL_CLASS_NONE);

    assert_true(note(tidings, job, MSSL_TASK_ORDER));
    assert_true(note(tidings, make_waiting(1, MSSL_CLASS_HERE), MSSL_TASK_MEANWHILE));
    assert_string_not_equal(tell(desk, tidings, NOW, "failed"), "");
    assert_string_equal(tell(desk, tidings, NOW, "pending"), "waits for the boss");
    job = make_waiting(2, MSSL_CLASS_HERE);
    job.state = MSSL_JOB_FAILED;
    job.class = MSSL_CLASS_FUNDS;
    job.failing = NOW - 3 * HOUR;
    job.failures = 1;
    MSSL_JOB_SET(job.text, "no money");
    assert_true(note(tidings, job, MSSL_TASK_POLL));
    assert_string_equal(tell(desk, tidings, NOW + 2 * HOUR, "failed"), "no money");
    assert_false(note(tidings, job, MSSL_TASKS));
    assert_false(note(tidings, job, MSSL_TASK_MEANWHILE));
    /* What comes of the order is told, and this one no more. */
    job = make_renewed();
    job.state = MSSL_JOB_INSTALLED;
    job.meanwhile = 0;
    job.waits_for[0] = '\0';
    job.why = MSSL_WHY_ASKED;
    assert_true(note(tidings, job, MSSL_TASK_POLL));
    assert_string_equal(tell(desk, tidings, NOW + 4 * HOUR, "issued"),
                        "a certificate of 'shop' is in service, which had failed before");
    assert_string_equal(tell(desk, tidings, NOW + 9 * HOUR, ""), "");
}

static void test_file(void **state)
{
    desk_t *desk = *state;
    mssl_tidings_t *tidings = mssl_tidings_make(desk->pool), *read = mssl_tidings_make(desk->pool);
    mssl_reason_t why = { "" };

    assert_true(note(tidings, make_waiting(3, MSSL_CLASS_CA), MSSL_TASK_MEANWHILE));
    assert_true(note(tidings, make_waiting(3, MSSL_CLASS_CA), MSSL_TASK_ORDER));
    assert_int_equal(mssl_tidings_save(tidings, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    assert_int_equal(mssl_tidings_load(read, desk->dir, "x", desk->pool, &why), APR_SUCCESS);
    assert_string_not_equal(tell(desk, read, NOW, "failed"), "");
    assert_string_equal(tell(desk, read, NOW, "pending"), "waits for the boss");
    assert_false(note(read, make_waiting(4, MSSL_CLASS_CA), MSSL_TASKS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_with_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
