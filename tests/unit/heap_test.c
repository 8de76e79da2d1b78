/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "lib/base/heap.h"

#define MANY 3000

/* As an ordered list would give them, whatever is put in, moved and taken out. */
static void test_order(void **state)
{
    static mssl_heap_node_t node[MANY];
    mssl_heap_t heap = { 0 };
    unsigned int seed = 7;
    apr_time_t last = -1;
    size_t i, left = MANY;

    (void)state;
    assert_null(mssl_heap_get(&heap));
    for (i = 0; i < MANY; i++) {
        seed = seed * 1103515245u + 12345u;
        node[i].at = seed >> 22; /* many are alike */
        assert_true(mssl_heap_add(&heap, &node[i]));
    }
    for (i = 0; i < MANY; i += 3) { /* some change their mind, some go */
        mssl_heap_remove(&heap, &node[i]);
        assert_int_equal(node[i].place, 0);
        if (i % 2 == 0) {
            node[i].at = (node[i].at * 7) % 1000;
            assert_true(mssl_heap_add(&heap, &node[i]));
        }
        else {
            left--;
        }
    }
    mssl_heap_remove(&heap, &node[3]); /* it is in none */
    assert_int_equal(heap.n, left);
    for (; heap.n > 0; left--) {
        mssl_heap_node_t *first = mssl_heap_get(&heap);

        assert_true(first->at >= last);
        last = first->at;
        mssl_heap_remove(&heap, first);
    }
    assert_int_equal(left, 0);
    mssl_heap_free(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_order) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
