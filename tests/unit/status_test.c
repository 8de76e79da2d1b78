/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/status/html.h"
#include "lib/status/json.h"
#include "lib/status/prometheus.h"
#include "lib/status/query.h"

#define DAY apr_time_from_sec(86400)
#define NOW (20000 * DAY)

/* What a customer may call his files. */
#define FOREIGN "/s/<b>\"'&\\\n\033[31m\xe2\x80\xae\xff.pem"

typedef struct desk_t {
    apr_pool_t *pool;
    char *text; /* what was written so far */
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
    desk->text = apr_pstrdup(desk->pool, "");
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

static apr_status_t refuse(void *baton, const char *data, size_t len)
{
    (void)data;
    (void)len;
    ++*(int *)baton;
    return APR_EGENERAL;
}

static const mssl_index_store_t stores[] = {
    { .label = "dir:" FOREIGN, .is_reachable = 1, .can_list = 1, .names = 3, .certificates = 2,
      .bad = 1, .soonest = NOW + 9 * DAY, .states = { [MSSL_STATE_BAD] = 1,
                                                      [MSSL_STATE_URGENT] = 1 } },
    { .label = "map:/gone", .can_list = 1, .reason = "no such file" },
};

static const mssl_index_row_t rows[] = {
    { .name = "bad.example", .state = MSSL_STATE_BAD, .file = FOREIGN, .reason = FOREIGN,
      .store_label = "dir:" FOREIGN, .since = NOW - DAY },
    { .name = "soon.example", .state = MSSL_STATE_URGENT, .not_after = NOW + 9 * DAY + 1,
      .types = 1u << MSSL_KEY_ECDSA, .file = "/s/soon.example.pem", .store_label = "dir:/s" },
};

static const mssl_index_summary_t summary = {
    .made = NOW, .names = 3, .certificates = 2, .nstores = 2, .store = stores, .nattention = 2,
    .attention = rows, .states = { [MSSL_STATE_BAD] = 1, [MSSL_STATE_URGENT] = 1,
                                   [MSSL_STATE_VALID] = 1 },
    .expiries = { [9] = 1, [60] = 1 },
    .walk = { .is_complete = 1, .started = NOW - DAY, .ended = NOW - DAY + 1500000,
              .took = 1500000, .next = NOW + DAY, .seen = 3 },
};

static mssl_status_facts_t make_facts(void)
{
    mssl_status_facts_t facts = { .now = NOW, .key_access = "broker", .is_inventory_on = 1,
                                  .index = &summary, .is_intent_cache_up = 1,
                                  .broker = { 1, 1, 42, NOW - DAY } };

    facts.server.version = "0.9.0";
    facts.server.httpd = "Apache/2.4";
    facts.server.openssl = "OpenSSL 3";
    facts.server.hostname = "host.example";
    facts.server.started = NOW - DAY;
    facts.totals.n[MSSL_COUNT_BY_SNI] = 7;
    return facts;
}

static void assert_has(const desk_t *desk, const char *part)
{
    if (strstr(desk->text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, desk->text);
    }
}

static void assert_has_not(const desk_t *desk, const char *part)
{
    if (strstr(desk->text, part) != NULL) {
        fail_msg("'%s' in:\n%s", part, desk->text);
    }
}

static void test_json(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();
    const char *at;

    assert_int_equal(mssl_status_json(&facts, collect, desk, desk->pool), APR_SUCCESS);
    assert_has(desk, "\"schema\":\"mssl/1\"");
    assert_has(desk, "\"alive\":true");
    assert_has(desk, "\"steward\":{\n    \"alive\":null,");
    assert_has(desk, "\"sni\":7");
    assert_has(desk, "\"days_left\":9");
    assert_has(desk, "\"attention_cut\":0");
    assert_has(desk, "\"tag\":\"MSSL0110\"");
    for (at = desk->text; *at != '\0'; at++) {
        assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
    }
}

static void test_nothing_known(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();

    facts.index = NULL;
    mssl_status_json(&facts, collect, desk, desk->pool);
    assert_has(desk, "\"names\":null");
    assert_has(desk, "\"attention_cut\":null");
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "have not been looked through yet");
    mssl_status_prometheus(&facts, NULL, collect, desk, desk->pool);
    assert_has_not(desk, "mssl_names");
}

static void test_html_escapes(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();
    mssl_status_list_t list = { NULL, "bad", NULL };
    mssl_index_query_t query = { .text = "\"><script>", .store = "dir:/a b&c" };
    mssl_index_list_t page = { 2, rows, "soon example" };

    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "2 of 3 names need attention, visitors of some meet a warning, and 1 store "
               "cannot be read.");
    list.query = &query;
    list.list = &page;
    mssl_status_html_list(&facts, &list, collect, desk, desk->pool);
    assert_has(desk, "?list=1&amp;state=bad&amp;store=dir%3A%2Fa%20b%26c&amp;q=%22%3E%3Cscript%3E"
               "&amp;after=soon%20example");
    assert_has_not(desk, "<b>");
    assert_has_not(desk, "<script");
    assert_has_not(desk, "\033");
    assert_has_not(desk, "\xe2\x80\xae");
}

static void test_prometheus(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();
    mssl_index_list_t worst = { 1, &rows[1], NULL };

    mssl_status_prometheus(&facts, &worst, collect, desk, desk->pool);
    assert_has(desk, "\nmssl_handshakes_total{by=\"sni\"} 7\n");
    assert_has(desk, "\nmssl_broker_up 1\n");
    assert_has(desk, "\nmssl_store_up{store=\"map:/gone\"} 0\n");
    assert_has(desk, "\nmssl_names{store=\"dir:/s/<b>\\\"'&\\\\??[31m??.pem\",state=\"bad\"} 1\n");
    assert_has(desk, "_not_after_timestamp_seconds{name=\"soon.example\",store=\"dir:/s\","
               "key_type=\"ECDSA\"} 1728777600\n");
    assert_has(desk, "\nmssl_certificate_names_cut 1\n");
    assert_has(desk, "\nmssl_inventory_walk_duration_seconds 1.500\n");
}

static void test_summary(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();

    facts.is_summary = 1;
    mssl_status_json(&facts, collect, desk, desk->pool);
    mssl_status_html(&facts, collect, desk, desk->pool);
    mssl_status_prometheus(&facts, NULL, collect, desk, desk->pool);
    assert_has(desk, "\"label\":\"2\"");
    assert_has(desk, "\"attention_cut\":2");
    assert_has_not(desk, "example");
    assert_has_not(desk, "dir:");
    assert_has_not(desk, "/gone");
    assert_has_not(desk, "no such file");
}

/* What the steward wrote of itself: its texts are foreign, its words are not. */
static void test_steward(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();
    mssl_standing_t standing = { .pid = 7, .started = NOW - DAY, .seen = NOW, .generation = 4,
                                 .n = 1, .cut = 2 };

    standing.count[MSSL_EVENT_DIGEST][MSSL_RESULT_FAILED] = 3;
    strcpy(standing.command[0].program, "/x/<b>\"\n\033[2J");
    standing.command[0].every = apr_time_from_sec(3600);
    standing.command[0].event = MSSL_EVENT_DIGEST;
    standing.command[0].result = MSSL_RESULT_FAILED;
    standing.command[0].tried = NOW - 1;
    standing.command[0].next = NOW + DAY;
    standing.command[0].failures = 3;
    facts.steward = (mssl_status_process_t){ 1, 1, 7, NOW - DAY };
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "The steward has told nothing of itself yet.");
    facts.standing = &standing;
    desk->text = "";
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "<h2>Steward</h2>");
    assert_has(desk, "digest: failed, ");
    assert_has(desk, "And 2 more.");
    assert_has_not(desk, "<b>");
    assert_has_not(desk, "\033");
    mssl_status_prometheus(&facts, NULL, collect, desk, desk->pool);
    assert_has(desk, "\nmssl_notifications_total{event=\"digest\",result=\"failed\"} 3\n");
    assert_has(desk, "\nmssl_notifications_total{event=\"inventory_down\",result=\"told\"} 0\n");
    assert_has(desk, "\nmssl_notifications_total{event=\"declined\",result=\"failed\"} 0\n");
    assert_has_not(desk, "event=\"test\"");
    desk->text = "";
    mssl_status_json(&facts, collect, desk, desk->pool);
    assert_has(desk, "\"digest\":{\"told\":0,\"failed\":3}");
    assert_has(desk, "\"generation\":4");
    assert_has(desk, "\"next\":\"2024-10-05T00:00:00Z\",\"failures\":3");
    /* Nobody writes it any more: nobody will try again. */
    facts.is_standing_old = facts.is_summary = 1;
    desk->text = "";
    mssl_status_json(&facts, collect, desk, desk->pool);
    assert_has(desk, "\"next\":null,\"failures\":3");
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "The steward does not run, or hangs: it was last seen 2024-10-04 00:00 UTC.");
    assert_has_not(desk, "/x/");
}

/* A figure says when it was true, and none is no praise. */
static void test_verdict(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();
    mssl_index_summary_t index = { .names = 3, .walk = { .ended = NOW - DAY, .is_complete = 1 } };

    facts.index = &index;
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "All 3 names are fine.");
    assert_has(desk, "last looked through 2024-10-03 00:00 UTC");
    index.names = 1;
    desk->text = "";
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "\">1 name is fine.</p>");
    index.walk.is_complete = 0;
    desk->text = "";
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "\">1 name is fine so far.</p>");
    index.names = 0;
    index.walk.ended = 0;
    desk->text = "";
    mssl_status_html(&facts, collect, desk, desk->pool);
    assert_has(desk, "No store had a certificate.");
    assert_has_not(desk, "are fine");
    assert_has_not(desk, "last looked through");
}

/* What is issued: nothing is said where nothing is. */
static void test_jobs(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();
    mssl_standing_t standing = { .pid = 7, .started = NOW - DAY, .seen = NOW };

    facts.steward = (mssl_status_process_t){ 1, 1, 7, NOW - DAY };
    facts.standing = &standing;
    mssl_status_prometheus(&facts, NULL, collect, desk, desk->pool);
    mssl_status_html(&facts, collect, desk, desk->pool);
    mssl_status_json(&facts, collect, desk, desk->pool);
    assert_has_not(desk, "mssl_jobs");
    assert_has_not(desk, "mssl_orders_total");
    assert_has_not(desk, "Certificates that are made here");
    assert_has_not(desk, "could not be made");
    assert_has(desk, "\"jobs\":{}");
    assert_has(desk, "\"orders\":[]");
    standing.njobs = 2;
    standing.jobs[0] = (mssl_standing_jobs_t){ "installed", 12345 };
    standing.jobs[1] = (mssl_standing_jobs_t){ "failed", 1 };
    standing.norders = 1;
    standing.orders[0] = (mssl_standing_orders_t){ "le", 12400, 7 };
    desk->text = "";
    mssl_status_prometheus(&facts, NULL, collect, desk, desk->pool);
    mssl_status_html(&facts, collect, desk, desk->pool);
    mssl_status_json(&facts, collect, desk, desk->pool);
    assert_has(desk, "\nmssl_jobs{state=\"installed\"} 12345\n");
    assert_has(desk, "\nmssl_orders_total{issuer=\"le\",result=\"issued\"} 12400\n");
    assert_has(desk, "\nmssl_orders_total{issuer=\"le\",result=\"failed\"} 7\n");
    assert_has(desk, "Certificates that are made here: 12,345 installed, 1 failed.");
    assert_has(desk, "1 certificate could not be made: <code>msslctl jobs --state failed</code>");
    assert_has(desk, "\"installed\":12345");
    assert_has(desk, "\"issuer\":\"le\"");
    assert_has(desk, "\"issued\":12400");
}

/* Nothing more is written where a client has gone. */
static void test_sink_fails(void **state)
{
    desk_t *desk = *state;
    mssl_status_facts_t facts = make_facts();
    int n = 0;

    assert_int_equal(mssl_status_html(&facts, refuse, &n, desk->pool), APR_EGENERAL);
    assert_int_equal(mssl_status_prometheus(&facts, NULL, refuse, &n, desk->pool), APR_EGENERAL);
    assert_int_equal(n, 2);
}

static void test_days(void **state)
{
    (void)state;
    assert_int_equal(mssl_status_days(NOW, NOW), 0);
    assert_int_equal(mssl_status_days(NOW, NOW + DAY - 1), 0);
    assert_int_equal(mssl_status_days(NOW, NOW + DAY), 1);
    assert_int_equal(mssl_status_days(NOW, NOW - 1), -1);
    assert_int_equal(mssl_status_days(NOW, NOW - DAY - 1), -2);
}

static void test_queries(void **state)
{
    static const struct {
        const char *args, *says; /* NULL: accepted */
    } refused[] = {
        { NULL, NULL },
        { "", NULL },
        { "&&", NULL },
        { "format=json", NULL },
        { "list=1&state=bad&store=dir%3A/x&q=a+b&sort=expiry&after=x&limit=1000", NULL },
        { "names=1000&format=prometheus", NULL },
        { "host=", NULL },
        { "format=xml", "format: 'xml' is not accepted, use html, json or prometheus" },
        { "format", "format: '' is not accepted" },
        { "list=2", "list: '2'" },
        { "list=1&state=fine", "state: 'fine' is not accepted, use bad, expired" },
        { "list=1&sort=up", "sort: 'up' is not accepted, use expiry or name" },
        { "list=1&limit=0", "limit: '0'" },
        { "list=1&limit=1001", "limit: '1001'" },
        { "list=1&limit=99999999999999999999", "limit: '9999" },
        { "list=1&limit=1x", "limit: '1x'" },
        { "names=-1", "names: '-1'" },
        { "state=bad", "add list=1" },
        { "limit=5", "add list=1" },
        { "format=prometheus&list=1", "use html or json" },
        { "format=prometheus&host=a", "use html or json" },
        { "host=%", "host: a '%' in its value begins no escape" },
        { "host=%00", "host: a '%'" },
        { "%3Cb%3E=1", "'%3Cb%3E' is no parameter, use format" },
        { "x\n\xff=1", "'x\\x0a\\xff' is no parameter" },
    };
    desk_t *desk = *state;
    mssl_status_query_t query;
    size_t i;

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        mssl_reason_t why = { "" };
        apr_status_t rv = mssl_status_query_parse(&query, refused[i].args, desk->pool, &why);

        if ((rv == APR_SUCCESS) != (refused[i].says == NULL)
            || (rv != APR_SUCCESS && strstr(why.text, refused[i].says) == NULL)) {
            fail_msg("'%s': %d, %s", refused[i].args, rv, why.text);
        }
    }
    assert_int_equal(mssl_status_query_parse(&query, refused[4].args, desk->pool, NULL),
                     APR_SUCCESS);
    assert_int_equal(query.index.states, 1u << MSSL_STATE_BAD);
    assert_string_equal(query.index.store, "dir:/x");
    assert_string_equal(query.index.text, "a b");
    assert_int_equal(query.index.limit, 1000);
    assert_int_equal(query.index.sort, MSSL_INDEX_BY_EXPIRY);
}

static void test_accept(void **state)
{
    (void)state;
    assert_int_equal(mssl_status_query_accept(NULL), MSSL_STATUS_HTML);
    assert_int_equal(mssl_status_query_accept("*/*"), MSSL_STATUS_HTML);
    assert_int_equal(mssl_status_query_accept("text/html,application/json;q=0.9"), MSSL_STATUS_HTML);
    assert_int_equal(mssl_status_query_accept("application/json"), MSSL_STATUS_JSON);
    assert_int_equal(mssl_status_query_accept("application/openmetrics-text;version=1.0.0,"
                                              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
                     MSSL_STATUS_PROMETHEUS);
}

static void test_controls(void **state)
{
    static const unsigned controls[] = { 0, 9, 10, 27, 31, 127, 0x9b, 0xad, 0x61c, 0x200b, 0x200f,
                                         0x2028, 0x202e, 0x2066, 0x2069, 0xfeff, 0xe0001 };
    static const unsigned shown[] = { ' ', '~', 0xa0, 0xe9, 0x20ac, 0x4e2d, 0x1f600, 0xfffd };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        assert_true(mssl_utf8_is_control(controls[i]));
    }
    for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        assert_false(mssl_utf8_is_control(shown[i]));
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json),    TEST(test_nothing_known), TEST(test_html_escapes), TEST(test_verdict),
        TEST(test_prometheus), TEST(test_summary),    TEST(test_sink_fails),
        TEST(test_days),    TEST(test_queries),       TEST(test_accept),
        TEST(test_controls), TEST(test_steward),
        TEST(test_controls), TEST(test_jobs),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
