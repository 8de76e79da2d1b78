/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/broker/finder.h"

#include <openssl/crypto.h>
#include <string.h>

#include "lib/base/material.h"
#include "lib/base/reason.h"

/** A name whose pairs may have to be remembered. */
typedef struct memory_t {
    const mssl_finder_t *finder;
    const char *source, *key;
    apr_pool_t *pool;
} memory_t;

/* Read what is remembered. @param body out: the caller wipes it. @return as lastgood.h */
static apr_status_t read_memory(const memory_t *memory, unsigned char **body, size_t *len)
{
    return mssl_lastgood_get(memory->finder->last, memory->source, memory->key, body, len,
                             memory->pool);
}

static void forget(const memory_t *memory)
{
    const mssl_finder_t *finder = memory->finder;
    int is_kept = finder->kept != NULL
                  && finder->kept(finder->kept_baton, memory->source, memory->key, NULL,
                                  memory->pool) == APR_SUCCESS;

    mssl_lastgood_drop(finder->last, memory->source, memory->key, is_kept);
}

static const mssl_item_t *find_item(const mssl_material_t *material, const char *label)
{
    int i;

    for (i = 0; i < material->nitems; i++) {
        if (strcmp(material->item[i].label, label) == 0) {
            return &material->item[i];
        }
    }
    return NULL;
}

/*
 * Where nothing in the files is valid any more, what was valid under the same file name stays: a
 * link that was turned the wrong way.
 */
static void keep_valid(const mssl_finder_t *finder, mssl_material_t *good,
                       const mssl_material_t *old)
{
    apr_time_t now = apr_time_now();
    const mssl_item_t *last;
    int i;

    for (i = 0; i < good->nitems; i++) {
        if (finder->is_valid(&good->item[i], now)) {
            return;
        }
    }
    for (i = 0; i < good->nitems; i++) {
        last = find_item(old, good->item[i].label);
        if (last != NULL && finder->is_valid(last, now)) {
            good->item[i] = *last;
        }
    }
}

/*
 * What is good in a judged material, and in the place of what is bad that which was good before.
 * @return whether all of it is good
 */
static int collect(const mssl_material_t *judged, const mssl_material_t *old, mssl_material_t *good)
{
    const mssl_item_t *item;
    int i, is_all = 1;

    good->nitems = 0;
    for (i = 0; i < judged->nitems; i++) {
        item = &judged->item[i];
        if (item->rv != APR_SUCCESS) {
            is_all = 0;
            item = find_item(old, item->label);
        }
        if (item != NULL) {
            good->item[good->nitems++] = *item;
        }
    }
    return is_all;
}

/* @param body NULL: it cannot be said, or there is nothing */
static void write_memory(const memory_t *memory, const unsigned char *body, size_t len)
{
    mssl_lastgood_put(memory->finder->last, memory->source, memory->key, body, len);
}

static void wipe(unsigned char *body, size_t len)
{
    if (body != NULL) {
        OPENSSL_cleanse(body, len);
    }
}

/* What was remembered, and what was found now, become one. */
static void merge(const memory_t *memory, const mssl_material_t *judged, unsigned char *old_body,
                  size_t old_len)
{
    mssl_found_t *good = apr_pcalloc(memory->pool, sizeof(*good));
    mssl_found_t *old = apr_pcalloc(memory->pool, sizeof(*old));
    unsigned char *body;
    size_t len;

    mssl_message_decode_reply(old, old_body, old_len); /* else it is nothing */
    collect(judged, &old->material, &good->material);
    keep_valid(memory->finder, &good->material, &old->material);
    mssl_message_encode_reply(&body, &len, good, memory->pool);
    write_memory(memory, body, len);
    wipe(body, len);
}

static int count_good(const mssl_material_t *judged)
{
    int i, n = 0;

    for (i = 0; i < judged->nitems; i++) {
        n += judged->item[i].rv == APR_SUCCESS;
    }
    return n;
}

/* Behind a look that found files: what is good now is what was good last from now on. */
static void remember(const memory_t *memory, const mssl_material_t *judged)
{
    static const mssl_material_t none;
    mssl_found_t *good;
    unsigned char *body, *old;
    size_t len, old_len;
    int is_all, was_there;

    if (judged->nitems == 0) { /* none is this name's */
        forget(memory);
        return;
    }
    if (count_good(judged) == 0) {
        return;
    }
    good = apr_pcalloc(memory->pool, sizeof(*good));
    was_there = read_memory(memory, &old, &old_len) == APR_SUCCESS;
    is_all = collect(judged, &none, &good->material);
    mssl_message_encode_reply(&body, &len, good, memory->pool);
    if (!was_there) {
        write_memory(memory, body, len);
    }
    else if (!is_all || body == NULL || len != old_len || memcmp(body, old, len) != 0) {
        merge(memory, judged, old, old_len);
    }
    wipe(body, len);
    wipe(old, old_len);
}

static apr_status_t look(const mssl_finder_t *finder, int source, mssl_question_t *question)
{
    apr_status_t rv = finder->fetch(finder->fetch_baton, source, question);

    if (finder->answered != NULL) {
        finder->answered(finder->answered_baton, source);
    }
    if (rv == APR_SUCCESS) {
        finder->judge(finder->judge_baton, question->key, question->out, question->pool);
    }
    else {
        mssl_material_wipe(question->out);
        question->out->nitems = 0;
    }
    return rv;
}

/*
 * Nothing has changed since somebody looked, who may have been httpd's parent before there was
 * anybody to remember it.
 */
static void look_unknown(const memory_t *memory, int source)
{
    mssl_reason_t why = { "" };
    mssl_question_t question = { .key = memory->key, .pool = memory->pool, .why = &why };

    question.out = apr_pcalloc(memory->pool, sizeof(*question.out));
    if (look(memory->finder, source, &question) == APR_SUCCESS) {
        remember(memory, question.out);
        mssl_material_wipe(question.out);
    }
    if (!mssl_lastgood_touch(memory->finder->last, memory->source, memory->key)) {
        write_memory(memory, NULL, 0); /* bad files are not read again and again */
    }
}

static memory_t open_memory(const mssl_finder_t *finder, int source,
                            const mssl_question_t *question)
{
    const char *name = finder->last != NULL || finder->kept != NULL
        ? finder->identify(finder->fetch_baton, source, question->key, question->pool) : NULL;

    return (memory_t){ finder, name, question->key, question->pool };
}

apr_status_t mssl_finder_find(const mssl_finder_t *finder, int source, mssl_question_t *question)
{
    const memory_t memory = open_memory(finder, source, question);
    apr_status_t rv = look(finder, source, question);

    if (memory.source == NULL || finder->last == NULL) {
        return rv;
    }
    if (rv == APR_SUCCESS) {
        remember(&memory, question->out);
    }
    else if (rv == APR_NOTFOUND) {
        forget(&memory);
    }
    else if (rv == APR_EEXIST && !mssl_lastgood_touch(finder->last, memory.source, memory.key)) {
        look_unknown(&memory, source);
    }
    return rv;
}

/* What is remembered. @return as lastgood.h */
static apr_status_t recall(const memory_t *memory, mssl_question_t *question)
{
    const mssl_finder_t *finder = memory->finder;
    mssl_found_t *found;
    unsigned char *body;
    apr_status_t rv;
    size_t len;

    if (finder->last == NULL) {
        return APR_NOTFOUND;
    }
    rv = read_memory(memory, &body, &len);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    found = apr_pcalloc(question->pool, sizeof(*found));
    if (mssl_message_decode_reply(found, body, len) != APR_SUCCESS) {
        OPENSSL_cleanse(body, len);
        return APR_NOTFOUND;
    }
    *question->out = found->material;
    finder->judge(finder->judge_baton, question->key, question->out, question->pool);
    return found->rv;
}

/* What is on disk, as far as it is good. */
static apr_status_t recall_kept(const memory_t *memory, mssl_question_t *question)
{
    const mssl_finder_t *finder = memory->finder;
    mssl_material_t *out = question->out;
    int i, n = 0;

    if (finder->kept == NULL
        || finder->kept(finder->kept_baton, memory->source, memory->key, out, question->pool)
               != APR_SUCCESS) {
        return APR_NOTFOUND;
    }
    finder->judge(finder->judge_baton, question->key, out, question->pool);
    for (i = 0; i < out->nitems; i++) {
        if (out->item[i].rv == APR_SUCCESS) {
            out->item[n++] = out->item[i];
        }
    }
    out->nitems = n;
    return n > 0 ? mssl_reason_set(question->why, APR_SUCCESS, MSSL_FINDER_KEPT) : APR_NOTFOUND;
}

/* What is remembered, but for what was revoked since. @return as recall() */
static apr_status_t recall_unrevoked(const memory_t *memory, mssl_question_t *question)
{
    const mssl_finder_t *finder = memory->finder;
    mssl_material_t *out = question->out;
    apr_status_t rv = recall(memory, question);
    int i, n = 0;

    for (i = 0; rv == APR_SUCCESS && finder->is_revoked != NULL && i < out->nitems; i++) {
        mssl_item_t *item = &out->item[i];

        if (item->rv == APR_SUCCESS && finder->is_revoked(finder->kept_baton, item)) {
            OPENSSL_cleanse((char *)item->cert.data, item->cert.len);
            OPENSSL_cleanse((char *)item->key.data, item->key.len);
            continue;
        }
        out->item[n++] = *item;
    }
    out->nitems = rv == APR_SUCCESS && finder->is_revoked != NULL ? n : out->nitems;
    return rv == APR_SUCCESS && out->nitems == 0 ? APR_ENOENT : rv;
}

apr_status_t mssl_finder_recall(const mssl_finder_t *finder, int source, mssl_question_t *question)
{
    const memory_t memory = open_memory(finder, source, question);
    apr_status_t rv = APR_NOTFOUND;

    question->why->text[0] = '\0';
    if (memory.source != NULL) {
        rv = recall_unrevoked(&memory, question);
        rv = rv == APR_NOTFOUND ? recall_kept(&memory, question) : rv;
    }
    return rv == APR_SUCCESS ? APR_SUCCESS : APR_NOTFOUND;
}
