/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "lib/pair/acmecert.h"

/* OpenSSL's command makes what certs.h has no words for. */
static char *make(const char *arguments)
{
    static char text[16384];
    char command[1024];
    size_t len;
    FILE *out;

    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout - -subj /CN=x "
             "-days 7 %s 2>/dev/null", arguments);
    out = popen(command, "r");
    len = fread(text, 1, sizeof(text) - 1, out);
    text[len] = '\0';
    pclose(out);
    assert_true(len > 0);
    return text;
}

#define ID "-nodes -addext 1.3.6.1.5.5.7.1.31=critical,DER:0420"
#define DIGEST "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
#define NAME "-addext subjectAltName=DNS:"

static void test_check(void **state)
{
    static const struct {
        const char *arguments, *why;
    } rows[] = {
        { ID DIGEST NAME "a.example", "" },
        { ID DIGEST NAME "A.Example", "" },
        { ID DIGEST NAME "b.example", "another name" },
        { ID DIGEST NAME "a.example,DNS:b.example", "another name" },
        { ID DIGEST NAME "a.example,IP:192.0.2.1", "another name" },
        { ID DIGEST NAME "*.example", "another name" },
        { ID DIGEST "-addext subjectAltName=IP:192.0.2.1", "another name" },
        { ID DIGEST, "another name" },
        { "-nodes " NAME "a.example", "no challenge" },
        { "-nodes -addext 1.3.6.1.5.5.7.1.31=DER:0420" DIGEST NAME "a.example", "no challenge" },
        { "-nodes -addext 1.3.6.1.5.5.7.1.31=critical,DER:041F" DIGEST NAME "a.example",
          "no challenge" },
        { ID "00 " NAME "a.example", "no challenge" },
        { "-passout pass:x -addext 1.3.6.1.5.5.7.1.31=critical,DER:0420" DIGEST NAME "a.example",
          "no key" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mssl_reason_t why = { "" };
        apr_status_t rv = mssl_acmecert_check(make(rows[i].arguments), "a.example", &why);

        if ((rv == APR_SUCCESS) != (rows[i].why[0] == '\0') || strstr(why.text, rows[i].why) == NULL) {
            fail_msg("%s: %d '%s'", rows[i].arguments, rv, why.text);
        }
    }
}

static void test_parts(void **state)
{
    char mixed[32768], *text = make(ID DIGEST NAME "a.example");
    char *cert = strstr(text, "-----BEGIN CERT");
    mssl_reason_t why = { "" };

    (void)state;
    assert_non_null(cert);
    assert_int_equal(mssl_acmecert_check("", "a.example", &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "no certificate"));
    assert_int_equal(mssl_acmecert_check(cert, "a.example", &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "no key"));
    strcpy(mixed, cert);
    *cert = '\0';
    strcat(mixed, text);
    assert_int_equal(mssl_acmecert_check(mixed, "a.example", &why), APR_SUCCESS);
    *strstr(mixed, "-----BEGIN PRIV") = '\0';
    strcat(mixed, make(ID DIGEST NAME "a.example"));
    assert_int_equal(mssl_acmecert_check(mixed, "a.example", &why), APR_EINVAL);
    assert_non_null(strstr(why.text, "not its certificate's"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests_name("acmecert", tests, NULL, NULL);
}
