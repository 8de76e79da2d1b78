/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <errno.h>

#include "lib/steward/trouble.h"

static void test_trouble(void **state)
{
    apr_pool_t *pool;
    mssl_trouble_t *trouble;
    mssl_reason_t text;
    int i;

    (void)state;
    apr_pool_create(&pool, NULL);
    trouble = mssl_trouble_make(pool);
    assert_false(mssl_trouble_end(trouble, "a.test", &text));
    /* A name's own: once, until it is another one, or was over. */
    assert_true(mssl_trouble_note(trouble, "a.test", EISDIR));
    assert_false(mssl_trouble_note(trouble, "a.test", EISDIR));
    assert_true(mssl_trouble_note(trouble, "a.test", EACCES));
    assert_true(mssl_trouble_note(trouble, "b.test", EACCES));
    assert_false(mssl_trouble_end(trouble, "c.test", &text));
    assert_true(mssl_trouble_end(trouble, "a.test", &text));
    assert_string_equal(text.text, "a.test: it is worked on again");
    assert_true(mssl_trouble_note(trouble, "a.test", EISDIR));
    assert_false(mssl_trouble_note(trouble, "b.test", EACCES));
    /* The machine's: once for all. */
    assert_true(mssl_trouble_note(trouble, "a.test", ENOSPC));
    assert_false(mssl_trouble_note(trouble, "c.test", ENOSPC));
    assert_true(mssl_trouble_note(trouble, "c.test", EROFS));
    assert_true(mssl_trouble_note(trouble, "c.test", ENOSPC));
    assert_true(mssl_trouble_end(trouble, "d.test", &text));
    assert_string_equal(text.text, "d.test: it is worked on again, and so is every name; what was in "
                        "the way: No space left on device");
    assert_true(mssl_trouble_note(trouble, "c.test", ENOSPC));
    /* Bounded. */
    for (i = 0; i < MSSL_TROUBLE_MAX; i++) {
        mssl_trouble_note(trouble, apr_psprintf(pool, "n%d.test", i), EISDIR);
    }
    assert_true(mssl_trouble_note(trouble, "more.test", EISDIR));
    assert_true(mssl_trouble_note(trouble, "more.test", EISDIR));
    assert_true(mssl_trouble_end(trouble, "n5.test", &text));
    assert_true(mssl_trouble_note(trouble, "more.test", EISDIR));
    assert_false(mssl_trouble_note(trouble, "more.test", EISDIR));
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_trouble) };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
    apr_terminate();
    return rc;
}
