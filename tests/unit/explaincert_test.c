/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pairs.h"

#include <apr_strings.h>

#include "lib/explain/cert.h"
#include "lib/explain/write.h"

#define DAY apr_time_from_sec(86400)
#define FOREIGN "/s/<b>\"'&$(reboot)\n\033[31m\xff.pem"

/** A family, and where certificates and explanations of them live. */
typedef struct desk_t {
    family_t *family;
    apr_pool_t *pool;
    char *text;
} desk_t;

static int set_up(void **state)
{
    desk_t *desk = calloc(1, sizeof(*desk));

    pairs_set_up((void **)&desk->family);
    apr_pool_create(&desk->pool, NULL);
    *state = desk;
    return 0;
}

static int tear_down(void **state)
{
    desk_t *desk = *state;

    apr_pool_destroy(desk->pool);
    pairs_tear_down((void **)&desk->family);
    free(desk);
    return 0;
}

static apr_status_t collect(void *baton, const char *data, size_t len)
{
    desk_t *desk = baton;

    desk->text = apr_pstrcat(desk->pool, desk->text, apr_pstrmemdup(desk->pool, data, len), NULL);
    return APR_SUCCESS;
}

/* Of a leaf, with what is to come along. */
static const mssl_explain_cert_t *make(desk_t *desk, const cert_t *leaf, const cert_t *with)
{
    pem_t pem = { NULL, 0 };
    const mssl_explain_cert_t *cert;
    mssl_item_t item;
    mssl_pair_t *pair;

    certs_add_key(&pem, leaf->key);
    certs_add_cert(&pem, leaf->x509);
    if (with != NULL) {
        certs_add_cert(&pem, with->x509);
    }
    item = pairs_item(&pem, NULL);
    pair = pairs_good(&item);
    cert = mssl_explain_cert_make(pair, &item, desk->pool);
    mssl_pair_unref(pair);
    free(pem.text);
    return cert;
}

static void test_made(void **state)
{
    desk_t *desk = *state;
    cert_t elsewhere = certs_new(&(cert_spec_t){ .names = "a.example", .key = "rsa" },
                                 &desk->family->middle);
    const mssl_explain_cert_t *cert = make(desk, &desk->family->leaf, &desk->family->middle);

    assert_int_equal(cert->nnames, 2);
    assert_string_equal(cert->name[0], "*.b.example");
    assert_string_equal(cert->name[1], "a.example");
    assert_string_equal(cert->issuer, "middle");
    assert_int_equal(cert->bits, 256);
    assert_true(strlen(cert->serial) > 8);
    assert_int_equal((cert->not_after - cert->not_before) / DAY, 91);
    assert_string_equal(cert->file, "/s/a.pem");
    assert_string_equal(cert->key_file, "/s/a.pem");
    assert_int_equal(cert->chain, MSSL_CHAIN_COMPLETE);
    assert_null(cert->note);
    /* An own CA's root may have issued it. */
    cert = make(desk, &desk->family->leaf, NULL);
    assert_int_equal(cert->chain, MSSL_CHAIN_UNKNOWN);
    assert_non_null(strstr(cert->note, "no certificate of the issuer"));
    /* Not where it says itself where its issuer's is. */
    certs_add_extension(elsewhere.x509, desk->family->middle.x509, NID_info_access,
                        "OCSP;URI:http://o.example/,caIssuers;URI:http://i.example/");
    assert_true(X509_sign(elsewhere.x509, desk->family->middle.key, EVP_sha256()) > 0);
    cert = make(desk, &elsewhere, NULL);
    assert_int_equal(cert->bits, 2048);
    assert_int_equal(cert->chain, MSSL_CHAIN_MISSING);
    assert_int_equal(make(desk, &elsewhere, &desk->family->middle)->chain, MSSL_CHAIN_COMPLETE);
    certs_free(&elsewhere);
    elsewhere = certs_new(&(cert_spec_t){ .names = "a.example" }, NULL);
    assert_int_equal(make(desk, &elsewhere, NULL)->chain, MSSL_CHAIN_COMPLETE);
    certs_free(&elsewhere);
}

static const char *const names[] = { "a.example", "b.example", "c.example", "d.example", "e.example",
                                     "f.example", "g.example" };
static const unsigned char digest[MSSL_SHA256_LEN] = { 0xab, 0xcd };

static mssl_explain_cert_t a_cert(apr_time_t now)
{
    return (mssl_explain_cert_t){ .nnames = 7, .name = names, .issuer = "Let's Encrypt E7",
                                  .serial = "03ab", .bits = 256, .not_before = now - 36 * DAY,
                                  .not_after = now + 54 * DAY + 1, .file = FOREIGN, .key_file = "/s/a.key",
                                  .note = "worth knowing", .chain = MSSL_CHAIN_COMPLETE };
}

static mssl_explain_facts_t a_name(apr_time_t now, const mssl_explain_cert_t *cert)
{
    mssl_explain_facts_t facts = {
        .given = "a.example", .name = "a.example", .now = now, .is_known = 1, .within = 7, .nlooks = 2,
        .look = { { .key = "a.example", .is_found = 1, .state = MSSL_STATE_VALID, .store = "dir:/s",
                    .types = 1u << MSSL_KEY_ECDSA, .file = "/s/a.pem", .not_after = now + 54 * DAY + 1 },
                  { .key = "*.example" } },
        .site = { .by = MSSL_SITE_BY_NAME, .server_name = "a.example", .file = "a.conf", .line = 3,
                  .address = "*:443", .has_tls = 1, .is_guarded = 1 },
        .redirects_nosni = 1, .force = MSSL_FORCE_AUTO
    };

    facts.look[0].sha256[MSSL_KEY_ECDSA] = digest;
    facts.look[0].cert[MSSL_KEY_ECDSA] = cert;
    return facts;
}

static mssl_explained_t explain(desk_t *desk, const mssl_explain_facts_t *facts)
{
    mssl_explained_t explained;

    mssl_explain(&explained, facts, desk->pool);
    mssl_explain_certs(&explained, facts, desk->pool);
    desk->text = apr_pstrdup(desk->pool, "");
    assert_int_equal(mssl_explain_json(&explained, facts, collect, desk), APR_SUCCESS);
    return explained;
}

static void assert_has(const desk_t *desk, const char *part)
{
    if (strstr(desk->text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, desk->text);
    }
}

/* The fields that the contract promises (SPEC 11, docs/status.md): names are fixed. */
static void test_fields(void **state)
{
    static const char *const values[] = {
        "\"schema\":\"mssl/1\"", "\"name\":\"a.example\"", "\"given\":\"a.example\"", "\"verdict\":",
        "\"severity\":", "\"sentence\":", "\"names\":[\"a.example\",", "\"key_type\":\"ECDSA\"",
        "\"bits\":256", "\"issuer\":\"Let's Encrypt E7\"", "\"serial\":\"03ab\"", "\"sha256\":\"abcd00",
        "\"not_before\":\"20", "\"not_after\":\"20", "\"days_left\":54", "\"lifetime_days\":90",
        "\"file\":\"/s/\\u003cb", "\"key_file\":\"/s/a.key\"", "\"store\":\"dir:/s\"", "\"by\":\"name\"",
        "\"in_service\":true", "\"chain_complete\":true", "\"note\":\"worth knowing\"", "\"key\":\"*.example\"",
        "\"what\":\"wildcard\"", "\"found\":true", "\"state\":\"valid\"", "\"reason\":null",
        "\"server_name\":\"a.example\"", "\"line\":3", "\"document_root\":null", "\"https_engine\":true",
        "\"guarded\":true", "\"address\":\"*:443\"", "\"certificate\":\"its own\"", "\"answer\":\"site\"",
        "\"location\":null", "\"page\":null", "\"status\":null", "\"page\":\"MSSL-P02\"", "\"switch\":null",
        "\"needs\":\"MSSLSwitchURL\"", "\"force\":\"auto\"", "\"dns\":null", "\"live\":null", "\"job\":null",
        "\"problems\":[", "\"fixes\":[", "\"command\":"
    };
    desk_t *desk = *state;
    mssl_explain_cert_t cert = a_cert(20000 * DAY);
    mssl_explain_facts_t facts = a_name(20000 * DAY, &cert);
    size_t i;

    explain(desk, &facts);
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_has(desk, values[i]);
    }
    facts.switch_url = "https://switch.example/";
    explain(desk, &facts);
    assert_has(desk, "\"switch\":\"https://switch.example/\"");
    assert_has(desk, "\"needs\":null");
}

/* Who reads no file says null, and no field less. */
static void test_not_known(void **state)
{
    static const char *const keys[] = { "names", "bits", "issuer", "serial", "not_before", "lifetime_days",
                                        "key_file", "chain_complete", "note" };
    desk_t *desk = *state;
    mssl_explain_facts_t facts = a_name(20000 * DAY, NULL);
    size_t i;

    explain(desk, &facts);
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_has(desk, apr_psprintf(desk->pool, "\"%s\":null", keys[i]));
    }
    assert_has(desk, "\"days_left\":54");
    assert_has(desk, "\"file\":\"/s/a.pem\"");
}

static const char *find_line(const mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                             const char *label, apr_pool_t *pool)
{
    mssl_explain_line_t line[MSSL_EXPLAIN_LINES_MAX];
    int n = mssl_explain_lines(line, explained, facts, pool), i;

    for (i = 0; i < n; i++) {
        if (strcmp(line[i].label, label) == 0) {
            return line[i].text;
        }
    }
    return NULL;
}

static const char *find_command(const mssl_explained_t *explained, const char *begin)
{
    int i;

    for (i = 0; i < explained->nfixes; i++) {
        const char *command = explained->fix[i].command;

        if (command != NULL && strncmp(command, begin, strlen(begin)) == 0) {
            return command;
        }
    }
    return NULL;
}

static void test_text(void **state)
{
    desk_t *desk = *state;
    mssl_explain_cert_t cert = a_cert(20000 * DAY);
    mssl_explain_facts_t facts = a_name(20000 * DAY, &cert);
    mssl_explained_t explained = explain(desk, &facts);

    assert_string_equal(find_line(&explained, &facts, "Issued", desk->pool),
                        "by Let's Encrypt E7 on 2024-08-29 for 90 days, to a.example, b.example, "
                        "c.example, d.example, e.example and 2 more");
    facts.look[0].cert[MSSL_KEY_ECDSA] = NULL;
    explained = explain(desk, &facts);
    assert_null(find_line(&explained, &facts, "Issued", desk->pool));
    assert_null(find_line(&explained, &facts, "Note", desk->pool));
    facts.look[0].is_found = 0;
    facts.look[1] = (mssl_explain_look_t){ .key = "*.example", .is_found = 1, .types = 2,
                                           .state = MSSL_STATE_VALID, .not_after = facts.now + DAY };
    facts.switch_url = "https://switch.example/";
    explained = explain(desk, &facts);
    assert_int_equal(explained.verdict, MSSL_EXPLAIN_FINE_WILDCARD);
    assert_string_equal(find_line(&explained, &facts, "Note", desk->pool),
                        "www.a.example would not be covered: a wildcard stands for one label");
}

/* Served, and not trusted by all. */
static void test_incomplete_chain(void **state)
{
    desk_t *desk = *state;
    mssl_explain_cert_t cert = a_cert(20000 * DAY);
    mssl_explain_facts_t facts = a_name(20000 * DAY, &cert);
    mssl_explained_t explained;

    facts.switch_url = "https://switch.example/";
    assert_int_equal(explain(desk, &facts).severity, MSSL_SEVERITY_FINE);
    cert.chain = MSSL_CHAIN_UNKNOWN;
    explained = explain(desk, &facts);
    assert_int_equal(explained.severity, MSSL_SEVERITY_FINE);
    assert_has(desk, "\"chain_complete\":null");
    cert.chain = MSSL_CHAIN_MISSING;
    explained = explain(desk, &facts);
    assert_int_equal(explained.severity, MSSL_SEVERITY_ATTENTION);
    assert_string_equal(explained.problem[0].id, "incomplete_chain");
    assert_non_null(strstr(explained.sentence, "ITS CHAIN IS INCOMPLETE"));
    assert_string_equal(find_command(&explained, "msslctl"), "msslctl install a.example CERT KEY CHAIN");
    assert_has(desk, "\"chain_complete\":false");
    /* What is worse is said first. */
    facts.look[0].state = MSSL_STATE_EXPIRED;
    explained = explain(desk, &facts);
    assert_int_equal(explained.severity, MSSL_SEVERITY_BROKEN);
    assert_non_null(strstr(explained.sentence, "EXPIRED"));
}

static void test_not_yet(void **state)
{
    static const struct {
        apr_interval_time_t wait;
        const char *says;
    } rows[] = {
        { apr_time_from_sec(90), "begins in 2 min." },
        { apr_time_from_sec(2 * 3600 + 21 * 60 - 30), "begins in 2 h 21 min." },
        { 3 * DAY, "begins in 3 days." },
    };
    desk_t *desk = *state;
    mssl_explain_cert_t cert = a_cert(20000 * DAY);
    mssl_explain_facts_t facts = a_name(20000 * DAY, &cert);
    size_t i;

    facts.look[0].state = MSSL_STATE_NOT_YET_VALID;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cert.not_before = facts.now + rows[i].wait;
        if (strstr(explain(desk, &facts).sentence, rows[i].says) == NULL) {
            fail_msg("no '%s' in: %s", rows[i].says, explain(desk, &facts).sentence);
        }
    }
}

/* Only what works here is offered. */
static void test_fixes(void **state)
{
    desk_t *desk = *state;
    mssl_explain_facts_t facts = a_name(20000 * DAY, NULL);
    mssl_explained_t explained;

    facts.look[0].state = MSSL_STATE_AT_RISK;
    explained = explain(desk, &facts);
    assert_null(find_command(&explained, "msslctl rollback"));
    facts.nkept = 1;
    explained = explain(desk, &facts);
    assert_string_equal(find_command(&explained, "msslctl rollback"), "msslctl rollback a.example");
    facts.look[0].state = MSSL_STATE_NOT_YET_VALID; /* the one that is kept is the one in place */
    explained = explain(desk, &facts);
    assert_null(find_command(&explained, "msslctl rollback"));
    facts.nkept = 2;
    explained = explain(desk, &facts);
    assert_non_null(find_command(&explained, "msslctl rollback"));
    facts.look[0].is_found = 0;
    explained = explain(desk, &facts);
    assert_null(find_command(&explained, "msslctl request"));
    facts.may_request = 1;
    explained = explain(desk, &facts);
    assert_string_equal(find_command(&explained, "msslctl request"), "msslctl request a.example");
    facts.look[1] = (mssl_explain_look_t){ .key = "*.example", .is_found = 1, .types = 2,
                                           .state = MSSL_STATE_VALID, .store = "dir:/s" };
    facts.site.by = MSSL_SITE_BY_FIRST;
    explained = explain(desk, &facts);
    assert_int_equal(explained.verdict, MSSL_EXPLAIN_WRONG_SITE);
    assert_string_equal(find_command(&explained, "touch"), "touch /s/a.example.none");
    facts.look[1].store = "map:/s/map";
    explained = explain(desk, &facts);
    assert_null(find_command(&explained, "touch"));
    facts.look[1].store = "dir:" FOREIGN;
    explained = explain(desk, &facts);
    assert_null(find_command(&explained, "touch"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_made), TEST(test_fields), TEST(test_not_known),
                                        TEST(test_text), TEST(test_incomplete_chain), TEST(test_not_yet),
                                        TEST(test_fixes) };

    return cmocka_run_group_tests_name("explaincert", tests, NULL, NULL);
}
