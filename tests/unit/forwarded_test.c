/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "lib/base/forwarded.h"

#define HTTP MSSL_SCHEME_HTTP
#define HTTPS MSSL_SCHEME_HTTPS
#define UNKNOWN MSSL_SCHEME_UNKNOWN

static const struct {
    const char *proto, *forwarded;
    mssl_scheme_t said;
} rows[] = {
    { NULL, NULL, UNKNOWN },
    { "https", NULL, HTTPS },
    { "http", NULL, HTTP },
    { "HTTPS", NULL, HTTPS },
    { "\t https \t", NULL, HTTPS },
    { "", NULL, UNKNOWN },
    { "on", NULL, UNKNOWN },
    { "httpsx", NULL, UNKNOWN },
    { "https x", NULL, UNKNOWN },
    { "wss", NULL, UNKNOWN },
    /* The peer wrote the last one. */
    { "https, http", NULL, HTTP },
    { "http,https", NULL, HTTPS },
    { "https,", NULL, UNKNOWN },
    { ",,https", NULL, HTTPS },
    /* Forwarded counts only where the other is missing. */
    { "http", "proto=https", HTTP },
    { "", "proto=https", UNKNOWN },
    { NULL, "proto=https", HTTPS },
    { NULL, "for=192.0.2.1;proto=http;by=x", HTTP },
    { NULL, "For=\"[2001:db8::1]:4711\"; Proto = \"https\"", HTTPS },
    { NULL, "proto=https, for=192.0.2.1", UNKNOWN },
    { NULL, "proto=https, proto=http", HTTP },
    { NULL, "for=\"a,b;proto=https\"", UNKNOWN },
    { NULL, "for=\"a\\\";proto=https\"", UNKNOWN },
    { NULL, "for=\"a\\\\\";proto=https", HTTPS },
    { NULL, "xproto=https", UNKNOWN },
    { NULL, "proto", UNKNOWN },
    { NULL, "proto=", UNKNOWN },
    { NULL, "proto=\"", UNKNOWN },
    { NULL, "=https", UNKNOWN },
    { NULL, ";;,;", UNKNOWN },
    { NULL, "\"", UNKNOWN },
    { NULL, "\"\\", UNKNOWN },
};

static void test_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mssl_scheme_t said = mssl_forwarded_get_scheme(rows[i].proto, rows[i].forwarded);

        if (said != rows[i].said) {
            fail_msg("row %d: '%s', '%s': %d, not %d", (int)i, rows[i].proto, rows[i].forwarded,
                     said, rows[i].said);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
