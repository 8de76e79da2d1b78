/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/notify/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/jsonread.h"
#include "lib/base/mailbox.h"
#include "lib/base/reason.h"
#include "lib/files/slurp.h"
#include "lib/notify/letter.h"
#include "lib/notify/mail.h"

#define SCHEMA "mssl-notify/1"
/** Some thousand commands. */
#define SIZE_MAX_BYTES (1024 * 1024)

apr_status_t mssl_settings_write(const mssl_settings_t *settings, mssl_json_sink_fn sink,
                                 void *baton)
{
    mssl_json_t json;
    int i;

    mssl_json_init(&json, sink, baton, 2);
    mssl_json_open(&json, NULL, '{');
    mssl_json_text(&json, "schema", SCHEMA);
    mssl_json_text(&json, "server", settings->server);
    mssl_json_open(&json, "notify", '[');
    for (i = 0; i < settings->orders->nelts; i++) {
        const mssl_order_t *order = &APR_ARRAY_IDX(settings->orders, i, mssl_order_t);
        const char **arg;

        mssl_json_open(&json, NULL, '{');
        mssl_json_int(&json, "every", apr_time_sec(order->every));
        mssl_json_open(&json, "command", '[');
        for (arg = order->argv; *arg != NULL; arg++) {
            mssl_json_text(&json, NULL, *arg);
        }
        mssl_json_close(&json);
        mssl_json_close(&json);
    }
    mssl_json_close(&json);
    mssl_json_close(&json);
    return mssl_json_end(&json);
}

/* @return NULL: it is none */
static const char **take_argv(const mssl_json_value_t *object, apr_pool_t *pool)
{
    apr_array_header_t *argv = apr_array_make(pool, 4, sizeof(const char *));
    const mssl_json_value_t *arg;

    for (arg = mssl_json_get_first(object, "command"); arg != NULL; arg = arg->next) {
        if (arg->kind != MSSL_JSON_TEXT) {
            return NULL;
        }
        APR_ARRAY_PUSH(argv, const char *) = arg->text;
    }
    if (argv->nelts == 0) {
        return NULL;
    }
    APR_ARRAY_PUSH(argv, const char *) = NULL;
    return (const char **)argv->elts;
}

static apr_status_t take(mssl_settings_t *settings, const mssl_json_value_t *root,
                         apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_json_value_t *at;

    settings->server = mssl_json_get_text(root, "server", "");
    settings->orders = apr_array_make(pool, 2, sizeof(mssl_order_t));
    for (at = mssl_json_get_first(root, "notify"); at != NULL; at = at->next) {
        mssl_order_t order = { apr_time_from_sec(mssl_json_get_int(at, "every", 0)),
                               take_argv(at, pool) };

        if (order.every <= 0 || order.argv == NULL) {
            return mssl_reason_set(why, APR_EINVAL, "a command is none");
        }
        APR_ARRAY_PUSH(settings->orders, mssl_order_t) = order;
    }
    return APR_SUCCESS;
}

apr_status_t mssl_settings_read(mssl_settings_t **out, int dir, apr_pool_t *pool,
                                mssl_reason_t *why)
{
    mssl_settings_t *settings = apr_pcalloc(pool, sizeof(*settings));
    mssl_reason_t fault = { "" };
    const mssl_json_value_t *root;
    apr_status_t rv;

    *out = NULL;
    rv = mssl_file_slurp_json(&root, dir, MSSL_SETTINGS_FILE, SIZE_MAX_BYTES, SCHEMA, geteuid(), pool,
                              why);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = take(settings, root, pool, &fault);
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, rv, MSSL_SETTINGS_FILE ": %s", fault.text);
    }
    *out = settings;
    return APR_SUCCESS;
}

int mssl_shipped_is(const char *const *argv, const char *name)
{
    return strcmp(argv[0], name) == 0;
}

/* @param argv its addresses */
static apr_status_t check_mail(const char *const *argv, mssl_reason_t *why)
{
    if (*argv == NULL) {
        return mssl_reason_set(why, APR_EINVAL, "'" MSSL_SHIPPED_MAIL "' needs an address");
    }
    for (; *argv != NULL; argv++) {
        if (!mssl_mailbox_is_any(*argv)) {
            return mssl_reason_set(why, APR_EINVAL, "'%s' is not a mail address", *argv);
        }
    }
    return APR_SUCCESS;
}

/* @param argv its language, or nothing */
static apr_status_t check_owner(const char *const *argv, mssl_reason_t *why)
{
    if (*argv != NULL && (argv[1] != NULL || !mssl_letter_has_lang(*argv))) {
        return mssl_reason_set(why, APR_EINVAL, "'%s' is not a language that '" MSSL_SHIPPED_OWNER
                               "' writes in; use one of en, de, es, fr, it, nl, pl, pt",
                               argv[1] != NULL ? argv[1] : *argv);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_shipped_check(const char *const *argv, mssl_reason_t *why)
{
    const char *const *rest = argv + 1;

    if (!mssl_shipped_is(argv, MSSL_SHIPPED_MAIL) && !mssl_shipped_is(argv, MSSL_SHIPPED_OWNER)) {
        return mssl_reason_set(why, APR_EINVAL, "'%s' is not shipped, use the path of a program, '"
                               MSSL_SHIPPED_MAIL " ADDRESS...', or '" MSSL_SHIPPED_OWNER "'", argv[0]);
    }
    if (*rest != NULL && strcmp(*rest, MSSL_SHIPPED_SENDMAIL) == 0) {
        if (rest[1] == NULL || rest[1][0] != '/') {
            return mssl_reason_set(why, APR_EINVAL, MSSL_SHIPPED_SENDMAIL " needs the path of a "
                                   "program");
        }
        rest += 2;
    }
    return mssl_shipped_is(argv, MSSL_SHIPPED_MAIL) ? check_mail(rest, why) : check_owner(rest, why);
}
