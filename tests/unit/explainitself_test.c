/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/itself.h"
#include "lib/explain/job.h"
#include "lib/issue/job.h"

#define NOW apr_time_from_sec(1800000000)
#define ENDS (NOW + apr_time_from_sec(86400 * 3000))
#define FILED "Once 'msslctl job a.example' says that it is installed, "

typedef struct desk_t {
    apr_pool_t *pool;
    mssl_job_t job;
    mssl_explain_facts_t facts;
    mssl_explained_t explained;
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    mssl_job_init(&desk->job, "a.example", NOW);
    desk->facts = (mssl_explain_facts_t){
        .given = "a.example", .name = "a.example", .now = NOW, .within = 7, .is_known = 1, .nlooks = 1,
        .is_issuing = 1, .switch_url = "https://switch.example/", .redirects_nosni = 1,
        .look = { { .key = "a.example", .is_found = 1, .state = MSSL_STATE_VALID, .types = 2,
                    .signs_itself = 1, .not_after = ENDS, .store = "dir:/s", .file = "/s/a.example.pem" } },
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

/* @return the problem's text; NULL: there is none */
static const char *explain(desk_t *desk)
{
    mssl_explained_t *explained = &desk->explained;
    int i;

    mssl_explain(explained, &desk->facts, desk->pool);
    mssl_explain_job(explained, &desk->facts, desk->pool);
    mssl_explain_itself(explained, &desk->facts, desk->pool);
    for (i = 0; i < explained->nproblems; i++) {
        if (strcmp(explained->problem[i].id, "signs_itself") == 0) {
            return explained->problem[i].text;
        }
    }
    return NULL;
}

static void assert_fix(const desk_t *desk, int i, const char *text, const char *command)
{
    assert_within(i, 0, desk->explained.nfixes - 1);
    assert_non_null(strstr(desk->explained.fix[i].text, text));
    if (command == NULL) {
        assert_null(desk->explained.fix[i].command);
    }
    else {
        assert_string_equal(desk->explained.fix[i].command, command);
    }
}

/* What a store has goes before what is issued: first the one, then the other. */
static void test_filed(void **state)
{
    desk_t *desk = *state;

    assert_non_null(strstr(explain(desk), "none is ordered before it is urgent"));
    assert_string_equal(desk->explained.sentence, "served, but ITS CERTIFICATE SIGNS ITSELF: browsers warn "
                                                  "of it.");
    assert_int_equal(desk->explained.severity, MSSL_SEVERITY_ATTENTION);
    assert_int_equal(desk->explained.nfixes, 2);
    assert_fix(desk, 0, "Have one issued all the same", "msslctl retry a.example");
    assert_fix(desk, 1, FILED "take its file away: then", "mv /s/a.example.pem /s/a.example.pem.away");
}

/* A name that is in the way of no command, and files that are more than one, or not ours to name. */
static void test_forms(void **state)
{
    static const struct {
        const char *store, *file, *text, *command;
    } rows[] = {
        { "dir:/s", "/s/a.example.crt", "take it away with its key: /s/a.example.crt", NULL },
        { "dir:/s", "/s/a.example/fullchain.pem", "take it away with its key", NULL },
        { "dir:/s s", "/s s/a.example.pem", "take it away with its key", NULL },
        { "map:/etc/map", "/srv/x.pem", "take its line out of /etc/map", NULL },
        { "MSSLCertificate", "/srv/x.pem", "take it out of MSSLCertificate", NULL },
    };
    desk_t *desk = *state;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        desk->facts.look[0].store = rows[i].store;
        desk->facts.look[0].file = rows[i].file;
        assert_non_null(explain(desk));
        assert_fix(desk, 0, "Have one issued", "msslctl retry a.example");
        assert_fix(desk, 1, rows[i].text, rows[i].command);
    }
}

/* What is issued goes before it: nothing is to be taken away. */
static void test_behind(void **state)
{
    desk_t *desk = *state;

    desk->facts.look[0].store = "SSLCertificateFile";
    assert_non_null(explain(desk));
    assert_int_equal(desk->explained.nfixes, 1);
    assert_fix(desk, 0, "Have one issued", "msslctl retry a.example");
    desk->facts.look[0].store = "dir:/s";
    desk->facts.look[0].key = "*.example";
    assert_non_null(explain(desk));
    assert_int_equal(desk->explained.nfixes, 1);
}

static void test_ordered(void **state)
{
    desk_t *desk = *state;

    desk->facts.job = &desk->job;
    desk->job.state = MSSL_JOB_ORDERED;
    assert_null(strstr(explain(desk), "none is ordered"));
    assert_int_equal(desk->explained.nfixes, 1);
    assert_fix(desk, 0, FILED "take its file away", "mv /s/a.example.pem /s/a.example.pem.away");
    desk->job.state = MSSL_JOB_INSTALLED;
    desk->job.not_after = NOW + apr_time_from_sec(86400 * 90);
    assert_non_null(explain(desk));
    assert_int_equal(desk->explained.nfixes, 1);
    assert_fix(desk, 0, "One is issued, and waits behind it: take its file away.",
               "mv /s/a.example.pem /s/a.example.pem.away");
    /* An own authority's: it is the one that was issued. */
    desk->job.not_after = ENDS;
    assert_null(explain(desk));
    assert_int_equal(desk->explained.severity, MSSL_SEVERITY_FINE);
    /* Whom nobody vouches for any more. */
    desk->job.state = MSSL_JOB_GONE;
    assert_non_null(explain(desk));
    assert_fix(desk, 0, "Have one issued", "msslctl retry a.example");
}

static void test_without_issuing(void **state)
{
    desk_t *desk = *state;

    desk->facts.is_issuing = 0;
    assert_null(strstr(explain(desk), "ordered"));
    assert_int_equal(desk->explained.nfixes, 1);
    assert_fix(desk, 0, "that an authority has signed", "msslctl install a.example CERT KEY [CHAIN]");
}

static void test_others(void **state)
{
    desk_t *desk = *state;

    desk->facts.look[0].signs_itself = 0;
    assert_null(explain(desk));
    assert_int_equal(desk->explained.severity, MSSL_SEVERITY_FINE);
    /* There is worse. */
    desk->facts.look[0].signs_itself = 1;
    desk->facts.look[0].state = MSSL_STATE_EXPIRED;
    assert_null(explain(desk));
    desk->facts.look[0].state = MSSL_STATE_URGENT;
    assert_null(strstr(explain(desk), "none is ordered"));
    assert_non_null(strstr(desk->explained.sentence, "URGENT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ordered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_issuing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
