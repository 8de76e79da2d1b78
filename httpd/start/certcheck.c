/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/certcheck.h"

#include <http_core.h>
#include <http_log.h>
#include <unistd.h>

#include "httpd/conf/certfile.h"
#include "httpd/start/user.h"
#include "lib/base/reason.h"
#include "lib/base/tags.h"
#include "lib/process/errand.h"
#include "lib/providers/config.h"

APLOG_USE_MODULE(mssl);

/* All pairs together; behind it a file system hangs. */
#define TIMEOUT apr_time_from_sec(60)

typedef struct check_t {
    const server_rec *s;
    apr_pool_t *pool;
} check_t;

/** Every verdict on a file is APR_EINVAL: what else an errand brings back is its own trouble. */
static apr_status_t fail(mssl_reason_t *why, const mssl_cert_row_t *row, const char *text)
{
    return mssl_reason_set(why, APR_EINVAL, "%s: %s:%d: %s", row->line->directive,
                           row->line->filename, row->line->line_num, text);
}

static apr_status_t check_cover(const mssl_cert_row_t *row, const mssl_pair_t *pair,
                                mssl_reason_t *why)
{
    mssl_reason_t text;
    int i;

    for (i = 0; row->keys != NULL && i < row->keys->nelts; i++) {
        const char *key = APR_ARRAY_IDX(row->keys, i, const char *);

        if (*key == '*' ? !mssl_pair_has_pattern(pair, key) : !mssl_pair_has_name(pair, key)) {
            mssl_reason_set(&text, APR_EINVAL, "the certificate in '%s' does not cover '%s', use "
                            "one that has it among its dNSName entries", row->cert_file, key);
            return fail(why, row, text.text);
        }
    }
    return APR_SUCCESS;
}

/** @param type out */
static apr_status_t check_row(const mssl_cert_row_t *row, mssl_key_type_t *type, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    mssl_reason_t reason = { "" }, text;
    mssl_pair_t *pair;
    apr_pool_t *ptemp;
    apr_status_t rv;

    apr_pool_create(&ptemp, pool);
    rv = mssl_certfile_load(&pair, row->cert_file, row->key_file, ptemp, &reason);
    apr_pool_destroy(ptemp);
    if (rv != APR_SUCCESS) {
        mssl_reason_set(&text, rv, "%s; use CERT-FILE [KEY-FILE], PEM files of a certificate with "
                        "its chain and its key", reason.text);
        return fail(why, row, text.text);
    }
    *type = mssl_pair_get_type(pair);
    rv = check_cover(row, pair, why);
    mssl_pair_unref(pair);
    return rv;
}

static apr_status_t check_dummy(const mssl_dummy_t *dummy, apr_pool_t *pool, mssl_reason_t *why)
{
    const mssl_cert_row_t *rows = (const mssl_cert_row_t *)dummy->files->elts;
    const mssl_cert_row_t *seen[MSSL_KEY_TYPES] = { NULL };
    apr_status_t rv = APR_SUCCESS;
    mssl_key_type_t type;
    mssl_reason_t text;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < dummy->files->nelts; i++) {
        rv = check_row(&rows[i], &type, pool, why);
        if (rv == APR_SUCCESS && seen[type] != NULL) {
            mssl_reason_set(&text, APR_EINVAL, "'%s' and '%s' both have a key of the type %s, use "
                            "one of each type", seen[type]->cert_file, rows[i].cert_file,
                            mssl_key_type_name(type));
            rv = fail(why, &rows[i], text.text);
        }
        if (rv == APR_SUCCESS) {
            seen[type] = &rows[i];
        }
    }
    return rv;
}

/** In the errand: every list once, as vhosts that inherit the server's stand beside each other. */
static apr_status_t check_all(void *baton, mssl_reason_t *why)
{
    const check_t *check = baton;
    const apr_array_header_t *last = NULL;
    const mssl_dummy_t *dummy = NULL;
    apr_status_t rv = APR_SUCCESS;
    const server_rec *s;
    mssl_key_type_t type;
    int i;

    for (s = check->s; rv == APR_SUCCESS && s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        for (i = 0; rv == APR_SUCCESS && sc->certificates != NULL && sc->certificates != last
             && i < sc->certificates->nelts; i++) {
            rv = check_row(&APR_ARRAY_IDX(sc->certificates, i, mssl_cert_row_t), &type,
                           check->pool, why);
        }
        if (rv == APR_SUCCESS && sc->dummy != NULL && sc->dummy != dummy) {
            rv = check_dummy(sc->dummy, check->pool, why);
        }
        last = sc->certificates;
        dummy = sc->dummy;
    }
    return rv;
}

static int has_rows(const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->certificates != NULL
            || (sc->dummy != NULL && !apr_is_empty_array(sc->dummy->files))) {
            return 1;
        }
    }
    return 0;
}

int mssl_certcheck_run(mssl_global_t *global, server_rec *main_server, apr_pool_t *ptemp)
{
    check_t check = { main_server, ptemp };
    const mssl_user_t *user;
    mssl_reason_t why = { "" };
    mssl_plan_t plan;
    apr_status_t rv;

    if (!mssl_conf_is_first_pass() || ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP
        || !has_rows(main_server)) {
        return OK;
    }
    if (geteuid() != 0) {
        rv = check_all(&check, &why);
    }
    else {
        user = mssl_user_find(global, ptemp);
        mssl_confine_plan(&plan, MSSL_ROLE_JUDGE, user->uid, user->gid);
        rv = mssl_errand_run(&plan, check_all, &check, TIMEOUT, &why);
    }
    if (rv == APR_EINVAL) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_EMERG, 0, main_server, "%s", why.text);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, main_server, MSSLNO(0181)
                     "MSSLCertificate, MSSLDummyCertificate: the files were not checked: %s",
                     why.text);
    }
    return OK;
}

/** What is looked at in a child. */
typedef struct look_t {
    mssl_store_t *store;
    const int *is_over;
} look_t;

static apr_status_t look_at(void *baton, const char *key)
{
    const look_t *look = baton;

    if (__atomic_load_n(look->is_over, __ATOMIC_RELAXED)) {
        return APR_EINTR;
    }
    mssl_store_warm(look->store, "MSSLCertificate", key, apr_time_now());
    return APR_SUCCESS;
}

void mssl_certcheck_look(mssl_global_t *global, const int *is_over, apr_pool_t *pool)
{
    look_t look = { global->store, is_over };
    int generation = ap_state_query(AP_SQ_CONFIG_GEN);
    mssl_reason_t why;
    int i;

    /* One child tells for all. */
    if (!mssl_told_is_news(global->told, MSSL_TOLD_NOTE, "MSSLCertificate", "",
                           (apr_uint32_t)generation)) {
        return;
    }
    for (i = 0; i < global->configs->nelts; i++) {
        mssl_store_config.list(APR_ARRAY_IDX(global->configs, i, mssl_config_t *), NULL, look_at,
                               &look, pool, &why);
    }
}
