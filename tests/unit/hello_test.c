/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "lib/base/hello.h"

/* A ClientHello under construction. */
typedef struct message_t {
    unsigned char bytes[2048];
    size_t len;
} message_t;

static void put(message_t *m, const void *data, size_t len)
{
    assert_true(m->len + len <= sizeof(m->bytes));
    memcpy(m->bytes + m->len, data, len);
    m->len += len;
}

static void put_number(message_t *m, size_t number, int len)
{
    while (len-- > 0) {
        unsigned char byte = (unsigned char)(number >> (8 * len));

        put(m, &byte, 1);
    }
}

static void put_extension(message_t *m, int type, const message_t *body)
{
    put_number(m, (size_t)type, 2);
    put_number(m, body->len, 2);
    put(m, body->bytes, body->len);
}

static void put_sni(message_t *m, const char *name, size_t len, int type)
{
    message_t body = { { 0 }, 0 };

    put_number(&body, len + 3, 2);
    put_number(&body, (size_t)type, 1);
    put_number(&body, len, 2);
    put(&body, name, len);
    put_extension(m, 0, &body);
}

static void put_alpn(message_t *m, const char *const *protocols)
{
    message_t list = { { 0 }, 0 };
    message_t body = { { 0 }, 0 };

    for (; *protocols != NULL; protocols++) {
        put_number(&list, strlen(*protocols), 1);
        put(&list, *protocols, strlen(*protocols));
    }
    put_number(&body, list.len, 2);
    put(&body, list.bytes, list.len);
    put_extension(m, 16, &body);
}

/* The whole message around its extensions; NULL: it has none at all. */
static message_t wrap(const message_t *extensions)
{
    static const unsigned char random[32] = { 7 };
    static const unsigned char ciphers[] = { 0x13, 0x01, 0xc0, 0x2f };
    message_t body = { { 0 }, 0 };
    message_t m = { { 0 }, 0 };

    put_number(&body, 0x0303, 2);
    put(&body, random, sizeof(random));
    put_number(&body, 0, 1);
    put_number(&body, sizeof(ciphers), 2);
    put(&body, ciphers, sizeof(ciphers));
    put_number(&body, 1, 1);
    put_number(&body, 0, 1);
    if (extensions != NULL) {
        put_number(&body, extensions->len, 2);
        put(&body, extensions->bytes, extensions->len);
    }
    put_number(&m, 1, 1);
    put_number(&m, body.len, 3);
    put(&m, body.bytes, body.len);
    return m;
}

static mssl_hello_t parse_sni(const char *name, size_t len, int type)
{
    message_t extensions = { { 0 }, 0 };
    mssl_hello_t hello;
    message_t m;

    put_sni(&extensions, name, len, type);
    m = wrap(&extensions);
    assert_int_equal(mssl_hello_parse(&hello, m.bytes, m.len), 1);
    return hello;
}

static void test_sni(void **state)
{
    mssl_hello_t hello = parse_sni("A.Example.", 10, 0);

    (void)state;
    assert_int_equal(hello.had_sni, 1);
    assert_string_equal(hello.sni, "A.Example.");
    assert_string_equal(hello.name, "a.example");
    assert_true(hello.stack != 0);
}

static void test_sni_that_is_no_name(void **state)
{
    char longest[300];
    mssl_hello_t hello;

    (void)state;
    memset(longest, 'l', sizeof(longest));
    hello = parse_sni("a.example\0.evil", 15, 0);
    assert_string_equal(hello.sni, "");
    assert_string_equal(hello.name, "");
    hello = parse_sni(longest, sizeof(longest), 0);
    assert_string_equal(hello.sni, "");
    assert_string_equal(hello.name, "");
    hello = parse_sni("a.example", 9, 1);
    assert_string_equal(hello.name, "");
    assert_int_equal(hello.had_sni, 1);
}

/* RFC 6066 section 3 forbids them: they say nothing, as no SNI does. */
static void test_sni_that_says_nothing(void **state)
{
    static const char *const nothing[] = {
        "", "192.0.2.1", "127.0.0.1", "::1", "[::1]", "2001:db8::1"
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        mssl_hello_t hello = parse_sni(nothing[i], strlen(nothing[i]), 0);

        assert_int_equal(hello.had_sni, 0);
        assert_string_equal(hello.sni, "");
        assert_string_equal(hello.name, "");
    }
    assert_int_equal(parse_sni("1.2.3", 5, 0).had_sni, 1);
    assert_int_equal(parse_sni("192.0.2.1.", 10, 0).had_sni, 1);
}

static void test_without_sni(void **state)
{
    message_t extensions = { { 0 }, 0 };
    message_t m = wrap(&extensions);
    mssl_hello_t hello;

    (void)state;
    assert_int_equal(mssl_hello_parse(&hello, m.bytes, m.len), 1);
    assert_int_equal(hello.had_sni, 0);
    m = wrap(NULL);
    assert_int_equal(mssl_hello_parse(&hello, m.bytes, m.len), 1);
    assert_int_equal(hello.had_sni, 0);
}

static int parse_acme(const char *const *protocols)
{
    message_t extensions = { { 0 }, 0 };
    mssl_hello_t hello;
    message_t m;

    put_alpn(&extensions, protocols);
    put_sni(&extensions, "a.example", 9, 0);
    m = wrap(&extensions);
    assert_int_equal(mssl_hello_parse(&hello, m.bytes, m.len), 1);
    assert_string_equal(hello.name, "a.example");
    return hello.is_acme;
}

static void test_acme_alone(void **state)
{
    static const char *const alone[] = { "acme-tls/1", NULL };
    static const char *const first[] = { "acme-tls/1", "h2", NULL };
    static const char *const last[] = { "h2", "acme-tls/1", NULL };
    static const char *const other[] = { "acme-tls/2", NULL };
    static const char *const none[] = { NULL };

    (void)state;
    assert_int_equal(parse_acme(alone), 1);
    assert_int_equal(parse_acme(first), 0);
    assert_int_equal(parse_acme(last), 0);
    assert_int_equal(parse_acme(other), 0);
    assert_int_equal(parse_acme(none), 0);
}

static void test_every_cut_is_refused(void **state)
{
    static const mssl_hello_t nothing;
    message_t extensions = { { 0 }, 0 };
    mssl_hello_t hello;
    message_t m;
    size_t before;
    size_t len;

    (void)state;
    put_sni(&extensions, "a.example", 9, 0);
    m = wrap(&extensions);
    /* TLS 1.2 may end before the length of the extensions. */
    before = m.len - extensions.len - 2;
    for (len = 0; len < m.len; len++) {
        int ok = mssl_hello_parse(&hello, m.bytes, len);

        assert_int_equal(ok, len == before);
        if (!ok) {
            assert_memory_equal(&hello, &nothing, sizeof(hello));
        }
    }
    m.bytes[0] = 2;
    assert_int_equal(mssl_hello_parse(&hello, m.bytes, m.len), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sni),
        cmocka_unit_test(test_sni_that_is_no_name),
        cmocka_unit_test(test_sni_that_says_nothing),
        cmocka_unit_test(test_without_sni),
        cmocka_unit_test(test_acme_alone),
        cmocka_unit_test(test_every_cut_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
