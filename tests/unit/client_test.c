/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <string.h>

#include "lib/base/client.h"

static void test_addresses(void **state)
{
    static const struct {
        const char *text;
        int family;
        int len;
        unsigned char addr[16];
    } rows[] = {
        {"192.0.2.7", APR_INET, 4, {192, 0, 2, 7}},
        {"::ffff:192.0.2.7", APR_INET6, 4, {192, 0, 2, 7}},
        {"2001:db8:1:2:3:4:5:6", APR_INET6, 16, {0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2}},
        {"2001:db8:1:2::", APR_INET6, 16, {0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2}},
        {"::1", APR_INET6, 16, {0}},
    };
    mssl_client_t client;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        apr_sockaddr_t *addr = NULL;

        assert_int_equal(apr_sockaddr_info_get(&addr, rows[i].text, rows[i].family, 4711, 0,
                                               *state), APR_SUCCESS);
        memset(&client, 0x55, sizeof(client));
        client.stack = 42;
        mssl_client_set_addr(&client, addr);
        assert_int_equal(client.addr_len, rows[i].len);
        assert_memory_equal(client.addr, rows[i].addr, 16);
        assert_int_equal(client.stack, 42);
    }
}

static void test_no_address(void **state)
{
    apr_sockaddr_t local;
    mssl_client_t client;

    (void)state;
    memset(&client, 0x55, sizeof(client));
    mssl_client_set_addr(&client, NULL);
    assert_int_equal(client.addr_len, 0);
    memset(&local, 0, sizeof(local));
    local.family = APR_UNSPEC;
    memset(&client, 0x55, sizeof(client));
    mssl_client_set_addr(&client, &local);
    assert_int_equal(client.addr_len, 0);
}

static void test_stack(void **state)
{
    static const unsigned char plain[] = {0x13, 0x01, 0xc0, 0x2b};
    static const unsigned char greased[] = {0xda, 0xda, 0x13, 0x01, 0xc0, 0x2b, 0x0a, 0x0a};
    static const unsigned char signalled[] = {0x13, 0x01, 0xc0, 0x2b, 0x00, 0xff, 0x56, 0x00};
    static const unsigned char odd[] = {0x13, 0x01, 0xc0, 0x2b, 0x07};
    static const unsigned char turned[] = {0xc0, 0x2b, 0x13, 0x01};
    static const unsigned char near_grease[] = {0x13, 0x01, 0xc0, 0x2b, 0x0a, 0x1a};
    apr_uint64_t stack = mssl_client_stack(plain, sizeof(plain));

    (void)state;
    /* Fixed: the machines of a cluster have to agree. */
    assert_true(stack == 0xf64db30d5d001970ULL);
    assert_true(mssl_client_stack(greased, sizeof(greased)) == stack);
    assert_true(mssl_client_stack(signalled, sizeof(signalled)) == stack);
    assert_true(mssl_client_stack(odd, sizeof(odd)) == stack);
    assert_true(mssl_client_stack(turned, sizeof(turned)) != stack);
    assert_true(mssl_client_stack(near_grease, sizeof(near_grease)) != stack);
    assert_true(mssl_client_stack(NULL, 0) != 0);
    assert_true(mssl_client_stack(NULL, 8) == mssl_client_stack(plain, 0));
}

static void test_program(void **state)
{
    apr_uint64_t program = mssl_client_program("Mozilla/5.0 JJ");

    (void)state;
    assert_true(mssl_client_program("Mozilla/5.0 JJ") == program);
    /* Every byte counts, what would be GREASE in a cipher list and the last one, too. */
    assert_true(mssl_client_program("Mozilla/5.0 ") != program);
    assert_true(mssl_client_program("Mozilla/5.0 JJ1") != program);
    assert_true(mssl_client_program("") == mssl_client_program(NULL));
    assert_true(mssl_client_program(NULL) != 0);
}

static int set_up(void **state)
{
    apr_initialize();
    return apr_pool_create((apr_pool_t **)state, NULL);
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
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_stack),
    };

    return cmocka_run_group_tests_name("client", tests, set_up, tear_down);
}
