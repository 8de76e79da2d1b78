/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/request.h"

#include <apr_strings.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/reason.h"
#include "lib/files/slurp.h"
#include "lib/files/write.h"
#include "lib/issue/job.h"
#include "lib/notify/letter.h"

#define MAGIC "mssl-request/1"

static const char *const verbs[MSSL_VERBS] = {
    [MSSL_VERB_NONE] = "",          [MSSL_VERB_ORDER] = "order",   [MSSL_VERB_RETRY] = "retry",
    [MSSL_VERB_FORGET] = "forget",  [MSSL_VERB_REVOKE] = "revoke", [MSSL_VERB_APPROVE] = "approve",
    [MSSL_VERB_RENEW] = "renew",    [MSSL_VERB_DECLINE] = "decline", [MSSL_VERB_RESEND] = "resend",
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

int mssl_request_is_term(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= 3 && *text != '0' && text[digits] != '\0'
           && strchr("ymd", text[digits]) != NULL && text[digits + 1] == '\0';
}

static int is_list(const char *text, const char *name)
{
    char names[MSSL_NAMES_SIZE], first[MSSL_NAME_SIZE];
    const char *at = names;
    size_t len;

    return mssl_names_parse(names, text, " ", &len) == NULL && strcmp(names, text) == 0
           && mssl_names_next(first, &at) && strcmp(first, name) == 0;
}

/** A text of wanted/ and todo/. */
typedef struct text_t {
    const char *key;
    size_t offset, size;
    int (*is_good)(const char *text); /* NULL: any is */
} text_t;

#define TEXT(field, is_good) \
    { #field, offsetof(mssl_request_t, field), sizeof(((mssl_request_t *)0)->field), is_good }

static const text_t texts[] = {
    TEXT(issuer, NULL),
    TEXT(reason, mssl_request_is_reason),
    TEXT(names, NULL),
    TEXT(approver, mssl_mailbox_is_plain),
    TEXT(term, mssl_request_is_term),
    TEXT(notify, mssl_mailbox_is_plain),
    TEXT(lang, mssl_letter_has_lang),
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

/* @return 0: it is none of a request */
static int take_value(mssl_request_t *request, const text_t *text, const char *value)
{
    char *at = (char *)request + text->offset;

    mssl_job_set(at, text->size, value);
    return strcmp(at, value) == 0 && (text->is_good == NULL || text->is_good(value))
           && (at != request->names || is_list(value, request->name));
}

/* @return 0: it is none of a request */
static int take_line(mssl_request_t *request, char *line)
{
    char *value = strstr(line, ": ");
    size_t i;

    if (value == NULL) {
        return 0;
    }
    *value = '\0';
    value += 2;
    if (strcmp(line, "name") == 0) {
        return strcmp(value, request->name) == 0;
    }
    if (strcmp(line, "verb") == 0) {
        request->verb = mssl_verb_parse(value);
        return request->verb != MSSL_VERB_NONE;
    }
    if (strcmp(line, "csr_only") == 0) {
        request->csr_only = strcmp(value, "yes") == 0;
        return request->csr_only;
    }
    for (i = 0; i < TEXTS; i++) {
        if (strcmp(line, texts[i].key) == 0) {
            return take_value(request, &texts[i], value);
        }
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
    size_t i;

    rv = mssl_buffer_print(&text, MAGIC "\nname: %s\n", request->name);
    if (rv == APR_SUCCESS && request->verb != MSSL_VERB_NONE) {
        rv = mssl_buffer_print(&text, "verb: %s\n", mssl_verb_text(request->verb));
    }
    for (i = 0; rv == APR_SUCCESS && i < TEXTS; i++) {
        const char *value = (const char *)request + texts[i].offset;

        if (*value != '\0') {
            rv = mssl_buffer_print(&text, "%s: %s\n", texts[i].key, value);
        }
    }
    if (rv == APR_SUCCESS && request->csr_only) {
        rv = mssl_buffer_print(&text, "csr_only: yes\n");
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
