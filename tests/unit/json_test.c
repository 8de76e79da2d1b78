/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/jsonread.h"

typedef struct sheet_t {
    char text[16384];
    size_t len;
    size_t room; /* what is taken before the sink says no */
} sheet_t;

static sheet_t sheet;

static apr_status_t take(void *baton, const char *data, size_t len)
{
    sheet_t *to = baton;

    if (to->len + len > to->room) {
        return APR_ENOSPC;
    }
    memcpy(to->text + to->len, data, len);
    to->len += len;
    to->text[to->len] = '\0';
    return APR_SUCCESS;
}

static void begin(mssl_json_t *json, int lines)
{
    memset(&sheet, 0, sizeof(sheet));
    sheet.room = sizeof(sheet.text) - 1;
    mssl_json_init(json, take, &sheet, lines);
}

static void test_values(void **state)
{
    mssl_json_t json;

    (void)state;
    begin(&json, 0);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "text", "a");
    mssl_json_text(&json, "none", NULL);
    mssl_json_int(&json, "int", -9007199254740993);
    mssl_json_bool(&json, "yes", 2);
    mssl_json_null(&json, "null");
    mssl_json_time(&json, "time", apr_time_from_sec(1795948205) + 999999);
    mssl_json_time(&json, "never", 0);
    mssl_json_seconds(&json, "span", apr_time_from_sec(1) + 500000);
    mssl_json_seconds(&json, "whole", apr_time_from_sec(300));
    mssl_json_open(&json, "list", '[');
    mssl_json_int(&json, NULL, 1);
    mssl_json_open(&json, NULL, '{');
    mssl_json_close(&json);
    mssl_json_close(&json);
    mssl_json_close(&json);
    assert_int_equal(mssl_json_end(&json), APR_SUCCESS);
    assert_string_equal(sheet.text, "{\"text\":\"a\",\"none\":null,\"int\":-9007199254740993,"
                        "\"yes\":true,\"null\":null,\"time\":\"2026-11-29T10:30:05Z\",\"never\":null,"
                        "\"span\":1.5,\"whole\":300,\"list\":[1,{}]}\n");
}

static void test_lines(void **state)
{
    mssl_json_t json;

    (void)state;
    begin(&json, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_open(&json, "a", '[');
    mssl_json_open(&json, NULL, '{');
    mssl_json_int(&json, "n", 1);
    mssl_json_int(&json, "m", 2);
    mssl_json_close(&json);
    mssl_json_close(&json);
    mssl_json_open(&json, "b", '[');
    mssl_json_close(&json);
    mssl_json_close(&json);
    assert_int_equal(mssl_json_end(&json), APR_SUCCESS);
    assert_string_equal(sheet.text, "{\n  \"a\":[\n    {\"n\":1,\"m\":2}\n  ],\n  \"b\":[]\n}\n");
}

/* No byte that was foreign comes out as it went in, unless it is plain. */
static void test_escapes(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"a.example", "a.example"},
        {"\"\\/", "\\\"\\\\/"},
        {"\n\t\x1b[2J\x7f", "\\n\\u0009\\u001b[2J\\u007f"},
        {"</script>&", "\\u003c/script\\u003e\\u0026"},
        {"\xc3\xbc", "\\u00fc"},
        {"\xe2\x80\xae", "\\u202e"},
        {"\xf0\x9f\x94\x92", "\\ud83d\\udd12"},
        {"\xff\xc3", "\\ufffd\\ufffd"},
        {"\xc0\xaf", "\\ufffd\\ufffd"},
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xc2\x85", "\\u0085"},
    };
    mssl_json_t json;
    char expected[256];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        begin(&json, 0);
        mssl_json_text(&json, NULL, rows[i].in);
        assert_int_equal(mssl_json_end(&json), APR_SUCCESS);
        apr_snprintf(expected, sizeof(expected), "\"%s\"\n", rows[i].out);
        assert_string_equal(sheet.text, expected);
    }
}

static void test_long(void **state)
{
    mssl_json_t json;
    int i;

    (void)state;
    begin(&json, 0);
    mssl_json_open(&json, NULL, '[');
    for (i = 0; i < 1000; i++) {
        mssl_json_int(&json, NULL, 100000 + i);
    }
    mssl_json_close(&json);
    assert_int_equal(mssl_json_end(&json), APR_SUCCESS);
    assert_int_equal(sheet.len, 1000 * 7 - 1 + 3);
    sheet.len = 0;
    sheet.room = 3000;
    mssl_json_init(&json, take, &sheet, 0);
    for (i = 0; i < 1000; i++) {
        mssl_json_text(&json, NULL, "0123456789");
    }
    assert_int_equal(mssl_json_end(&json), APR_ENOSPC);
    assert_true(sheet.len <= 3000);
}

static void test_read(void **state)
{
    static const char text[] =
        " {\"a\" : [1, -2.5e3, \"x\\u00fc\\ud83d\\udd12\\n\", true,false , null,{}],\"n\":42,"
        "\"s\":1.25,\"t\":\"u\",\"yes\":true,\"t\":\"last\"}\n";
    const mssl_json_value_t *value, *item;
    mssl_reason_t why = { "" };

    assert_int_equal(mssl_json_read(&value, text, strlen(text), *state, &why), APR_SUCCESS);
    item = mssl_json_get_first(value, "a");
    assert_string_equal(item->text, "1");
    assert_string_equal(item->next->text, "-2.5e3");
    assert_string_equal(item->next->next->text, "x\xc3\xbc\xf0\x9f\x94\x92\n");
    assert_int_equal(item->next->next->next->kind, MSSL_JSON_TRUE);
    assert_int_equal(mssl_json_get_int(value, "n", 0), 42);
    assert_int_equal(mssl_json_get_int(value, "s", 7), 7);
    assert_int_equal(mssl_json_get_span(value, "s", 0), 1250000);
    assert_int_equal(mssl_json_get_span(value, "t", 5), 5);
    assert_string_equal(mssl_json_get_text(value, "t", NULL), "last");
    assert_null(mssl_json_get_text(value, "n", NULL));
    assert_true(mssl_json_get_bool(value, "yes", 0));
    assert_true(mssl_json_get_bool(value, "no", 1));
    assert_null(mssl_json_get_first(value, "t"));
}

static void test_times(void **state)
{
    static const char *const refused[] = { "1", "\"\"", "\"2026-11-29\"", "\"2026-11-29T10:30:05\"",
                                           "\"2026-11-29T10:30:05+\"", "\"2026-00-29T10:30:05Z\"",
                                           "\"1969-11-29T10:30:05Z\"", "\"x026-11-29T10:30:05Z\"",
                                           "\"2026-11-32T10:30:05Z\"", "[]" };
    const mssl_json_value_t *value;
    mssl_reason_t why = { "" };
    apr_pool_t *pool;
    apr_time_t time = 5;
    char text[128];
    size_t i;

    (void)state;
    apr_pool_create(&pool, NULL);
    strcpy(text, "{\"t\":\"2026-11-29T10:30:05Z\",\"n\":null}");
    assert_int_equal(mssl_json_read(&value, text, strlen(text), pool, &why), APR_SUCCESS);
    assert_int_equal(mssl_json_get_time(&time, value, "t"), APR_SUCCESS);
    assert_true(time == apr_time_from_sec(1795948205));
    assert_int_equal(mssl_json_get_time(&time, value, "n"), APR_SUCCESS);
    assert_true(time == 0);
    assert_int_equal(mssl_json_get_time(&time, value, "none"), APR_SUCCESS);
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        snprintf(text, sizeof(text), "{\"t\":%s}", refused[i]);
        assert_int_equal(mssl_json_read(&value, text, strlen(text), pool, &why), APR_SUCCESS);
        assert_int_equal(mssl_json_get_time(&time, value, "t"), APR_EINVAL);
    }
    apr_pool_destroy(pool);
}

static void test_refused(void **state)
{
    static const char *const rows[] = {
        "", " ", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "1 2", "01",
        "-", "1.", "1e", "+1", ".5", "nul", "tru", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
        "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u0000\"", "\"\xff\"", "\"\n\"",
        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "{\"a\":1]", "NaN", "\xef\xbb\xbf{}",
    };
    const mssl_json_value_t *value;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        mssl_reason_t why = { "" };

        if (mssl_json_read(&value, rows[i], strlen(rows[i]), *state, &why) == APR_SUCCESS) {
            fail_msg("taken: %s", rows[i]);
        }
        assert_null(value);
        assert_true(why.text[0] != '\0');
    }
}

static int set_up(void **state)
{
    apr_initialize();
    return apr_pool_create((apr_pool_t **)state, NULL) != APR_SUCCESS;
}

static int tear_down(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("json", tests, set_up, tear_down);
}
