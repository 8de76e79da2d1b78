/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <string.h>

#include "lib/base/mailbox.h"

#define NONE MSSL_MAILBOX_NONE
#define LOCAL MSSL_MAILBOX_LOCAL
#define WHOLE MSSL_MAILBOX_WHOLE
#define PUBLIC MSSL_MAILBOX_PUBLIC
#define PLAIN MSSL_MAILBOX_PLAIN
/** With its length, as a NUL may stand in it. */
#define ROW(text, kind) { text, sizeof(text) - 1, kind }

static const struct {
    const char *text;
    size_t len;
    mssl_mailbox_t kind;
} rows[] = {
    ROW("root", LOCAL),
    ROW("www-data", LOCAL),
    ROW("a@localhost", WHOLE),
    ROW("o'neil@localhost", WHOLE),
    ROW("a@b.example", PLAIN),
    ROW("A.b+c_d-e@X-y.B.example", PLAIN),
    ROW("a-@b.example", PLAIN),
    ROW("a@b_c.example", PLAIN),
    ROW("a@xn--bcher-kva.example", PLAIN),
    ROW("o'neil@b.example", PUBLIC),
    ROW("post=master@b.example", PUBLIC),
    ROW("a$x@b.example", PUBLIC),
    ROW("!#$%&'*+/=?^_`{|}~-@b.example", PUBLIC),
    /* Nothing, or a part is missing. */
    ROW("", NONE),
    ROW("@", NONE),
    ROW("@b.example", NONE),
    ROW("a@", NONE),
    ROW(".", NONE),
    ROW("-", NONE),
    /* Two of them. */
    ROW("a@b@c.example", NONE),
    ROW("a@@b.example", NONE),
    ROW("a@b.example,c@d.example", NONE),
    ROW("a@b.example c@d.example", NONE),
    ROW("a@b.example;c", NONE),
    ROW("a;b@b.example", NONE),
    /* An option. */
    ROW("-t", NONE),
    ROW("-oi@b.example", NONE),
    ROW("--@b.example", NONE),
    /* Dots. */
    ROW(".a@b.example", NONE),
    ROW("a.@b.example", NONE),
    ROW("a..b@b.example", NONE),
    ROW("a..b", NONE),
    ROW("a@.example", NONE),
    ROW("a@b..example", NONE),
    ROW("a@b.example.", NONE),
    ROW("a@b.example..", NONE),
    /* What else RFC 5321 and 5322 know: quotes, comments, groups, routes, literals. */
    ROW("\"a\"@b.example", NONE),
    ROW("\"a@c.example\"@b.example", NONE),
    ROW("a\\@b.example", NONE),
    ROW("<a@b.example>", NONE),
    ROW("A <a@b.example>", NONE),
    ROW("a@b.example(c)", NONE),
    ROW("(c)a@b.example", NONE),
    ROW("a:b@c.example", NONE),
    ROW("@x.example:a@b.example", NONE),
    ROW("a@[192.0.2.1]", NONE),
    ROW("a@[IPv6:2001:db8::1]", NONE),
    ROW("a@192.0.2.1", NONE),
    ROW("a@b.example:25", NONE),
    ROW("a@b.example/c", NONE),
    ROW("a@*.example", NONE),
    /* A line of one's own, and other bytes that do something. */
    ROW("a@b.example\nBcc: x@y.example", NONE),
    ROW("a@b.example\r\nBcc: x@y.example", NONE),
    ROW("a@b.example\n", NONE),
    ROW("a@b.example\r", NONE),
    ROW("a@b_.example\n", NONE),
    ROW("\na@b.example", NONE),
    ROW("a\n@b.example", NONE),
    ROW("a\r\nb", NONE),
    ROW(" a@b.example", NONE),
    ROW("a@b.example ", NONE),
    ROW("a b@c.example", NONE),
    ROW("a\t@b.example", NONE),
    ROW("a\x01@b.example", NONE),
    ROW("a\x1b[2J@b.example", NONE),
    ROW("a\x7f@b.example", NONE),
    ROW("a@b\x08.example", NONE),
    ROW("a\x80@b.example", NONE),
    ROW("a\0@b.example", NONE),
    ROW("a@b.example\0", NONE),
    ROW("a@b.example\0.c.example", NONE),
    ROW("root\0", NONE),
    ROW("\0", NONE),
    /* U+202E turns what stands behind it, U+200B is not seen, U+2066 isolates. */
    ROW("a\xe2\x80\xae@b.example", NONE),
    ROW("a@\xe2\x80\xae" "b.example", NONE),
    ROW("a\xe2\x80\x8b@b.example", NONE),
    ROW("a@b.example\xe2\x81\xa6", NONE),
    /* Letters beyond ASCII (RFC 6531), and other "@" and "." */
    ROW("\xc3\xa4@b.example", NONE),
    ROW("a@b\xc3\xbc.example", NONE),
    ROW("a\xef\xbc\xa0" "b.example", NONE),
    ROW("a@b\xe3\x80\x82" "example", NONE),
};

static void test_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_mailbox_t kind = mssl_mailbox_judge(rows[i].text, rows[i].len);

        if (kind != rows[i].kind) {
            fail_msg("row %u, '%s': %d, not %d", (unsigned)i, rows[i].text, kind, rows[i].kind);
        }
        if (strlen(rows[i].text) == rows[i].len) {
            assert_int_equal(mssl_mailbox_is_any(rows[i].text), kind != NONE);
            assert_int_equal(mssl_mailbox_is_plain(rows[i].text), kind == PLAIN);
        }
    }
}

/* Nothing behind the length is looked at. */
static void test_length(void **state)
{
    (void)state;
    assert_int_equal(mssl_mailbox_judge("a@b.example\n", 11), PLAIN);
    assert_int_equal(mssl_mailbox_judge("root@", 4), LOCAL);
    assert_int_equal(mssl_mailbox_judge(NULL, 0), NONE);
}

/* "xx...@xxx.xxx...": @param local of it @param len of all @return the kind */
static mssl_mailbox_t judge_long(size_t local, size_t len)
{
    char text[512];
    size_t i;

    memset(text, 'x', sizeof(text));
    if (local < len) {
        text[local] = '@';
        for (i = local + 4; i + 1 < len; i += 4) {
            text[i] = '.';
        }
    }
    return mssl_mailbox_judge(text, len);
}

/* RFC 5321, 4.5.3.1.1 and 4.5.3.1.3. */
static void test_bounds(void **state)
{
    (void)state;
    assert_int_equal(judge_long(64, 64), LOCAL);
    assert_int_equal(judge_long(65, 65), NONE);
    assert_int_equal(judge_long(64, 100), PLAIN);
    assert_int_equal(judge_long(65, 100), NONE);
    assert_int_equal(judge_long(1, 254), PLAIN);
    assert_int_equal(judge_long(64, 254), PLAIN);
    assert_int_equal(judge_long(1, 255), NONE);
    assert_int_equal(judge_long(64, 255), NONE);
    assert_int_equal(judge_long(1, 256), NONE);
    assert_int_equal(judge_long(1, 512), NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
