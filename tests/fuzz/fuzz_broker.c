/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/broker/message.c: what a hostile child sends to the broker, and what an impostor of the broker sends to a
 * child. What is taken is written back byte for byte. The first byte says which: 'h' and a state a header, 'q' a request,
 * 'a' an answer.
 */
#include <apr_general.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/broker/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void try_head(const uint8_t *data, size_t size)
{
    unsigned char again[MSSL_MESSAGE_HEAD];
    mssl_message_type_t type;
    size_t len;

    if (size == MSSL_MESSAGE_HEAD + 1
        && mssl_message_decode_head(data + 1, (mssl_peer_state_t)data[0], &type, &len)
           == APR_SUCCESS) {
        require(len <= MSSL_ANSWER_MAX && (type == MSSL_MESSAGE_ANSWER || len <= MSSL_REQUEST_MAX));
        mssl_message_encode_head(again, type, len);
        require(memcmp(again, data + 1, sizeof(again)) == 0);
    }
}

static void try_request(const uint8_t *data, size_t size)
{
    unsigned char again[MSSL_REQUEST_MAX];
    char canon[MSSL_NAME_SIZE];
    mssl_request_t request;

    if (size > MSSL_REQUEST_MAX
        || mssl_message_decode_request(&request, data, size) != APR_SUCCESS) {
        return;
    }
    require(request.source >= 0);
    require(mssl_name_canon_pattern(canon, request.key, strlen(request.key)));
    require(strcmp(canon, request.key) == 0);
    require(mssl_message_encode_request(again, &request) == size);
    require(memcmp(again, data, size) == 0);
}

static void check_item(const mssl_item_t *item)
{
    const mssl_blob_t *blobs[] = { &item->cert, &item->key, &item->staple, &item->chain };
    size_t i;

    require(strlen(item->label) + strlen(item->key_label) <= 2 * MSSL_MESSAGE_TEXT_MAX);
    for (i = 0; i < sizeof(blobs) / sizeof(blobs[0]); i++) {
        require(blobs[i]->data != NULL || blobs[i]->len == 0);
        require(blobs[i]->data == NULL || item->rv == APR_SUCCESS);
        require(blobs[i]->data == NULL || blobs[i]->data[blobs[i]->len] == '\0');
    }
}

static void try_reply(const uint8_t *data, size_t size)
{
    mssl_found_t reply;
    unsigned char *again;
    apr_pool_t *pool;
    size_t len;
    int i;

    if (mssl_message_decode_reply(&reply, data, size) != APR_SUCCESS) {
        return;
    }
    for (i = 0; i < reply.material.nitems; i++) {
        check_item(&reply.material.item[i]);
    }
    require(apr_pool_create_unmanaged_ex(&pool, NULL, NULL) == APR_SUCCESS);
    require(mssl_message_encode_reply(&again, &len, &reply, pool) == APR_SUCCESS);
    require(len == size && memcmp(again, data, len) == 0);
    apr_pool_destroy(pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready;

    if (!ready) {
        apr_initialize();
        ready = 1;
    }
    if (size == 0) {
        return 0;
    }
    switch (data[0]) {
    case 'h':
        try_head(data + 1, size - 1);
        break;
    case 'q':
        try_request(data + 1, size - 1);
        break;
    case 'a':
        try_reply(data + 1, size - 1);
        break;
    }
    return 0;
}
