/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/job.h"
#include "lib/explain/write.h"
#include "lib/issue/job.h"

#define NOW apr_time_from_sec(1800000000)
#define AT "2027-01-15T08:00:00Z" /* NOW */

typedef struct desk_t {
    apr_pool_t *pool;
    const char *text;
    mssl_job_t job;
    mssl_explained_t explained;
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    desk->text = "";
    mssl_job_init(&desk->job, "a.example", NOW);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    apr_pool_destroy(desk->pool);
    free(desk);
    apr_terminate();
    return 0;
}

static apr_status_t collect(void *baton, const char *data, size_t len)
{
    desk_t *desk = baton;

    desk->text = apr_pstrcat(desk->pool, desk->text, apr_pstrmemdup(desk->pool, data, len), NULL);
    return APR_SUCCESS;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, text);
    }
}

/* All that is told, in one text: sentence, lines, problems, fixes, JSON. */
static const char *explain(desk_t *desk, int is_serving)
{
    mssl_explain_facts_t facts = {
        .given = "a.example", .name = "a.example", .now = NOW, .within = 7, .is_known = 1,
        .job = &desk->job, .nlooks = 1,
        .look = { { .key = "a.example", .is_found = is_serving, .state = MSSL_STATE_VALID,
                    .types = is_serving ? 2 : 0, .not_after = NOW + apr_time_from_sec(86400 * 60) } },
        .site = { .by = MSSL_SITE_BY_NAME, .server_name = "a.example", .is_guarded = 1 },
    };
    mssl_explain_line_t line[MSSL_EXPLAIN_LINES_MAX];
    int n, i;

    mssl_explain(&desk->explained, &facts, desk->pool);
    mssl_explain_job(&desk->explained, &facts, desk->pool);
    desk->text = "";
    n = mssl_explain_lines(line, &desk->explained, &facts, desk->pool);
    for (i = 0; i < n; i++) {
        desk->text = apr_pstrcat(desk->pool, desk->text, line[i].label, "|", line[i].text, "\n", NULL);
    }
    assert_int_equal(mssl_explain_json(&desk->explained, &facts, collect, desk), APR_SUCCESS);
    return desk->text;
}

static void test_making(void **state)
{
    desk_t *desk = *state;
    const char *text;

    desk->job.state = MSSL_JOB_ORDERED;
    MSSL_JOB_SET(desk->job.issuer, "le");
    text = explain(desk, 0);
    assert_int_equal(desk->explained.verdict, MSSL_EXPLAIN_NO_CERTIFICATE);
    assert_has(desk->explained.sentence, "NO CERTIFICATE YET: it is being made.");
    assert_has(text, "Issuing|ordered since " AT ", by le\n");
    assert_has(text, "\"state\":\"ordered\"");
    assert_string_equal(desk->explained.fix[0].command, "msslctl job a.example");
    assert_has(desk->explained.fix[1].command, "msslctl install a.example");
    assert_int_equal(desk->explained.with_sni.status, 421);
    /* A renewal under way is nobody's business. */
    explain(desk, 1);
    assert_int_equal(desk->explained.severity, MSSL_SEVERITY_FINE);
    assert_int_equal(desk->explained.nproblems, 0);
}

/* A wildcard that covers it is said, and typed, as what it is. */
static void test_wildcard(void **state)
{
    desk_t *desk = *state;
    const char *text;

    mssl_job_init(&desk->job, "*.example", NOW);
    desk->job.state = MSSL_JOB_ORDERED;
    text = explain(desk, 0);
    assert_has(text, "Issuing|*.example: ordered since " AT "\n");
    assert_has(text, "\"name\":\"*.example\"");
    assert_string_equal(desk->explained.fix[0].command, "msslctl job '*.example'");
}

static void test_failed(void **state)
{
    desk_t *desk = *state;
    const char *text;

    desk->job.state = MSSL_JOB_FAILED;
    desk->job.class = MSSL_CLASS_ELSEWHERE;
    desk->job.failures = 3;
    desk->job.next = NOW + apr_time_from_sec(600);
    MSSL_JOB_SET(desk->job.text, "203.0.113.9 answers, which is another server");
    MSSL_JOB_SET(desk->job.said, "the CA's own words");
    text = explain(desk, 0);
    assert_has(text, "Problem|its certificate could not be made (elsewhere): 203.0.113.9 answers, which "
                     "is another server; tried again 2027-01-15T08:10:00Z\n");
    assert_has(text, "Issuing|failed since " AT ", 3 failures: the CA's own words\n");
    assert_has(text, "\"class\":\"elsewhere\"");
    assert_has(text, "\"id\":\"job_failed\"");
    assert_string_equal(desk->explained.fix[0].command, "msslctl retry a.example");
    assert_int_equal(desk->explained.severity, MSSL_SEVERITY_BROKEN);
    /* A renewal that fails: visitors are served. */
    explain(desk, 1);
    assert_int_equal(desk->explained.severity, MSSL_SEVERITY_ATTENTION);
    /* A limit is waited for. */
    desk->job.class = MSSL_CLASS_LIMIT;
    explain(desk, 0);
    assert_null(desk->explained.fix[0].command);
    /* So is an authority that is out; with nothing planned it is an admin's turn. */
    desk->job.class = MSSL_CLASS_CA;
    explain(desk, 0);
    assert_has(desk->explained.fix[0].text, "tried again by itself");
    assert_string_equal(desk->explained.fix[0].command, "msslctl retry a.example");
    desk->job.next = 0;
    explain(desk, 0);
    assert_has(desk->explained.fix[0].text, "Mend what is in the way");
}

static void test_others(void **state)
{
    desk_t *desk = *state;
    const char *text;

    desk->job.state = MSSL_JOB_PENDING;
    desk->job.until = NOW;
    MSSL_JOB_SET(desk->job.waits_for, "msslctl approve");
    text = explain(desk, 0);
    assert_has(desk->explained.sentence, "it waits for somebody");
    assert_has(text, "Problem|its certificate waits for msslctl approve, until " AT "\n");
    desk->job.state = MSSL_JOB_DECLINED;
    assert_has(explain(desk, 0), "\"id\":\"job_declined\"");
    desk->job.state = MSSL_JOB_GONE;
    assert_has(explain(desk, 1), "not renewed; out of service " AT);
    assert_int_equal(desk->explained.severity, MSSL_SEVERITY_ATTENTION);
    desk->job.state = MSSL_JOB_INSTALLED;
    desk->job.renew = NOW;
    text = explain(desk, 1);
    assert_has(text, "Issuing|installed since " AT ", renewed " AT "\n");
    assert_int_equal(desk->explained.nproblems, 0);
}

/* No more fixes than there is room for, and the likeliest first. */
static void test_full(void **state)
{
    desk_t *desk = *state;
    mssl_explain_facts_t facts = { .name = "a.example", .job = &desk->job };
    int i;

    desk->job.state = MSSL_JOB_FAILED;
    memset(&desk->explained, 0, sizeof(desk->explained));
    for (i = 0; i < MSSL_EXPLAIN_FIXES_MAX; i++) {
        mssl_explain_add_fix(&desk->explained, "other", NULL);
    }
    mssl_explain_job(&desk->explained, &facts, desk->pool);
    assert_int_equal(desk->explained.nfixes, MSSL_EXPLAIN_FIXES_MAX);
    assert_string_equal(desk->explained.fix[0].command, "msslctl retry a.example");
    assert_string_equal(desk->explained.fix[MSSL_EXPLAIN_FIXES_MAX - 1].text, "other");
    facts.job = NULL;
    mssl_explain_job(&desk->explained, &facts, desk->pool);
    assert_int_equal(desk->explained.nproblems, 1);
    assert_null(mssl_explain_job_text(&facts, desk->pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_making, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wildcard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("explainjob", tests, NULL, NULL);
}
