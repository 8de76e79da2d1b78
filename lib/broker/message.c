/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/message.h"

#include <stdint.h>
#include <string.h>

/** Begins every message. */
#define MAGIC 0x4c53534du
/** The length of a blob that is not there. */
#define NO_BLOB 0xffffffffu

/** Who may say what, when, and how long it may be. */
static const struct row_t {
    mssl_message_type_t type;
    unsigned states; /* of mssl_peer_state_t */
    size_t min, max; /* length of the body */
} rows[] = {
    { MSSL_MESSAGE_HELLO, MSSL_PEER_NEW, 0, 0 },
    { MSSL_MESSAGE_FETCH, MSSL_PEER_IDLE, 1, MSSL_REQUEST_MAX },
    { MSSL_MESSAGE_RECALL, MSSL_PEER_IDLE, 1, MSSL_REQUEST_MAX },
    { MSSL_MESSAGE_ANSWER, MSSL_PEER_ASKED, 1, MSSL_ANSWER_MAX },
};

/** The fields of a body, one behind the other. With at NULL a writer only counts. */
typedef struct writer_t {
    unsigned char *at;
    size_t len;
    int is_bad; /* something cannot be said */
} writer_t;

typedef struct reader_t {
    const unsigned char *at;
    size_t left;
    int is_bad; /* malformed; everything read from here on is zero */
} reader_t;

static void put(writer_t *writer, const void *data, size_t len)
{
    if (writer->at != NULL && len > 0) {
        memcpy(writer->at + writer->len, data, len);
    }
    writer->len += len;
}

static void put_byte(writer_t *writer, int value)
{
    unsigned char byte = (unsigned char)value;

    put(writer, &byte, 1);
}

static void put_number(writer_t *writer, uint32_t value)
{
    put(writer, &value, sizeof(value));
}

/* With its NUL, so that the reader need not copy it. */
static void put_text(writer_t *writer, const char *in)
{
    const char *text = in != NULL ? in : "";
    size_t len = strlen(text);

    writer->is_bad |= len > MSSL_MESSAGE_TEXT_MAX;
    put_number(writer, (uint32_t)len);
    put(writer, text, len + 1);
}

static void put_blob(writer_t *writer, const mssl_blob_t *blob)
{
    if (blob->data == NULL) {
        put_number(writer, NO_BLOB);
        return;
    }
    writer->is_bad |= blob->len > MSSL_MESSAGE_BLOB_MAX;
    put_number(writer, (uint32_t)blob->len);
    put(writer, blob->data, blob->len);
    put_byte(writer, 0);
}

/* NULL when there are not so many bytes. */
static const unsigned char *get(reader_t *reader, size_t len)
{
    const unsigned char *at = reader->at;

    if (reader->is_bad || len > reader->left) {
        reader->is_bad = 1;
        return NULL;
    }
    reader->at += len;
    reader->left -= len;
    return at;
}

/* A byte of at most max. */
static int get_byte(reader_t *reader, int max)
{
    const unsigned char *at = get(reader, 1);

    if (at == NULL || *at > max) {
        reader->is_bad = 1;
        return 0;
    }
    return *at;
}

static uint32_t get_number(reader_t *reader)
{
    const unsigned char *at = get(reader, sizeof(uint32_t));
    uint32_t value = 0;

    if (at != NULL) {
        memcpy(&value, at, sizeof(value));
    }
    return value;
}

/* len bytes with a NUL behind them. */
static const char *get_ended(reader_t *reader, size_t len)
{
    const unsigned char *at = get(reader, len + 1);

    if (at == NULL || at[len] != 0) {
        reader->is_bad = 1;
        return NULL;
    }
    return (const char *)at;
}

static const char *get_text(reader_t *reader)
{
    uint32_t len = get_number(reader);
    const char *text = len <= MSSL_MESSAGE_TEXT_MAX ? get_ended(reader, len) : NULL;

    if (text == NULL || strlen(text) != len) {
        reader->is_bad = 1;
        return "";
    }
    return text;
}

static void get_blob(reader_t *reader, mssl_blob_t *blob)
{
    uint32_t len = get_number(reader);

    blob->data = NULL;
    blob->len = 0;
    if (reader->is_bad || len == NO_BLOB) {
        return;
    }
    if (len > MSSL_MESSAGE_BLOB_MAX) {
        reader->is_bad = 1;
        return;
    }
    blob->data = get_ended(reader, len);
    blob->len = blob->data != NULL ? len : 0;
}

static void get_reason(reader_t *reader, mssl_reason_t *why)
{
    const char *text = get_text(reader);
    size_t len = strlen(text);

    why->text[0] = '\0';
    if (len >= sizeof(why->text)) {
        reader->is_bad = 1;
        return;
    }
    memcpy(why->text, text, len + 1);
}

static void get_stamp(reader_t *reader, mssl_stamp_t *stamp)
{
    const unsigned char *at = get(reader, sizeof(stamp->digest));

    if (at != NULL) {
        memcpy(stamp->digest, at, sizeof(stamp->digest));
    }
}

/* Whether the body was well formed and is used up. */
static apr_status_t finish(const reader_t *reader)
{
    return reader->is_bad || reader->left > 0 ? APR_EINVAL : APR_SUCCESS;
}

apr_status_t mssl_message_decode_head(const unsigned char head[MSSL_MESSAGE_HEAD],
                                      mssl_peer_state_t state, mssl_message_type_t *type,
                                      size_t *len)
{
    reader_t reader = { .at = head, .left = MSSL_MESSAGE_HEAD };
    uint32_t magic = get_number(&reader), kind = get_number(&reader);
    const struct row_t *row;

    *len = get_number(&reader);
    for (row = rows; magic == MAGIC && row < rows + sizeof(rows) / sizeof(rows[0]); row++) {
        if (kind == (uint32_t)row->type) {
            *type = row->type;
            return (row->states & state) != 0 && *len >= row->min && *len <= row->max
                   ? APR_SUCCESS : APR_EINVAL;
        }
    }
    return APR_EINVAL;
}

void mssl_message_encode_head(unsigned char head[MSSL_MESSAGE_HEAD], mssl_message_type_t type,
                              size_t len)
{
    writer_t writer = { .at = head };

    put_number(&writer, MAGIC);
    put_number(&writer, (uint32_t)type);
    put_number(&writer, (uint32_t)len);
}

size_t mssl_message_encode_request(unsigned char body[MSSL_REQUEST_MAX],
                                   const mssl_request_t *request)
{
    writer_t writer = { .at = body };

    put_number(&writer, (uint32_t)request->source);
    put_byte(&writer, request->has_known != 0);
    if (request->has_known) {
        put(&writer, request->known.digest, sizeof(request->known.digest));
    }
    put_text(&writer, request->key);
    return writer.len;
}

apr_status_t mssl_message_decode_request(mssl_request_t *request, const unsigned char *body,
                                         size_t len)
{
    reader_t reader = { .at = body, .left = len };
    const char *key;
    uint32_t source;

    memset(request, 0, sizeof(*request));
    source = get_number(&reader);
    request->has_known = get_byte(&reader, 1);
    if (request->has_known) {
        get_stamp(&reader, &request->known);
    }
    key = get_text(&reader);
    if (finish(&reader) != APR_SUCCESS || source > INT32_MAX
        || !mssl_name_canon_pattern(request->key, key, strlen(key))
        || strcmp(request->key, key) != 0) {
        memset(request, 0, sizeof(*request));
        return APR_EINVAL;
    }
    request->source = (int)source;
    return APR_SUCCESS;
}

static void put_item(writer_t *writer, const mssl_item_t *item)
{
    writer->is_bad |= item->format != MSSL_FORMAT_PEM || item->password != NULL
                      || item->chain.data != NULL;
    put_text(writer, item->label);
    put_text(writer, item->key_label);
    put_byte(writer, item->is_shared != 0);
    put_number(writer, (uint32_t)item->rv);
    put_text(writer, item->why.text);
    if (item->rv == APR_SUCCESS) {
        put_blob(writer, &item->cert);
        put_blob(writer, &item->key);
        put_blob(writer, &item->staple);
    }
}

static void get_item(reader_t *reader, mssl_item_t *item)
{
    item->format = MSSL_FORMAT_PEM;
    item->label = get_text(reader);
    item->key_label = get_text(reader);
    item->is_shared = get_byte(reader, 1);
    item->rv = (apr_status_t)get_number(reader);
    get_reason(reader, &item->why);
    if (item->rv == APR_SUCCESS) {
        get_blob(reader, &item->cert);
        get_blob(reader, &item->key);
        get_blob(reader, &item->staple);
    }
}

static void put_reply(writer_t *writer, const mssl_found_t *reply)
{
    const mssl_material_t *material = &reply->material;
    int i;

    put_number(writer, (uint32_t)reply->rv);
    put_text(writer, reply->why.text);
    put(writer, material->stamp.digest, sizeof(material->stamp.digest));
    put_byte(writer, material->excluded != 0);
    writer->is_bad |= material->nitems < 0 || material->nitems > MSSL_MATERIAL_MAX;
    put_byte(writer, material->nitems);
    for (i = 0; !writer->is_bad && i < material->nitems; i++) {
        put_item(writer, &material->item[i]);
    }
}

apr_status_t mssl_message_encode_reply(unsigned char **body, size_t *len,
                                       const mssl_found_t *reply, apr_pool_t *pool)
{
    writer_t count = { NULL }, writer = { NULL };

    *body = NULL;
    *len = 0;
    put_reply(&count, reply);
    if (count.is_bad || count.len > MSSL_ANSWER_MAX) {
        return APR_EINVAL;
    }
    writer.at = apr_palloc(pool, count.len);
    put_reply(&writer, reply);
    *body = writer.at;
    *len = writer.len;
    return APR_SUCCESS;
}

apr_status_t mssl_message_decode_reply(mssl_found_t *reply, const unsigned char *body, size_t len)
{
    reader_t reader = { .at = body, .left = len };
    mssl_material_t *material = &reply->material;
    int i;

    memset(reply, 0, sizeof(*reply));
    reply->rv = (apr_status_t)get_number(&reader);
    get_reason(&reader, &reply->why);
    get_stamp(&reader, &material->stamp);
    material->excluded = get_byte(&reader, 1);
    material->nitems = get_byte(&reader, MSSL_MATERIAL_MAX);
    for (i = 0; i < material->nitems; i++) {
        get_item(&reader, &material->item[i]);
    }
    if (finish(&reader) != APR_SUCCESS) {
        memset(reply, 0, sizeof(*reply));
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}
