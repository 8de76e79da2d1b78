/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/verdict/force.h"

#define HTTP .scheme = MSSL_SCHEME_HTTP, .has_port = 1
#define HTTPS .scheme = MSSL_SCHEME_HTTPS, .has_port = 1, .is_covered = 1
#define UNKNOWN .scheme = MSSL_SCHEME_UNKNOWN, .has_port = 1, .is_covered = 1
#define GET .is_get = 1
#define POST .is_get = 0
#define ON .force = MSSL_FORCE_ON
#define AUTO .force = MSSL_FORCE_AUTO
#define OFF .force = MSSL_FORCE_OFF

static const struct {
    const char *what;
    mssl_force_facts_t facts;
    mssl_force_act_t act;
    int status, is_lasting;
} rows[] = {
    { "nothing is known", { 0 }, MSSL_FORCE_STAY, 0, 0 },
    { "unset", { HTTP, GET }, MSSL_FORCE_STAY, 0, 0 },
    { "none", { .force = MSSL_FORCE_NONE, HTTP, GET }, MSSL_FORCE_STAY, 0, 0 },
    { "on", { ON, HTTP, GET }, MSSL_FORCE_TO_HTTPS, 301, 1 },
    { "on, POST", { ON, HTTP, POST }, MSSL_FORCE_TO_HTTPS, 308, 0 },
    { "on, no certificate is needed", { ON, HTTP, GET, .has_pair = 0 }, MSSL_FORCE_TO_HTTPS, 301, 1 },
    { "on, https", { ON, HTTPS, GET }, MSSL_FORCE_STAY, 0, 0 },
    { "on, a proxy that says nothing", { ON, UNKNOWN, GET }, MSSL_FORCE_STAY, 0, 0 },
    { "on, exempt", { ON, HTTP, GET, .is_exempt = 1 }, MSSL_FORCE_STAY, 0, 0 },
    { "on, no port", { ON, .scheme = MSSL_SCHEME_HTTP, GET }, MSSL_FORCE_STAY, 0, 0 },
    { "auto, no certificate", { AUTO, HTTP, GET }, MSSL_FORCE_STAY, 0, 0 },
    { "auto", { AUTO, HTTP, GET, .has_pair = 1 }, MSSL_FORCE_TO_HTTPS, 302, 0 },
    { "auto, POST", { AUTO, HTTP, POST, .has_pair = 1 }, MSSL_FORCE_TO_HTTPS, 307, 0 },
    { "auto, https", { AUTO, HTTPS, GET, .has_pair = 1 }, MSSL_FORCE_STAY, 0, 0 },
    { "off", { OFF, HTTPS, GET }, MSSL_FORCE_TO_HTTP, 302, 0 },
    { "off, POST", { OFF, HTTPS, POST }, MSSL_FORCE_STAY, 0, 0 },
    { "off, http", { OFF, HTTP, GET }, MSSL_FORCE_STAY, 0, 0 },
    { "off, not covered", { OFF, .scheme = MSSL_SCHEME_HTTPS, .has_port = 1, GET },
      MSSL_FORCE_STAY, 0, 0 },
    { "off, looping", { OFF, HTTPS, GET, .is_looping = 1 }, MSSL_FORCE_STAY, 0, 0 },
    { "off, exempt", { OFF, HTTPS, GET, .is_exempt = 1 }, MSSL_FORCE_STAY, 0, 0 },
    { "off, a proxy that says nothing", { OFF, UNKNOWN, GET }, MSSL_FORCE_STAY, 0, 0 },
};

static void test_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mssl_force_verdict_t verdict = mssl_force_get(&rows[i].facts);

        if (verdict.act != rows[i].act || verdict.status != rows[i].status
            || verdict.is_lasting != rows[i].is_lasting) {
            fail_msg("%s: act %d, status %d, lasting %d", rows[i].what, verdict.act,
                     verdict.status, verdict.is_lasting);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
