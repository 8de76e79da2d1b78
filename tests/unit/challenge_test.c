/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/challenge.h"

#define ACME "/.well-known/acme-challenge/"
#define PKI "/.well-known/pki-validation/"
#define TOKEN "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"

static void test_tokens(void **state)
{
    static const char *const rows[] = { TOKEN, "a", "-", "_", "0", "-dash", "_under_" };
    mssl_challenge_t challenge;
    char path[256];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        snprintf(path, sizeof(path), ACME "%s", rows[i]);
        assert_true(mssl_challenge_parse(&challenge, path));
        assert_string_equal(challenge.folder, "acme-challenge");
        assert_string_equal(challenge.file, rows[i]);
        assert_int_equal(challenge.has_host, 0);
        assert_int_equal(challenge.max, 1024);
    }
}

static void test_files_of_hosts(void **state)
{
    static const char *const rows[] = { "fileauth.txt", "0123456789ABCDEF.txt", "a..b", "a.", "-.x",
                                        "gsdv.txt" };
    mssl_challenge_t challenge;
    char path[256];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        snprintf(path, sizeof(path), PKI "%s", rows[i]);
        assert_true(mssl_challenge_parse(&challenge, path));
        assert_string_equal(challenge.folder, "pki-validation");
        assert_string_equal(challenge.file, rows[i]);
        assert_int_equal(challenge.has_host, 1);
        assert_int_equal(challenge.max, MSSL_CHALLENGE_FILE_MAX);
    }
}

static void check_none(const char *path)
{
    mssl_challenge_t challenge;
    const mssl_challenge_t zero = { NULL };

    memset(&challenge, 0x5a, sizeof(challenge));
    if (mssl_challenge_parse(&challenge, path)) {
        fail_msg("taken for a challenge: %s", path);
    }
    assert_memory_equal(&challenge, &zero, sizeof(zero));
}

static void test_what_is_none(void **state)
{
    static const char *const rows[] = {
        NULL, "", "/", "*", ".well-known/acme-challenge/a", "/.well-known", "/.well-known/",
        "/.well-known/acme-challenge", ACME, PKI, "/.well-known/acme-challenges/a",
        "/.Well-Known/acme-challenge/a", "/.well-known/ACME-challenge/a", "/a" ACME "a",
        "/.well-known//acme-challenge/a", "/.well-known/./acme-challenge/a", "/.well-known/alpn/a",
        "/.well-known/security.txt", ACME "/a", ACME "a/", ACME "a/b", ACME ".", ACME "..",
        ACME "../pki-validation/a", ACME "a.b", ACME "a%2fb", ACME "%2e%2e", ACME "%61", ACME "a b",
        ACME "a\tb", ACME "a\\b", ACME "a;b", ACME "a?b", ACME "a#b", ACME "a\n", ACME "\xc3\xa4",
        ACME "\x7f", ACME "a+b", ACME "a=", ACME "a~", PKI ".", PKI "..", PKI ".htaccess", PKI "/a",
        PKI "a/b", PKI "a%2fb", PKI "a%00", PKI "../a", PKI "site.test/a", "/.well%2dknown/acme-challenge/a",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        check_none(rows[i]);
    }
}

static void test_length(void **state)
{
    mssl_challenge_t challenge;
    char path[256];
    size_t n;

    (void)state;
    for (n = 127; n < 131; n++) {
        snprintf(path, sizeof(path), ACME "%0*d", (int)n, 0);
        assert_int_equal(mssl_challenge_parse(&challenge, path), n <= MSSL_CHALLENGE_NAME_MAX);
        snprintf(path, sizeof(path), PKI "%0*d", (int)n, 0);
        assert_int_equal(mssl_challenge_parse(&challenge, path), n <= MSSL_CHALLENGE_NAME_MAX);
    }
}

static void test_below(void **state)
{
    (void)state;
    assert_true(mssl_challenge_is_below(ACME));
    assert_true(mssl_challenge_is_below(ACME "a/b"));
    assert_true(mssl_challenge_is_below(PKI "..."));
    assert_false(mssl_challenge_is_below("/.well-known/acme-challenge"));
    assert_false(mssl_challenge_is_below("/.well-known/security.txt"));
    assert_false(mssl_challenge_is_below("/"));
    assert_false(mssl_challenge_is_below(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),       cmocka_unit_test(test_files_of_hosts),
        cmocka_unit_test(test_what_is_none), cmocka_unit_test(test_length),
        cmocka_unit_test(test_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
