/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/job.h"
#include "lib/explain/preflight.h"
#include "lib/explain/write.h"

#define NOW apr_time_from_sec(1800000000)
#define WHY "another server answers for a.example at 192.0.2.80"

typedef struct desk_t {
    apr_pool_t *pool;
    mssl_job_t job;
    mssl_explain_preflight_t seen;
    mssl_explain_facts_t facts;
    mssl_explained_t explained;
    const char *text;
} desk_t;

static const mssl_explain_spot_t spots[] = {
    { "198.51.100.4", MSSL_FOUND_OURS, 200 },
    { "192.0.2.80", MSSL_FOUND_ELSEWHERE, 404 },
    { "2001:db8::80", MSSL_FOUND_UNKNOWN, 0 },
};

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    mssl_job_init(&desk->job, "a.example", NOW);
    desk->seen = (mssl_explain_preflight_t){ MSSL_FOUND_ELSEWHERE, WHY, COUNT(spots), spots };
    desk->facts = (mssl_explain_facts_t){
        .given = "a.example", .name = "a.example", .now = NOW, .within = 7, .is_known = 1,
        .is_issuing = 1, .preflight = &desk->seen,
        .site = { .by = MSSL_SITE_BY_NAME, .server_name = "a.example", .is_guarded = 1 },
    };
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

/* Lines, and JSON. */
static const char *explain(desk_t *desk)
{
    mssl_explain_line_t line[MSSL_EXPLAIN_LINES_MAX];
    int n, i;

    mssl_explain(&desk->explained, &desk->facts, desk->pool);
    mssl_explain_job(&desk->explained, &desk->facts, desk->pool);
    mssl_explain_preflight(&desk->explained, &desk->facts, desk->pool);
    desk->text = "";
    n = mssl_explain_lines(line, &desk->explained, &desk->facts, desk->pool);
    for (i = 0; i < n; i++) {
        desk->text = apr_pstrcat(desk->pool, desk->text, line[i].label, "|", line[i].text, "\n", NULL);
    }
    assert_int_equal(mssl_explain_json(&desk->explained, &desk->facts, collect, desk), APR_SUCCESS);
    return desk->text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, text);
    }
}

/* Each address, for people and programs. */
static void test_told(void **state)
{
    desk_t *desk = *state;
    const char *text = explain(desk);

    assert_has(text, "Now|A 198.51.100.4: a token came back from there\n"
                     "|A 192.0.2.80: another server answers there (status 404 to a file of ours)\n"
                     "|AAAA 2001:db8::80: nobody answers who can be asked from here\n");
    assert_has(text, "\"preflight\":{");
    assert_has(text, "\"found\":\"elsewhere\"");
    assert_has(text, "\"text\":\"" WHY "\"");
    assert_has(text, "\"address\":\"192.0.2.80\"");
    assert_has(text, "\"status\":404");
    assert_has(text, "\"status\":null");
    desk->seen.n = 1;
    desk->seen.found = MSSL_FOUND_OURS;
    desk->seen.text = "";
    assert_has(explain(desk), "Now|A 198.51.100.4: a token came back from there\n|it leads here\n");
    desk->seen.n = 0;
    desk->seen.found = MSSL_FOUND_NO_ADDRESS;
    desk->seen.text = "a.example has no address in the DNS";
    assert_has(explain(desk), "Now|a.example has no address in the DNS\n");
    desk->facts.preflight = NULL;
    text = explain(desk);
    assert_null(strstr(text, "Now|"));
    assert_has(text, "\"preflight\":null");
}

/* What would hold an order that nobody has made yet is the first thing to mend. */
static void test_held(void **state)
{
    desk_t *desk = *state;

    explain(desk);
    assert_string_equal(desk->explained.problem[0].id, "preflight");
    assert_has(desk->explained.problem[0].text, "no certificate is ordered as long as " WHY);
    assert_has(desk->explained.fix[0].text, "Point DNS (A and AAAA) to this server; ");
    desk->facts.job = &desk->job;
    desk->job.state = MSSL_JOB_WANTED;
    explain(desk);
    assert_string_equal(desk->explained.problem[0].id, "preflight");
    desk->seen.found = MSSL_FOUND_NO_ADDRESS;
    explain(desk);
    assert_string_equal(desk->explained.fix[0].text, "Add an A or AAAA record.");
    /* Nobody answers: no reason not to order. */
    desk->seen.found = MSSL_FOUND_UNKNOWN;
    explain(desk);
    assert_int_equal(desk->explained.nproblems, 0);
    /* Who is served misses nothing. */
    desk->seen.found = MSSL_FOUND_ELSEWHERE;
    desk->facts.nlooks = 1;
    desk->facts.look[0] = (mssl_explain_look_t){ .key = "a.example", .is_found = 1, .types = 2,
                                                 .state = MSSL_STATE_VALID,
                                                 .not_after = NOW + apr_time_from_sec(86400 * 60) };
    explain(desk);
    assert_int_equal(desk->explained.nproblems, 0);
}

/* What was in the way of a job, and whether it is still. */
static void test_failed(void **state)
{
    static const mssl_class_t classes[] = { MSSL_CLASS_DNS, MSSL_CLASS_ELSEWHERE, MSSL_CLASS_CONNECTION };
    desk_t *desk = *state;
    size_t i;

    desk->facts.job = &desk->job;
    desk->job.state = MSSL_JOB_FAILED;
    for (i = 0; i < COUNT(classes); i++) {
        desk->job.class = classes[i];
        desk->seen.found = MSSL_FOUND_ELSEWHERE;
        explain(desk);
        assert_int_equal(desk->explained.nproblems, 1);
        assert_null(strstr(desk->explained.fix[0].text, "It leads here now"));
        assert_string_equal(desk->explained.fix[0].command, "msslctl retry a.example");
        desk->seen.found = MSSL_FOUND_OURS;
        explain(desk);
        assert_has(desk->explained.fix[0].text, "It leads here now.");
        assert_string_equal(desk->explained.fix[0].command, "msslctl retry a.example");
    }
    desk->job.class = MSSL_CLASS_CAA;
    explain(desk);
    assert_has(desk->explained.fix[0].text, "CAA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_held, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
