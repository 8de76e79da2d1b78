/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <apr_general.h>
#include <stdlib.h>
#include <string.h>

#include "lib/broker/message.h"

static apr_pool_t *pool_of(void **state)
{
    return *state;
}

static void test_heads(void **state)
{
    static const struct {
        mssl_message_type_t type;
        mssl_peer_state_t state;
        size_t len;
        apr_status_t rv;
    } rows[] = {
        { MSSL_MESSAGE_HELLO, MSSL_PEER_NEW, 0, APR_SUCCESS },
        { MSSL_MESSAGE_HELLO, MSSL_PEER_NEW, 1, APR_EINVAL },
        { MSSL_MESSAGE_HELLO, MSSL_PEER_IDLE, 0, APR_EINVAL },
        { MSSL_MESSAGE_HELLO, MSSL_PEER_ASKED, 0, APR_EINVAL },
        { MSSL_MESSAGE_FETCH, MSSL_PEER_NEW, 20, APR_EINVAL },
        { MSSL_MESSAGE_FETCH, MSSL_PEER_IDLE, 20, APR_SUCCESS },
        { MSSL_MESSAGE_FETCH, MSSL_PEER_ASKED, 20, APR_EINVAL },
        { MSSL_MESSAGE_FETCH, MSSL_PEER_IDLE, 0, APR_EINVAL },
        { MSSL_MESSAGE_FETCH, MSSL_PEER_IDLE, MSSL_REQUEST_MAX, APR_SUCCESS },
        { MSSL_MESSAGE_FETCH, MSSL_PEER_IDLE, MSSL_REQUEST_MAX + 1, APR_EINVAL },
        { MSSL_MESSAGE_ANSWER, MSSL_PEER_ASKED, 50, APR_SUCCESS },
        { MSSL_MESSAGE_ANSWER, MSSL_PEER_IDLE, 50, APR_EINVAL },
        { MSSL_MESSAGE_ANSWER, MSSL_PEER_ASKED, MSSL_ANSWER_MAX, APR_SUCCESS },
        { MSSL_MESSAGE_ANSWER, MSSL_PEER_ASKED, (size_t)MSSL_ANSWER_MAX + 1, APR_EINVAL },
        { (mssl_message_type_t)0, MSSL_PEER_IDLE, 20, APR_EINVAL },
        { MSSL_MESSAGE_RECALL, MSSL_PEER_IDLE, 20, APR_SUCCESS },
        { MSSL_MESSAGE_RECALL, MSSL_PEER_ASKED, 20, APR_EINVAL },
        { MSSL_MESSAGE_RECALL, MSSL_PEER_IDLE, MSSL_REQUEST_MAX + 1, APR_EINVAL },
        { (mssl_message_type_t)6, MSSL_PEER_IDLE, 20, APR_EINVAL },
        { (mssl_message_type_t)0x10002, MSSL_PEER_IDLE, 20, APR_EINVAL },
    };
    unsigned char head[MSSL_MESSAGE_HEAD];
    mssl_message_type_t type;
    size_t i, len;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        mssl_message_encode_head(head, rows[i].type, rows[i].len);
        assert_int_equal(mssl_message_decode_head(head, rows[i].state, &type, &len), rows[i].rv);
        if (rows[i].rv == APR_SUCCESS) {
            assert_int_equal(type, rows[i].type);
            assert_int_equal(len, rows[i].len);
        }
    }
    mssl_message_encode_head(head, MSSL_MESSAGE_FETCH, 20);
    head[0] ^= 1;
    assert_int_equal(mssl_message_decode_head(head, MSSL_PEER_IDLE, &type, &len), APR_EINVAL);
}

static void test_requests(void **state)
{
    static const struct {
        const char *key;
        apr_status_t rv;
    } rows[] = {
        { "a.example", APR_SUCCESS },
        { "*.example", APR_SUCCESS },
        { "", APR_EINVAL },
        { "A.example", APR_EINVAL },
        { "a.example.", APR_EINVAL },
        { "../../etc/shadow", APR_EINVAL },
        { "/etc/shadow", APR_EINVAL },
        { "a.example/key", APR_EINVAL },
        { "*", APR_EINVAL },
        { "192.0.2.1", APR_EINVAL },
        { "a b", APR_EINVAL },
    };
    unsigned char body[MSSL_REQUEST_MAX];
    mssl_request_t in, out;
    size_t i, len;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        memset(&in, 0, sizeof(in));
        in.source = (int)i;
        strcpy(in.key, rows[i].key);
        in.has_known = i % 2;
        memset(&in.known, in.has_known ? 'k' : 0, sizeof(in.known));
        len = mssl_message_encode_request(body, &in);
        assert_int_equal(mssl_message_decode_request(&out, body, len), rows[i].rv);
        if (rows[i].rv == APR_SUCCESS) {
            assert_memory_equal(&in, &out, sizeof(in));
        }
        else {
            assert_string_equal(out.key, "");
        }
    }
    in.source = -1;
    strcpy(in.key, "a.example");
    len = mssl_message_encode_request(body, &in);
    assert_int_equal(mssl_message_decode_request(&out, body, len), APR_EINVAL);
}

/* Every shorter body, every longer one, and each byte of its frame changed: malformed, or another proper request. */
static void test_requests_cut(void **state)
{
    unsigned char body[MSSL_REQUEST_MAX + 1] = { 0 }, again[MSSL_REQUEST_MAX];
    mssl_request_t in = { .source = 3, .key = "site.example", .has_known = 1 }, out;
    size_t i, len = mssl_message_encode_request(body, &in);

    (void)state;
    for (i = 0; i < len; i++) {
        unsigned char *exact = malloc(i + 1);

        memcpy(exact, body, i);
        assert_int_equal(mssl_message_decode_request(&out, exact, i), APR_EINVAL);
        free(exact);
    }
    assert_int_equal(mssl_message_decode_request(&out, body, len + 1), APR_EINVAL);
    for (i = 0; i < len; i++) {
        body[i] ^= 0x80;
        if (mssl_message_decode_request(&out, body, len) == APR_SUCCESS) {
            assert_int_equal(mssl_message_encode_request(again, &out), len);
            assert_memory_equal(again, body, len);
        }
        body[i] ^= 0x80;
    }
}

static void fill_reply(mssl_found_t *reply)
{
    mssl_item_t *item = reply->material.item;

    memset(reply, 0, sizeof(*reply));
    memset(&reply->material.stamp, 's', sizeof(reply->material.stamp));
    reply->material.excluded = 1;
    reply->material.nitems = 2;
    item[0].label = "/store/a.example.pem";
    item[0].key_label = "/store/a.example.key";
    item[0].format = item[1].format = MSSL_FORMAT_PEM;
    item[0].cert.data = "certificate";
    item[0].cert.len = 11;
    item[0].key.data = "";
    item[0].staple.data = "\0\1\2";
    item[0].staple.len = 3;
    item[0].is_shared = 1;
    item[1].label = item[1].key_label = "/store/a.example.crt";
    item[1].rv = APR_EACCES;
    strcpy(item[1].why.text, "/store/a.example.crt: permission denied");
}

static void test_replies(void **state)
{
    mssl_found_t in, out;
    unsigned char *body, *exact;
    const mssl_item_t *item = out.material.item;
    size_t i, len;

    fill_reply(&in);
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_SUCCESS);
    assert_int_equal(mssl_message_decode_reply(&out, body, len), APR_SUCCESS);
    assert_memory_equal(&out.material.stamp, &in.material.stamp, sizeof(in.material.stamp));
    assert_true(out.material.excluded);
    assert_int_equal(out.material.nitems, 2);
    assert_string_equal(item[0].label, "/store/a.example.pem");
    assert_string_equal(item[0].key_label, "/store/a.example.key");
    assert_int_equal(item[0].cert.len, 11);
    assert_string_equal(item[0].cert.data, "certificate");
    assert_int_equal(item[0].key.len, 0);
    assert_non_null(item[0].key.data);
    assert_memory_equal(item[0].staple.data, "\0\1\2", 4);
    assert_true(item[0].is_shared && !item[1].is_shared);
    assert_null(item[0].chain.data);
    assert_int_equal(item[1].rv, APR_EACCES);
    assert_string_equal(item[1].why.text, in.material.item[1].why.text);
    assert_true(item[1].cert.data == NULL && item[1].key.data == NULL);
    for (i = 0; i < len; i++) {
        exact = malloc(i + 1);
        memcpy(exact, body, i);
        assert_int_equal(mssl_message_decode_reply(&out, exact, i), APR_EINVAL);
        assert_int_equal(out.material.nitems, 0);
        free(exact);
    }
}

/* An item that failed never has bytes, whatever lies in it; what is not PEM cannot be said at all. */
static void test_replies_hold_nothing_else(void **state)
{
    mssl_found_t in, out;
    unsigned char *body;
    char *big = calloc(1, MSSL_MESSAGE_BLOB_MAX + 2);
    size_t len;

    fill_reply(&in);
    in.material.item[0].rv = APR_EINVAL;
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_SUCCESS);
    assert_null(memmem(body, len, "certificate", 11));
    assert_int_equal(mssl_message_decode_reply(&out, body, len), APR_SUCCESS);
    assert_null(out.material.item[0].cert.data);

    fill_reply(&in);
    in.material.item[0].format = MSSL_FORMAT_PKCS12;
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_EINVAL);
    fill_reply(&in);
    in.material.item[0].password = "secret";
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_EINVAL);
    fill_reply(&in);
    in.material.item[0].chain.data = "";
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_EINVAL);
    fill_reply(&in);
    in.material.nitems = MSSL_MATERIAL_MAX + 1;
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_EINVAL);
    fill_reply(&in);
    in.material.item[0].key.data = big;
    in.material.item[0].key.len = MSSL_MESSAGE_BLOB_MAX + 1;
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_EINVAL);
    in.material.item[0].key.len = MSSL_MESSAGE_BLOB_MAX;
    assert_int_equal(mssl_message_encode_reply(&body, &len, &in, pool_of(state)), APR_SUCCESS);
    assert_int_equal(mssl_message_decode_reply(&out, body, len), APR_SUCCESS);
    assert_int_equal(out.material.item[0].key.len, MSSL_MESSAGE_BLOB_MAX);
    free(big);
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
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_requests_cut),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_replies_hold_nothing_else),
    };

    return cmocka_run_group_tests_name("message", tests, set_up, tear_down);
}
