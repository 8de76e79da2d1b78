/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/settings.h"

#include <apr_strings.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/jsonread.h"
#include "lib/base/reason.h"
#include "lib/files/slurp.h"

#define SCHEMA "mssl-issue/1"
#define SIZE_MAX_BYTES (1024 * 1024)
/** Where MSSLExpiryWarn says nothing else. */
#define URGENT "12%"

static const char *const limits[MSSL_LIMITS] = { "orders", "domain", "name" };

void mssl_issuing_init(mssl_issuing_t *issuing, apr_pool_t *pool)
{
    static const mssl_limit_t defaults[MSSL_LIMITS] = {
        [MSSL_LIMIT_ORDERS] = { 250, apr_time_from_sec(3 * 3600) },
        [MSSL_LIMIT_DOMAIN] = { 40, apr_time_from_sec(7 * 86400) },
        [MSSL_LIMIT_NAME] = { 4, apr_time_from_sec(7 * 86400) },
    };

    memset(issuing, 0, sizeof(*issuing));
    issuing->lists = apr_array_make(pool, 1, sizeof(const char *));
    issuing->folders = apr_array_make(pool, 1, sizeof(const char *));
    issuing->issuers = apr_array_make(pool, 2, sizeof(mssl_issuer_t));
    issuing->addresses = apr_array_make(pool, 1, sizeof(const char *));
    issuing->key = MSSL_KEY_ECDSA;
    issuing->preflight = 1;
    mssl_warn_parse(&issuing->urgent, URGENT);
    memcpy(issuing->limit, defaults, sizeof(defaults));
}

const mssl_issuer_t *mssl_issuing_find(const mssl_issuing_t *issuing, const char *name)
{
    int i;

    for (i = 0; i < issuing->issuers->nelts; i++) {
        const mssl_issuer_t *issuer = &APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t);

        if (strcmp(issuer->name, name) == 0) {
            return issuer;
        }
    }
    return NULL;
}

int mssl_issuer_is_another_ca(const mssl_issuer_t *issuer, const char *directory)
{
    return issuer->directory != NULL && directory[0] != '\0'
           && strncmp(issuer->directory, directory, MSSL_JOB_DIRECTORY_SIZE - 1) != 0;
}

int mssl_issuing_has_ca(const mssl_issuing_t *issuing, const char *directory)
{
    int i, found = 0;

    for (i = 0; i < issuing->issuers->nelts && !found; i++) {
        found = !mssl_issuer_is_another_ca(&APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t),
                                           directory);
    }
    return found;
}

static void write_texts(mssl_json_t *json, const char *key, const apr_array_header_t *texts)
{
    int i;

    mssl_json_open(json, key, '[');
    for (i = 0; i < texts->nelts; i++) {
        mssl_json_text(json, NULL, APR_ARRAY_IDX(texts, i, const char *));
    }
    mssl_json_close(json);
}

static void write_issuer(mssl_json_t *json, const mssl_issuer_t *issuer)
{
    const char **arg;

    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "name", issuer->name);
    mssl_json_open(json, "command", '[');
    for (arg = issuer->argv; *arg != NULL; arg++) {
        mssl_json_text(json, NULL, *arg);
    }
    mssl_json_close(json);
    mssl_json_text(json, "directory", issuer->directory);
    mssl_json_text(json, "staging", issuer->staging);
    mssl_json_text(json, "contact", issuer->contact);
    mssl_json_text(json, "ca_file", issuer->ca_file);
    mssl_json_bool(json, "wildcards", !issuer->has_no_wildcards);
    mssl_json_bool(json, "by_request", issuer->by_request);
    mssl_json_bool(json, "mail_approval", issuer->takes_mail);
    mssl_json_close(json);
}

apr_status_t mssl_issuing_write(const mssl_issuing_t *issuing, mssl_json_sink_fn sink, void *baton)
{
    mssl_json_t json;
    char urgent[16];
    int i;

    mssl_json_init(&json, sink, baton, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", SCHEMA);
    mssl_json_bool(&json, "vhosts", issuing->for_vhosts);
    mssl_json_bool(&json, "requests", issuing->for_requests);
    write_texts(&json, "lists", issuing->lists);
    write_texts(&json, "folders", issuing->folders);
    mssl_json_text(&json, "ask", issuing->ask);
    mssl_json_open(&json, "issuers", '[');
    for (i = 0; i < issuing->issuers->nelts; i++) {
        write_issuer(&json, &APR_ARRAY_IDX(issuing->issuers, i, mssl_issuer_t));
    }
    mssl_json_close(&json);
    mssl_json_text(&json, "key", mssl_key_type_name(issuing->key));
    mssl_json_bool(&json, "preflight", issuing->preflight);
    mssl_json_open(&json, "limits", '{');
    for (i = 0; i < MSSL_LIMITS; i++) {
        mssl_json_open(&json, limits[i], '{');
        mssl_json_int(&json, "n", issuing->limit[i].n);
        mssl_json_seconds(&json, "each", issuing->limit[i].each);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    mssl_json_int(&json, "renew_percent", issuing->renew_percent);
    apr_snprintf(urgent, sizeof(urgent), issuing->urgent.percent != 0 ? "%d%%" : "%dd",
                 issuing->urgent.percent != 0 ? issuing->urgent.percent : issuing->urgent.days);
    mssl_json_text(&json, "urgent", urgent);
    mssl_json_text(&json, "challenge_dir", issuing->challenge_dir);
    write_texts(&json, "addresses", issuing->addresses);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

/* @return whether it is a list of texts */
static int take_texts(apr_array_header_t *texts, const mssl_json_value_t *object, const char *key)
{
    const mssl_json_value_t *at;

    for (at = mssl_json_get_first(object, key); at != NULL; at = at->next) {
        if (at->kind != MSSL_JSON_TEXT) {
            return 0;
        }
        APR_ARRAY_PUSH(texts, const char *) = at->text;
    }
    return 1;
}

static int take_issuer(mssl_issuing_t *issuing, const mssl_json_value_t *at, apr_pool_t *pool)
{
    apr_array_header_t *argv = apr_array_make(pool, 8, sizeof(const char *));
    mssl_issuer_t *issuer = apr_array_push(issuing->issuers);

    memset(issuer, 0, sizeof(*issuer));
    issuer->name = mssl_json_get_text(at, "name", "");
    issuer->directory = mssl_json_get_text(at, "directory", NULL);
    issuer->staging = mssl_json_get_text(at, "staging", NULL);
    issuer->contact = mssl_json_get_text(at, "contact", NULL);
    issuer->ca_file = mssl_json_get_text(at, "ca_file", NULL);
    issuer->has_no_wildcards = !mssl_json_get_bool(at, "wildcards", 1);
    issuer->by_request = mssl_json_get_bool(at, "by_request", 0);
    issuer->takes_mail = mssl_json_get_bool(at, "mail_approval", 0);
    if (!take_texts(argv, at, "command") || argv->nelts == 0 || *issuer->name == '\0'
        || *APR_ARRAY_IDX(argv, 0, const char *) != '/') {
        return 0;
    }
    APR_ARRAY_PUSH(argv, const char *) = NULL;
    issuer->argv = (const char **)argv->elts;
    return 1;
}

static int take_limits(mssl_issuing_t *issuing, const mssl_json_value_t *object)
{
    int i;

    for (i = 0; i < MSSL_LIMITS; i++) {
        const mssl_json_value_t *at = mssl_json_get(object, limits[i]);
        apr_int64_t n = mssl_json_get_int(at, "n", 0);

        issuing->limit[i].n = n > 0 && n <= 1000000000 ? (int)n : 0;
        issuing->limit[i].each = mssl_json_get_span(at, "each", 0);
        if (issuing->limit[i].n == 0 || issuing->limit[i].each <= 0) {
            return 0;
        }
    }
    return 1;
}

static apr_status_t take(mssl_issuing_t *issuing, const mssl_json_value_t *root, apr_pool_t *pool,
                         mssl_reason_t *why)
{
    const mssl_json_value_t *at;

    mssl_issuing_init(issuing, pool);
    issuing->for_vhosts = mssl_json_get_bool(root, "vhosts", 0);
    issuing->for_requests = mssl_json_get_bool(root, "requests", 0);
    issuing->ask = mssl_json_get_text(root, "ask", NULL);
    issuing->preflight = mssl_json_get_bool(root, "preflight", 1);
    issuing->renew_percent = (int)mssl_json_get_int(root, "renew_percent", 0);
    mssl_warn_parse(&issuing->urgent, mssl_json_get_text(root, "urgent", URGENT));
    issuing->challenge_dir = mssl_json_get_text(root, "challenge_dir", NULL);
    if (strcmp(mssl_json_get_text(root, "key", ""), mssl_key_type_name(MSSL_KEY_RSA)) == 0) {
        issuing->key = MSSL_KEY_RSA;
    }
    for (at = mssl_json_get_first(root, "issuers"); at != NULL; at = at->next) {
        if (!take_issuer(issuing, at, pool)) {
            return mssl_reason_set(why, APR_EINVAL, "an issuer is none");
        }
    }
    if (issuing->ask != NULL && *issuing->ask != '/') {
        return mssl_reason_set(why, APR_EINVAL, "the program that is asked has no path");
    }
    if (issuing->challenge_dir == NULL || *issuing->challenge_dir != '/') {
        return mssl_reason_set(why, APR_EINVAL, "it has no folder for challenges");
    }
    if (!take_limits(issuing, mssl_json_get(root, "limits"))) {
        return mssl_reason_set(why, APR_EINVAL, "a limit is none");
    }
    return take_texts(issuing->lists, root, "lists")
                   && take_texts(issuing->folders, root, "folders")
                   && take_texts(issuing->addresses, root, "addresses")
               ? APR_SUCCESS : mssl_reason_set(why, APR_EINVAL, "a list is none");
}

apr_status_t mssl_issuing_read(mssl_issuing_t **out, int dir, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_issuing_t *issuing = apr_palloc(pool, sizeof(*issuing));
    mssl_reason_t fault = { "" };
    const mssl_json_value_t *root;
    apr_status_t rv;

    *out = NULL;
    rv = mssl_file_slurp_json(&root, dir, MSSL_ISSUING_FILE, SIZE_MAX_BYTES, SCHEMA, geteuid(), pool,
                              why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = take(issuing, root, pool, &fault);
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, rv, MSSL_ISSUING_FILE ": %s", fault.text);
    }
    *out = issuing;
    return APR_SUCCESS;
}
