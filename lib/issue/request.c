/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/request.h"

#include <apr_strings.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/reason.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/job.h"

#define MAGIC "mssl-request/1"

static const char *const verbs[MSSL_VERBS] = {
    [MSSL_VERB_NONE] = "",          [MSSL_VERB_ORDER] = "order",   [MSSL_VERB_RETRY] = "retry",
    [MSSL_VERB_FORGET] = "forget",  [MSSL_VERB_REVOKE] = "revoke", [MSSL_VERB_APPROVE] = "approve",
};

const char *mssl_verb_text(mssl_verb_t verb)
{
    return verbs[verb];
}

mssl_verb_t mssl_verb_parse(const char *text)
{
    int i;

    for (i = MSSL_VERB_NONE + 1; i < MSSL_VERBS; i++) {
        if (strcmp(verbs[i], text) == 0) {
            return (mssl_verb_t)i;
        }
    }
    return MSSL_VERB_NONE;
}

int mssl_request_is_reason(const char *text)
{
    static const char *const reasons[] = { "keyCompromise", "superseded", "cessationOfOperation",
                                           "affiliationChanged" };
    size_t i;

    for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (strcmp(reasons[i], text) == 0) {
            return 1;
        }
    }
    return 0;
}

/* @return 0: it is none of a request */
static int take_line(mssl_request_t *request, const char *line)
{
    const char *value = strstr(line, ": ");
    size_t len = value != NULL ? (size_t)(value - line) : 0;

    if (value == NULL) {
        return 0;
    }
    value += 2;
    if (len == 4 && memcmp(line, "name", len) == 0) {
        return strcmp(value, request->name) == 0;
    }
    if (len == 4 && memcmp(line, "verb", len) == 0) {
        request->verb = mssl_verb_parse(value);
        return request->verb != MSSL_VERB_NONE;
    }
    if (len == 6 && memcmp(line, "issuer", len) == 0) {
        MSSL_JOB_SET(request->issuer, value);
        return strcmp(request->issuer, value) == 0;
    }
    if (len == 6 && memcmp(line, "reason", len) == 0) {
        MSSL_JOB_SET(request->reason, value);
        return mssl_request_is_reason(value);
    }
    return 1; /* of a version to come */
}

static apr_status_t take(mssl_request_t *request, char *text, mssl_reason_t *why)
{
    char *state, *line = apr_strtok(text, "\n", &state);

    if (line == NULL || strcmp(line, MAGIC) != 0) {
        return mssl_reason_set(why, APR_EINVAL, "it does not begin with '" MAGIC "'");
    }
    while ((line = apr_strtok(NULL, "\n", &state)) != NULL) {
        if (!take_line(request, line)) {
            return mssl_reason_set(why, APR_EINVAL, "it is no request for %s", request->name);
        }
    }
    return APR_SUCCESS;
}

apr_status_t mssl_request_load(mssl_request_t *request, int folder, const char *name,
                               mssl_reason_t *why)
{
    char file[MSSL_NAME_SIZE];
    mssl_reason_t fault = { "" };
    const char *text;
    apr_size_t len;
    apr_pool_t *pool;
    apr_status_t rv;

    memset(request, 0, sizeof(*request));
    apr_cpystrn(request->name, name, sizeof(request->name));
    apr_pool_create(&pool, NULL);
    rv = mssl_file_slurp(&text, &len, folder, mssl_job_file(file, name), MSSL_REQUEST_MAX, pool,
                         &fault);
    if (rv != APR_SUCCESS) {
        mssl_reason_set(why, rv, "%s", fault.text);
    }
    else if ((rv = take(request, apr_pstrmemdup(pool, text, len), &fault)) != APR_SUCCESS) {
        mssl_reason_set(why, rv, "%s: %s", file, fault.text);
    }
    apr_pool_destroy(pool);
    return rv;
}

apr_status_t mssl_request_save(const mssl_request_t *request, int folder, mssl_reason_t *why)
{
    const mssl_owner_t own = { (uid_t)-1, (gid_t)-1, 0600 };
    mssl_buffer_t text = { .max = MSSL_REQUEST_MAX };
    char file[MSSL_NAME_SIZE];
    apr_status_t rv;

    rv = mssl_buffer_print(&text, MAGIC "\nname: %s\n", request->name);
    if (rv == APR_SUCCESS && request->verb != MSSL_VERB_NONE) {
        rv = mssl_buffer_print(&text, "verb: %s\n", mssl_verb_text(request->verb));
    }
    if (rv == APR_SUCCESS && request->issuer[0] != '\0') {
        rv = mssl_buffer_print(&text, "issuer: %s\n", request->issuer);
    }
    if (rv == APR_SUCCESS && request->reason[0] != '\0') {
        rv = mssl_buffer_print(&text, "reason: %s\n", request->reason);
    }
    if (rv == APR_SUCCESS) {
        rv = mssl_file_write(folder, mssl_job_file(file, request->name), text.data, text.len, &own,
                             why);
    }
    else {
        mssl_reason_set(why, rv, "no memory for the request");
    }
    mssl_buffer_free(&text);
    return rv;
}
