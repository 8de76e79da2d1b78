/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_UNIT_TEST_H
#define MSSL_TESTS_UNIT_TEST_H

/** @file test.h What every unit test needs: cmocka with its own prerequisites, in their order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** cmocka's assert_in_range is deprecated in 2.0, and what it has instead is not in 1.1. */
#define assert_within(value, least, most) \
    do { \
        intmax_t value_ = (value); \
        assert_true(value_ >= (least) && value_ <= (most)); \
    } while (0)
#undef assert_in_range

/** Rows of a table. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif /* MSSL_TESTS_UNIT_TEST_H */
