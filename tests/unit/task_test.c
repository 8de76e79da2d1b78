/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>

#include "lib/issue/task.h"

/* What a line of a list says, else MSSLIssueKey. */
static void test_key(void **state)
{
    static const struct {
        int said;
        mssl_key_type_t all, got;
    } rows[] = {
        { -1, MSSL_KEY_ECDSA, MSSL_KEY_ECDSA },
        { -1, MSSL_KEY_RSA, MSSL_KEY_RSA },
        { MSSL_KEY_ECDSA, MSSL_KEY_RSA, MSSL_KEY_ECDSA },
        { MSSL_KEY_RSA, MSSL_KEY_ECDSA, MSSL_KEY_RSA },
    };
    mssl_issuing_t issuing = { .key = MSSL_KEY_ECDSA };
    mssl_work_conf_t conf = { .issuing = &issuing };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        conf.key = rows[i].said;
        issuing.key = rows[i].all;
        assert_int_equal(mssl_task_get_key(&conf), rows[i].got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_key) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
