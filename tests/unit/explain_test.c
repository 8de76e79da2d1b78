/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "lib/explain/dns.h"
#include "lib/explain/live.h"
#include "lib/explain/near.h"
#include "lib/explain/write.h"
#include "lib/status/explain.h"

#define DAY apr_time_from_sec(86400)
#define NOW (20000 * DAY)
#define FOREIGN "/s/<b>\"'&$(reboot)\n\033[31m\xff.pem"

/* What lies in the stores. */
#define OWN(st, days) .nlooks = 2, .look = { \
    { .key = "a.example", .is_found = 1, .state = MSSL_STATE_##st, .store = "dir:/s", .types = 2, \
      .file = "/s/a.example.pem", .not_after = NOW + (days) * DAY + 1 }, { .key = "*.example" } }
#define OWN_NOTHING(st, f, why) .nlooks = 2, .look = { \
    { .key = "a.example", .is_found = 1, .state = MSSL_STATE_##st, .store = "dir:/s", .file = f, \
      .reason = why }, { .key = "*.example" } }
#define WILD(st) .nlooks = 2, .look = { { .key = "a.example" }, \
    { .key = "*.example", .is_found = 1, .state = MSSL_STATE_##st, .store = "dir:/s", .types = 2, \
      .file = "/s/_.example.pem", .not_after = NOW + 60 * DAY } }
#define BAD_AND_WILD .nlooks = 2, .look = { \
    { .key = "a.example", .is_found = 1, .state = MSSL_STATE_DEGRADED, .store = "dir:/s", \
      .file = "/s/a.example.pem", .reason = "cut off" }, \
    { .key = "*.example", .is_found = 1, .state = MSSL_STATE_VALID, .store = "dir:/s", .types = 2, \
      .not_after = NOW + 60 * DAY } }
#define NOTHING .nlooks = 2, .look = { { .key = "a.example" }, { .key = "*.example" } }
/* Where it is at home. */
#define HOME .site = { .by = MSSL_SITE_BY_NAME, .server_name = "a.example", .file = "a.conf", \
                       .line = 3, .address = "*:443", .is_guarded = 1 }
#define FIRST .site = { .by = MSSL_SITE_BY_FIRST, .server_name = "notice.example", \
                        .file = "0.conf", .line = 1, .is_guarded = 1 }
#define ALONE .site = { .by = MSSL_SITE_BY_FIRST, .server_name = "all.example", .is_guarded = 1, \
                        .is_alone = 1 }
#define UNGUARDED .site = { .by = MSSL_SITE_BY_NAME, .server_name = "a.example" }
#define CLIENTS .site = { .by = MSSL_SITE_BY_NAME, .server_name = "a.example", .is_guarded = 1, \
                          .asks_client_cert = 1 }
/* Settings. */
#define SWITCH .switch_url = "https://switch.example/", .redirects_nosni = 1
#define NAME .given = "a.example", .name = "a.example", .now = NOW, .within = 7
#define KNOWN NAME, .is_known = 1

static const char *const here[] = { "198.51.100.4" }, *const there[] = { "203.0.113.9" };
static const mssl_explain_dns_t elsewhere = { .has_a = 1, .has_aaaa = 1, .naddresses = 1, .na = 1,
                                              .address = there, .nexpected = 1, .expected = here };

typedef struct row_t {
    mssl_explain_facts_t facts;
    mssl_explain_verdict_t verdict;
    mssl_severity_t severity;
    const char *says;      /* in the sentence */
    const char *mends;     /* in a command; NULL: there is none */
    const char *browsers, *old; /* what they get */
    const char *http;      /* its answer */
} row_t;

#define FINE MSSL_SEVERITY_FINE
#define ATTENTION MSSL_SEVERITY_ATTENTION
#define BROKEN MSSL_SEVERITY_BROKEN
#define INSTALL "msslctl install a.example CERT KEY [CHAIN]"

static const row_t rows[] = {
    { { KNOWN, OWN(VALID, 54), HOME, SWITCH, .force = MSSL_FORCE_AUTO }, MSSL_EXPLAIN_FINE, FINE,
      "fine. Visitors get the site", NULL, "site", "redirect", "redirect" },
    { { KNOWN, WILD(VALID), HOME, SWITCH }, MSSL_EXPLAIN_FINE_WILDCARD, FINE,
      "by the wildcard certificate *.example", NULL, "site", "redirect", "site" },
    { { KNOWN, OWN(VALID, 54), HOME, SWITCH, .lacks_plain = 1 }, MSSL_EXPLAIN_FINE, FINE,
      "fine. Visitors get the site", NULL, "site", "redirect", "none" },
    { { KNOWN, OWN(VALID, 54), HOME, .redirects_nosni = 1 }, MSSL_EXPLAIN_NO_SNI_UNREACHABLE, FINE,
      "OLD PROGRAMS (no SNI) CANNOT REACH IT", NULL, "site", "page", "site" },
    { { KNOWN, OWN(VALID, 54), HOME, .rejects_nosni = 1 }, MSSL_EXPLAIN_FINE, FINE, "fine.", NULL,
      "site", "alert", "site" },
    { { KNOWN, OWN(VALID, 54), ALONE, SWITCH }, MSSL_EXPLAIN_FINE, FINE, "fine.", NULL, "site",
      "redirect", "site" },
    { { KNOWN, OWN(VALID, 54), CLIENTS, SWITCH }, MSSL_EXPLAIN_CLIENT_CERTIFICATE, FINE,
      "asks for one", NULL, "site", "redirect", "site" },
    { { KNOWN, NOTHING, HOME, SWITCH, .near = "aa.example" }, MSSL_EXPLAIN_NO_CERTIFICATE, BROKEN,
      "\"There is no certificate for this name\" (421)", INSTALL, "page", "page", "site" },
    { { KNOWN, NOTHING, HOME, SWITCH, .rejects_unknown = 1 }, MSSL_EXPLAIN_NO_CERTIFICATE, BROKEN,
      "handshake is refused", INSTALL, "alert", "page", "site" },
    { { KNOWN, OWN(AT_RISK, 1), HOME, SWITCH }, MSSL_EXPLAIN_AT_RISK, ATTENTION,
      "AT RISK. Visitors still get the site", INSTALL, "site", "redirect", "site" },
    { { KNOWN, BAD_AND_WILD, HOME, SWITCH }, MSSL_EXPLAIN_DEGRADED, ATTENTION,
      "wildcard only. Its own files are broken: cut off", INSTALL, "site", "redirect", "site" },
    { { KNOWN, OWN(SHADOWED, 5), HOME, SWITCH }, MSSL_EXPLAIN_SHADOWED, ATTENTION,
      "hidden by the older one", NULL, "site", "redirect", "site" },
    { { KNOWN, OWN(EXPIRING, 20), HOME, SWITCH }, MSSL_EXPLAIN_EXPIRING, ATTENTION,
      "ENDS in 20 days", INSTALL, "site", "redirect", "site" },
    { { KNOWN, OWN(URGENT, 0), HOME, SWITCH }, MSSL_EXPLAIN_URGENT, ATTENTION,
      "URGENT, ends within a day", INSTALL, "site", "redirect", "site" },
    { { KNOWN, OWN(EXPIRED, -4), HOME, SWITCH, .force = MSSL_FORCE_AUTO }, MSSL_EXPLAIN_EXPIRED,
      BROKEN, "EXPIRED 3 days ago", INSTALL, "site", "redirect", "site" },
    { { KNOWN, OWN(NOT_YET_VALID, 90), HOME, SWITCH, .force = MSSL_FORCE_ON },
      MSSL_EXPLAIN_NOT_YET_VALID, BROKEN, "NOT YET VALID", "timedatectl", "site", "redirect",
      "redirect" },
    { { KNOWN, OWN_NOTHING(BAD, "/s/a.example.pem", "no key in it"), HOME, SWITCH },
      MSSL_EXPLAIN_BAD, BROKEN, "(421): no key in it", INSTALL, "page", "page", "site" },
    { { KNOWN, OWN_NOTHING(EXCLUDED, "/s/a.example.none", NULL), HOME, SWITCH },
      MSSL_EXPLAIN_EXCLUDED, BROKEN, "on purpose", "rm /s/a.example.none", "page", "page", "site" },
    { { KNOWN, OWN_NOTHING(EXCLUDED, FOREIGN, NULL), HOME, SWITCH }, MSSL_EXPLAIN_EXCLUDED, BROKEN,
      "on purpose", NULL, "page", "page", "site" },
    { { KNOWN, WILD(VALID), FIRST, SWITCH }, MSSL_EXPLAIN_WRONG_SITE, BROKEN,
      "httpd gives it to the first, notice.example", "touch /s/a.example.none", "site", "redirect", "site" },
    { { KNOWN, OWN(VALID, 54), HOME, SWITCH, .dns = &elsewhere }, MSSL_EXPLAIN_ELSEWHERE, ATTENTION,
      "VISITORS GO ELSEWHERE. DNS says 203.0.113.9; this server is 198.51.100.4.", NULL, "site",
      "redirect", "site" },
    { { KNOWN, OWN(EXPIRED, -4), HOME, SWITCH, .dns = &elsewhere }, MSSL_EXPLAIN_EXPIRED, BROKEN,
      "EXPIRED 3 days ago", INSTALL, "site", "redirect", "site" },
    { { KNOWN, NOTHING, UNGUARDED }, MSSL_EXPLAIN_NOT_GUARDED, ATTENTION, "MSSLEngine is off",
      "apache2ctl graceful", NULL, NULL, NULL },
    { { KNOWN, NOTHING, HOME, SWITCH, .away = "map:/m" }, MSSL_EXPLAIN_STORE_UNREACHABLE, BROKEN,
      "map:/m cannot be read", NULL, "page", "page", "site" },
    { { NAME, HOME, SWITCH }, MSSL_EXPLAIN_UNKNOWN, MSSL_SEVERITY_UNKNOWN, "not known yet", NULL,
      NULL, NULL, NULL },
    { { .given = FOREIGN, .now = NOW }, MSSL_EXPLAIN_NOT_A_NAME,
      MSSL_SEVERITY_UNKNOWN, "not a name: a host name has letters", NULL, NULL, NULL, NULL },
};

typedef struct desk_t {
    apr_pool_t *pool;
    char *text;
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    apr_initialize();
    apr_pool_create(&desk->pool, NULL);
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

static void check_way(const char *what, const char *is, const char *wanted)
{
    if ((is == NULL) != (wanted == NULL) || (is != NULL && strcmp(is, wanted) != 0)) {
        fail_msg("%s: %s, not %s", what, is, wanted);
    }
}

static void check_row(const row_t *row, desk_t *desk)
{
    const char *word = mssl_explain_word(row->verdict), *command = NULL;
    mssl_explained_t got;
    int i;

    mssl_explain(&got, &row->facts, desk->pool);
    mssl_explain_dns(&got, &row->facts, desk->pool);
    if (got.verdict != row->verdict || got.severity != row->severity
        || strstr(got.sentence, row->says) == NULL) {
        fail_msg("%s: it is %s, '%s'", word, mssl_explain_word(got.verdict), got.sentence);
    }
    for (i = 0; i < got.nfixes; i++) {
        command = got.fix[i].command != NULL ? got.fix[i].command : command;
    }
    check_way(word, command, row->mends);
    check_way(word, got.with_sni.answer, row->browsers);
    check_way(word, got.without_sni.answer, row->old);
    check_way(word, got.http.answer, row->http);
    /* Whoever is not served is told what to do. */
    assert_true(row->severity == FINE || got.nfixes > 0);
}

static void test_verdicts(void **state)
{
    int seen[MSSL_EXPLAIN_VERDICTS] = { 0 }, verdict;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(&rows[i], *state);
        seen[rows[i].verdict] = 1;
    }
    for (verdict = 0; verdict < MSSL_EXPLAIN_VERDICTS; verdict++) {
        assert_true(seen[verdict]);
    }
}

/* No foreign byte gets out of its quotes. */
static void test_escapes(void **state)
{
    desk_t *desk = *state;
    mssl_explain_facts_t facts = { KNOWN, OWN_NOTHING(BAD, FOREIGN, FOREIGN), SWITCH,
                                   .near = FOREIGN, .site = { .by = MSSL_SITE_BY_NAME,
                                                              .server_name = FOREIGN,
                                                              .file = FOREIGN, .is_guarded = 1 } };
    mssl_explained_t explained;
    const char *at;

    facts.given = FOREIGN;
    mssl_explain(&explained, &facts, desk->pool);
    desk->text = "";
    assert_int_equal(mssl_explain_json(&explained, &facts, collect, desk), APR_SUCCESS);
    for (at = desk->text; *at != '\0'; at++) {
        assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
    }
    assert_non_null(strstr(desk->text, "\"verdict\":\"bad\""));
    desk->text = "";
    assert_int_equal(mssl_status_html_explain(&explained, &facts, collect, desk, desk->pool),
                     APR_SUCCESS);
    assert_null(strstr(desk->text, "<b>"));
    assert_null(strstr(desk->text, "\033"));
    assert_non_null(strstr(desk->text, "&lt;b&gt;"));
}

static void test_lines(void **state)
{
    desk_t *desk = *state;
    mssl_explain_line_t line[MSSL_EXPLAIN_LINES_MAX];
    mssl_explained_t explained;
    int n;

    mssl_explain(&explained, &rows[0].facts, desk->pool);
    n = mssl_explain_lines(line, &explained, &rows[0].facts, desk->pool);
    assert_int_equal(n, 7);
    assert_string_equal(line[0].label, "Certificate");
    assert_string_equal(line[0].text, "ECDSA, until 2024-11-27 (54 days)");
    assert_string_equal(line[1].text, "a.example: /s/a.example.pem (store dir:/s)");
    assert_string_equal(line[2].text, "*.example: nothing");
    assert_string_equal(line[3].text, "virtual host a.example (a.conf:3), https on *:443");
    assert_string_equal(line[6].text, "goes to https (MSSLForceHTTPS auto)");
}

static void see_old(char *text, size_t size, const mssl_explain_visit_t *visit, void *desk_of)
{
    static const unsigned char own[MSSL_SHA256_LEN] = { 1 };
    mssl_explain_facts_t facts = { KNOWN, OWN(VALID, 54), HOME, SWITCH, .nvisits = 1, .visit = visit };
    mssl_explain_line_t line[MSSL_EXPLAIN_LINES_MAX];
    mssl_explained_t explained;
    desk_t *desk = desk_of;
    int n, i;

    facts.look[0].sha256[MSSL_KEY_ECDSA] = own;
    mssl_explain(&explained, &facts, desk->pool);
    mssl_explain_live(&explained, &facts, desk->pool);
    assert_int_equal(explained.nproblems, 0);
    n = mssl_explain_lines(line, &explained, &facts, desk->pool);
    for (i = 0; i < n && strcmp(line[i].label, "Old programs (no SNI)") != 0; i++) {
        continue;
    }
    assert_true(i < n);
    apr_cpystrn(text, line[i].text, size);
}

/* Who used the switch a moment ago gets what others do not: that is said beside what was seen. */
static void test_remembered(void **state)
{
    mssl_explain_visit_t visit = { .address = "192.0.2.1:443", .has_certificate = 1, .sha256 = { 1 },
                                   .not_after = NOW + 54 * DAY, .covers = 1, .status = 200 };
    char text[400];

    see_old(text, sizeof(text), &visit, *state);
    assert_non_null(strstr(text, "302 to the switch"));
    assert_non_null(strstr(text, "seen: 200 (remembered from the switch)"));
    visit.is_trusted = 1;
    see_old(text, sizeof(text), &visit, *state);
    assert_non_null(strstr(text, "seen: 200 (trusted)"));
    visit.is_trusted = visit.covers = visit.sha256[0] = 0; /* the dummy */
    visit.status = 302;
    see_old(text, sizeof(text), &visit, *state);
    assert_string_equal(strstr(text, "seen: "), "seen: 302");
}

static void test_harmless(void **state)
{
    (void)state;
    assert_true(mssl_explain_is_harmless("/etc/mssl/a_b-c.example.pem"));
    assert_false(mssl_explain_is_harmless("-rf"));
    assert_false(mssl_explain_is_harmless(""));
    assert_false(mssl_explain_is_harmless("/s/a b"));
    assert_false(mssl_explain_is_harmless("/s/$(x)"));
    assert_false(mssl_explain_is_harmless("/s/*.pem"));
}

static int is_near(const char *a, const char *b)
{
    mssl_near_t near;

    mssl_near_begin(&near, a);
    mssl_near_offer(&near, b, strlen(b));
    return near.found[0] != '\0';
}

static void test_near(void **state)
{
    static const struct {
        const char *a, *b;
        int is_near;
    } pairs[] = {
        { "shop.kunde.example", "shop.kunde.example", 0 }, /* the same */
        { "shop.kunde.example", "shop.kunde.exampel", 1 }, /* swapped */
        { "shop.kunde.example", "shp.kunde.example", 1 },
        { "shop.kunde.example", "shoop.kundee.example", 1 },
        { "shop.kunde.example", "blog.kunde.example", 0 },
        { "neu.example", "new.example", 1 },
        { "neu.example", "nax.example", 0 }, /* short names: one letter */
        { "a.b", "b.a", 0 },
        { "", "a", 1 },
        { "aaaaaaaaaaaaaaaa.b", "bbbbbbbbbbbbbbbb.a", 0 },
        { "abcdefghijklm.example", "bacdefghijkml.example", 1 }, /* two swaps */
        { "abcdefghijklm.example", "bacdefghijkml.exampel", 0 }, /* three */
        { "xyabcdefghijk.example", "abcdefghijk.example", 1 },
        { "abcdefghijk.example", "abcdefghijk.examplexy", 1 },
        { "abcdefghijk.example", "abcdefghijk.examplexyz", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (is_near(pairs[i].a, pairs[i].b) != pairs[i].is_near) {
            fail_msg("'%s', '%s'", pairs[i].a, pairs[i].b);
        }
    }
}

/* What is found does not hang on the order. */
static void test_nearest(void **state)
{
    static const struct {
        const char *name, *found;
    } rows[] = {
        { "shop.kunde.exampel", "shop.kunde.example" }, /* its parent is wrong */
        { "shopp.kunde.example", "shop.kunde.example" },
        { "shopx.kunde.example", "shop.kunde.example" }, /* shops.: by strcmp() */
        { "shopsy.kunde.example", "shops.kunde.example" }, /* shop. is further */
        { "s.kunde.example", "" }, /* "*.": no name */
        { "shop.kunde.example", "shops.kunde.example" }, /* never itself */
        { "blog.anders.example", "" },
    };
    static const char *const keys[] = { "shops.kunde.example", "*.kunde.example", "",
                                        "shop.kunde.example", "a.example" };
    mssl_near_t near;
    size_t i, k;

    (void)state;
    for (i = 0; i < 2 * COUNT(rows); i++) {
        mssl_near_begin(&near, rows[i / 2].name);
        for (k = 0; k < COUNT(keys); k++) {
            const char *key = keys[i % 2 == 0 ? k : COUNT(keys) - 1 - k];
            char bytes[64];

            memset(bytes, '!', sizeof(bytes)); /* no NUL behind it */
            memcpy(bytes, key, strlen(key));
            mssl_near_offer(&near, bytes, strlen(key));
        }
        assert_string_equal(near.found, rows[i / 2].found);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_verdicts), TEST(test_escapes), TEST(test_lines),
                                        TEST(test_remembered),
                                        TEST(test_harmless), TEST(test_near),
                                        TEST(test_nearest) };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
