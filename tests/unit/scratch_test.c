/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <string.h>

#include "lib/store/scratch.h"

#define MANY 20

static void test_lent_clean(void **state)
{
    static const mssl_material_t zero;
    mssl_scratch_t *first, *scratch;
    mssl_scratches_t *scratches;
    apr_pool_t *pool;

    (void)state;
    apr_pool_create(&pool, NULL);
    assert_int_equal(mssl_scratches_make(&scratches, pool), APR_SUCCESS);
    first = mssl_scratch_take(scratches);
    assert_memory_equal(&first->material, &zero, sizeof(zero));
    memset(&first->material, 'x', sizeof(first->material));
    apr_palloc(first->pool, 1024 * 1024);
    mssl_scratch_give(scratches, first);
    scratch = mssl_scratch_take(scratches); /* the same one again, as new */
    assert_ptr_equal(scratch, first);
    assert_memory_equal(&scratch->material, &zero, sizeof(zero));
    mssl_scratch_give(scratches, scratch);
    apr_pool_destroy(pool);
}

/* As many as are wanted at a time, each another; the leak checker sees that none is lost. */
static void test_many(void **state)
{
    mssl_scratch_t *scratch[MANY];
    mssl_scratches_t *scratches;
    apr_pool_t *pool;
    int i, j;

    (void)state;
    apr_pool_create(&pool, NULL);
    assert_int_equal(mssl_scratches_make(&scratches, pool), APR_SUCCESS);
    for (i = 0; i < MANY; i++) {
        scratch[i] = mssl_scratch_take(scratches);
        assert_non_null(scratch[i]);
        for (j = 0; j < i; j++) {
            assert_ptr_not_equal(scratch[i], scratch[j]);
            assert_ptr_not_equal(scratch[i]->pool, scratch[j]->pool);
        }
    }
    for (i = 0; i < MANY; i++) {
        mssl_scratch_give(scratches, scratch[i]);
    }
    apr_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lent_clean),
        cmocka_unit_test(test_many),
    };
    int rc;

    apr_initialize();
    rc = cmocka_run_group_tests_name("scratch", tests, NULL, NULL);
    apr_terminate();
    return rc;
}
