/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/issue/permit.h"
#include "lib/issue/request.h"
#include "lib/issue/schedule.h"
#include "tests/unit/certs.h"

static void test_parse(void **state)
{
    char names[MSSL_NAMES_SIZE], name[MSSL_NAME_SIZE], many[8192] = "";
    const char *at = names, *bad;
    size_t len;
    int i;

    (void)state;
    assert_null(mssl_names_parse(names, "A.test,,b.test,a.TEST.,*.c.test", ",", &len));
    assert_string_equal(names, "a.test b.test *.c.test");
    assert_true(mssl_names_next(name, &at));
    assert_string_equal(name, "a.test");
    assert_true(mssl_names_has(names, "*.c.test"));
    assert_false(mssl_names_has(names, "c.test"));
    assert_false(mssl_names_has(names, "test"));
    assert_false(mssl_names_has("", ""));
    assert_true(mssl_names_are_same("a.test b.test", "b.test a.test"));
    assert_false(mssl_names_are_same("a.test b.test", "a.test"));
    assert_true(mssl_names_are_several(names));
    assert_false(mssl_names_are_several("a.test"));
    bad = mssl_names_parse(names, "a.test,b test,c.test", ",", &len);
    assert_int_equal(len, 6);
    assert_memory_equal(bad, "b test", 6);
    assert_non_null(mssl_names_parse(names, "a.test,../x", ",", &len));
    for (i = 0; i < MSSL_NAMES_MAX; i++) {
        sprintf(many + strlen(many), "n%d.test,", i);
    }
    assert_null(mssl_names_parse(names, many, ",", &len));
    strcat(many, "more.test");
    assert_non_null(mssl_names_parse(names, many, ",", &len));
    assert_int_equal(len, 0);
    /* So long ones that there is no room for all. */
    many[0] = '\0';
    for (i = 0; i < 30; i++) {
        sprintf(many + strlen(many), "n%d.%060d.%060d.%060d.test,", i, i, i, i);
    }
    assert_non_null(mssl_names_parse(names, many, ",", &len));
    assert_int_equal(len, 0);
}

typedef struct desk_t {
    apr_pool_t *pool;
    char root[64];
    int dir, wanted;
    mssl_issuing_t issuing;
    char said[1024];
} desk_t;

static int begin(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    certs_folder(desk->root, sizeof(desk->root));
    desk->dir = open(desk->root, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(desk->dir, "requests", 0700), 0);
    assert_int_equal(mkdirat(desk->dir, "requests/wanted", 0700), 0);
    desk->wanted = openat(desk->dir, "requests/wanted", O_RDONLY | O_DIRECTORY);
    mssl_issuing_init(&desk->issuing, desk->pool);
    desk->issuing.for_requests = 1;
    *state = desk;
    return 0;
}

static int end(void **state)
{
    desk_t *desk = *state;

    close(desk->wanted);
    close(desk->dir);
    certs_remove(desk->root);
    apr_pool_destroy(desk->pool);
    free(desk);
    apr_terminate();
    return 0;
}

static void test_request(void **state)
{
    static const char *const bad[] = {
        "names: b.test a.test\n", "names: a.test b.test b.test\n", "names: a.test  b.test\n", "approver: x\n",
        "notify: a b@c.test\n", "term: 1w\n", "csr_only: no\n", "reason: because\n", "verb: fly\n", "hello\n",
    };
    mssl_request_t request = { .name = "a.test", .issuer = "shop", .names = "a.test b.test", .approver = "admin@a.test",
                               .term = "1y", .notify = "n@a.test", .csr_only = 1 }, back;
    desk_t *desk = *state;
    mssl_reason_t why = { "" };
    size_t i;

    assert_int_equal(mssl_request_save(&request, desk->wanted, &why), APR_SUCCESS);
    assert_int_equal(mssl_request_load(&back, desk->wanted, "a.test", &why), APR_SUCCESS);
    assert_memory_equal(&back, &request, sizeof(back));
    for (i = 0; i < COUNT(bad); i++) {
        certs_write_text(desk->root, "requests/wanted/a.test",
                         apr_pstrcat(desk->pool, "mssl-request/1\nname: a.test\n", bad[i], NULL));
        if (mssl_request_load(&back, desk->wanted, "a.test", &why) != APR_EINVAL) {
            fail_msg("%s", bad[i]);
        }
    }
}

static void report(void *baton, const char *text)
{
    desk_t *desk = baton;

    apr_cpystrn(desk->said, text, sizeof(desk->said));
}

static mssl_permits_t *read_permits(desk_t *desk)
{
    desk->said[0] = '\0';
    return mssl_permits_read(&desk->issuing, desk->dir, NULL, NULL, report, desk, desk->pool);
}

static void want(desk_t *desk, const char *names)
{
    mssl_request_t request = { .issuer = "shop" };
    const char *at = names;
    mssl_reason_t why;

    apr_cpystrn(request.names, names, sizeof(request.names));
    mssl_names_next(request.name, &at);
    assert_int_equal(mssl_request_save(&request, desk->wanted, &why), APR_SUCCESS);
}

static void list(desk_t *desk, const char *lines)
{
    certs_write_text(desk->root, "names", lines);
    APR_ARRAY_PUSH(desk->issuing.lists, const char *) = apr_pstrcat(desk->pool, desk->root, "/names", NULL);
}

/* Its first name may, with all of them; another one may only as somebody else vouches for it. */
static void test_permits(void **state)
{
    desk_t *desk = *state;
    mssl_permits_t *permits;

    list(desk, "b.test\n!no.test\n");
    want(desk, "a.test b.test c.test");
    permits = read_permits(desk);
    assert_int_equal(mssl_permits_count(permits), 2);
    assert_string_equal(mssl_permits_find(permits, "a.test")->issuer, "shop");
    assert_null(mssl_permits_find(permits, "a.test")->head);
    assert_string_equal(mssl_permits_find(permits, "b.test")->head, "a.test");
    assert_null(mssl_permits_find(permits, "b.test")->issuer);
    assert_null(mssl_permits_find(permits, "c.test"));
    /* One that is excluded, or can be in none, takes all of it. */
    want(desk, "d.test no.test");
    permits = read_permits(desk);
    assert_null(mssl_permits_find(permits, "d.test"));
    assert_non_null(strstr(desk->said, "d.test: no.test may have none"));
    want(desk, "d.test under_score.test");
    assert_null(mssl_permits_find(read_permits(desk), "d.test"));
}

static int is_served(void *baton, const char *name)
{
    (void)baton;
    (void)name;
    return 0;
}

/* What costs money is ordered, and asked after, when that is asked for. */
static void test_asked(mssl_schedule_t *schedule, mssl_job_t *job, apr_time_t now)
{
    mssl_turn_t turn;
    int i;

    mssl_schedule_forget(schedule, "a.test", now);
    assert_false(mssl_schedule_take(schedule, now, &turn));
    assert_true(mssl_schedule_ask(schedule, "a.test", MSSL_TASK_ORDER));
    assert_true(mssl_schedule_take(schedule, now, &turn));
    assert_string_equal(turn.issuer->name, "shop");
    /* As often as an admin likes: no limit counts that. */
    job->state = MSSL_JOB_PENDING;
    job->until = job->next = now + apr_time_from_sec(86400);
    for (i = 0; i < 10; i++) {
        mssl_schedule_put(schedule, job, now);
        assert_true(mssl_schedule_ask(schedule, "a.test", MSSL_TASK_ORDER));
        assert_true(mssl_schedule_take(schedule, now, &turn));
        assert_null(turn.issuer);
    }
    mssl_schedule_put(schedule, job, now);
    assert_true(mssl_schedule_ask(schedule, "a.test", MSSL_TASK_RESEND));
    assert_true(mssl_schedule_take(schedule, now, &turn));
    assert_true(turn.is_asked && turn.task == MSSL_TASK_RESEND);
}

/* A name that another's certificate serves has no turn of its own, until that is forgotten. */
static void test_turns(void **state)
{
    static const char *argv[] = { "/none", NULL };
    apr_time_t now = apr_time_from_sec(1800000000);
    desk_t *desk = *state;
    mssl_schedule_t *schedule;
    mssl_turn_t turn;
    mssl_job_t job;

    list(desk, "b.test nocheck\n");
    want(desk, "a.test b.test");
    APR_ARRAY_PUSH(desk->issuing.issuers, mssl_issuer_t) =
        (mssl_issuer_t){ .name = "shop", .argv = argv, .by_request = 1 };
    APR_ARRAY_PUSH(desk->issuing.issuers, mssl_issuer_t) = (mssl_issuer_t){ .name = "free", .argv = argv };
    schedule = mssl_schedule_make(&desk->issuing, mssl_ledger_make(-1, desk->pool), desk->pool);
    mssl_job_init(&job, "a.test", now);
    job.state = MSSL_JOB_INSTALLED;
    job.next = now + apr_time_from_sec(86400);
    MSSL_JOB_SET(job.serial, "01");
    MSSL_JOB_SET(job.issuer, "shop");
    MSSL_JOB_SET(job.names, "a.test b.test");
    MSSL_JOB_SET(job.filed, "a.test b.test");
    mssl_schedule_put(schedule, &job, now);
    mssl_schedule_permit(schedule, read_permits(desk), now);
    mssl_schedule_survey(schedule, is_served, NULL, now);
    assert_false(mssl_schedule_take(schedule, now, &turn));
    /* It is filed alone now: the other one is looked at. */
    job.filed[0] = '\0';
    mssl_schedule_put(schedule, &job, now);
    mssl_schedule_permit(schedule, read_permits(desk), now);
    assert_true(mssl_schedule_take(schedule, now, &turn));
    assert_string_equal(turn.name, "b.test");
    assert_int_equal(turn.is_asked, 0);
    /* Declined: what served before is made anew at its time, if there is one. */
    job.state = MSSL_JOB_DECLINED;
    mssl_schedule_put(schedule, &job, now);
    assert_false(mssl_schedule_take(schedule, now, &turn));
    assert_true(mssl_schedule_take(schedule, job.next, &turn));
    assert_string_equal(turn.name, "a.test");
    job.next = 0;
    mssl_schedule_put(schedule, &job, now);
    assert_false(mssl_schedule_take(schedule, now + apr_time_from_sec(86400000), &turn));
    test_asked(schedule, &job, now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test_setup_teardown(test_request, begin, end),
        cmocka_unit_test_setup_teardown(test_permits, begin, end),
        cmocka_unit_test_setup_teardown(test_turns, begin, end),
    };

    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
