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
    mssl_desk_t *first, *desk;
    mssl_desks_t *desks;
    apr_pool_t *pool;

    (void)state;
    apr_pool_create(&pool, NULL);
    assert_int_equal(mssl_desks_make(&desks, pool), APR_SUCCESS);
    first = mssl_desk_take(desks);
    assert_memory_equal(&first->material, &zero, sizeof(zero));
    memset(&first->material, 'x', sizeof(first->material));
    apr_palloc(first->pool, 1024 * 1024);
    mssl_desk_give(desks, first);
    desk = mssl_desk_take(desks); /* the same one again, as new */
    assert_ptr_equal(desk, first);
    assert_memory_equal(&desk->material, &zero, sizeof(zero));
    mssl_desk_give(desks, desk);
    apr_pool_destroy(pool);
}

/* As many as are wanted at a time, each another; the leak checker sees that none is lost. */
static void test_many(void **state)
{
    mssl_desk_t *desk[MANY];
    mssl_desks_t *desks;
    apr_pool_t *pool;
    int i, j;

    (void)state;
    apr_pool_create(&pool, NULL);
    assert_int_equal(mssl_desks_make(&desks, pool), APR_SUCCESS);
    for (i = 0; i < MANY; i++) {
        desk[i] = mssl_desk_take(desks);
        assert_non_null(desk[i]);
        for (j = 0; j < i; j++) {
            assert_ptr_not_equal(desk[i], desk[j]);
            assert_ptr_not_equal(desk[i]->pool, desk[j]->pool);
        }
    }
    for (i = 0; i < MANY; i++) {
        mssl_desk_give(desks, desk[i]);
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
    rc = cmocka_run_group_tests_name("desk", tests, NULL, NULL);
    apr_terminate();
    return rc;
}
