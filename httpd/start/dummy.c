/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/start/dummy.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "httpd/conf/certfile.h"
#include "httpd/server/made.h"
#include "httpd/start/dummyfile.h"
#include "httpd/start/statedir.h"
#include "lib/base/tags.h"
#include "lib/pair/selfsigned.h"

APLOG_USE_MODULE(mssl);

/* mod_ssl is lent the first of them: mod_md's answer to a challenge takes the place of a P-256 one. */
static const mssl_key_type_t made_types[] = { MSSL_KEY_ECDSA, MSSL_KEY_RSA };

#define MADE_TYPES (sizeof(made_types) / sizeof(made_types[0]))

/** The first of each key type counts; what cannot be used is taken out, as mod_ssl would stop at it. */
static void load_files(mssl_dummy_t *dummy, const server_rec *s, apr_pool_t *p, apr_pool_t *ptemp)
{
    int i, kept = 0;

    for (i = 0; i < dummy->files->nelts; i++) {
        const mssl_cert_row_t *row = &APR_ARRAY_IDX(dummy->files, i, mssl_cert_row_t);
        mssl_reason_t why = { "" };
        mssl_pair_t *pair;

        if (mssl_certfile_load(&pair, row->cert_file, row->key_file, ptemp, &why) != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0013) "MSSLDummyCertificate is left "
                         "out until the next restart: %s", why.text);
        }
        else if (dummy->pairs.pair[mssl_pair_get_type(pair)] == NULL) {
            dummy->pairs.pair[mssl_pair_get_type(pair)] = mssl_pair_keep(pair, p);
            APR_ARRAY_IDX(dummy->files, kept++, mssl_cert_row_t) = *row;
        }
        else {
            mssl_pair_unref(pair);
        }
    }
    dummy->files->nelts = kept;
}

static void load_configured(server_rec *s, apr_pool_t *p, apr_pool_t *ptemp)
{
    apr_hash_t *seen = apr_hash_make(ptemp);

    for (; s != NULL; s = s->next) {
        mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->dummy == NULL || sc->dummy->name != NULL) {
            continue;
        }
        if (apr_hash_get(seen, &sc->dummy, sizeof(void *)) == NULL) {
            load_files(sc->dummy, s, p, ptemp);
            apr_hash_set(seen, apr_pmemdup(ptemp, &sc->dummy, sizeof(void *)), sizeof(void *), s);
        }
        if (apr_is_empty_array(sc->dummy->files)) {
            sc->dummy = NULL;
        }
    }
}

static int needs_made(const server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->engine == MSSL_ON
            && (sc->dummy != NULL ? sc->dummy->name != NULL : sc->ssl.cert_files == NULL)) {
            return 1;
        }
    }
    return 0;
}

static void report_none(const server_rec *s, const char *why)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, MSSLNO(0012) "no dummy certificate: %s", why);
}

/** @param told whether that was said already, of the other key type */
static void report_unkept(const server_rec *s, const mssl_reason_t *why, int *told)
{
    if (!*told) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0018) "the dummy certificate cannot be "
                     "kept, one in memory serves until the next restart: %s", why->text);
    }
    *told = 1;
}

/** One made dummy: kept, or at a restart in memory. @return its text; NULL: reported */
static char *have_one(mssl_global_t *global, mssl_key_type_t type, const char **path,
                      int *told, server_rec *s, apr_pool_t *p, apr_pool_t *ptemp)
{
    mssl_reason_t why = { "" };
    char *pem = mssl_dummyfile_have(global, type, ptemp, &why);

    *path = mssl_dummyfile_path(global, type, p);
    if (pem == NULL && mssl_conf_is_restarting()) {
        report_unkept(s, &why, told);
        pem = mssl_selfsigned_make(type, apr_time_now());
        *path = pem != NULL ? mssl_dummyfile_lend(pem, p) : NULL;
    }
    if (pem != NULL && *path != NULL) {
        return pem;
    }
    mssl_selfsigned_free(pem);
    report_none(s, why.text);
    return NULL;
}

static int have_made(mssl_global_t *global, server_rec *s, apr_pool_t *p, apr_pool_t *ptemp)
{
    const char *path;
    int told = 0;
    size_t i;
    char *pem;

    if (!mssl_conf_is_first_pass() && mssl_made_make(&global->made, p) != APR_SUCCESS) {
        report_none(s, "there is no shared memory for it; raise the limits on memory and files");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (i = 0; i < MADE_TYPES; i++) {
        pem = have_one(global, made_types[i], &path, &told, s, p, ptemp);
        if (pem == NULL) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (global->made != NULL) {
            mssl_made_put(global->made, made_types[i], pem);
        }
        if (i == 0) {
            global->made_file = path;
        }
        mssl_selfsigned_free(pem);
    }
    return OK;
}

/** A new one in the place of one that nears its end. */
static void renew(mssl_global_t *global, mssl_key_type_t type, int *told, server_rec *s,
                  apr_pool_t *ptemp)
{
    char *pem = mssl_selfsigned_make(type, apr_time_now());
    mssl_reason_t why = { "" };

    if (pem == NULL) {
        return; /* out of memory: at the next tick again */
    }
    if (mssl_dummyfile_put(global, type, pem, ptemp, &why) != APR_SUCCESS) {
        report_unkept(s, &why, told);
    }
    mssl_made_put(global->made, type, pem);
    mssl_selfsigned_free(pem);
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, MSSLNO(0192) "the dummy certificate (%s) that the "
                 "module makes was renewed", mssl_key_type_name(type));
}

int mssl_dummy_monitor(apr_pool_t *p, server_rec *s)
{
    mssl_global_t *global = mssl_conf_get_global(s);
    mssl_choice_t choice;
    apr_pool_t *ptemp;
    int told = 0;
    size_t i;

    if (global->made == NULL || apr_pool_create(&ptemp, p) != APR_SUCCESS) {
        return DECLINED;
    }
    mssl_made_get(global->made, &choice);
    for (i = 0; i < MADE_TYPES; i++) {
        const mssl_pair_t *pair = choice.pair[made_types[i]];

        if (pair == NULL || !mssl_selfsigned_is_fresh(pair, apr_time_now())) {
            renew(global, made_types[i], &told, s, ptemp);
        }
    }
    mssl_choice_release(&choice);
    apr_pool_destroy(ptemp);
    return DECLINED;
}

int mssl_dummy_check(mssl_global_t *global, server_rec *main_server, apr_pool_t *ptemp)
{
    mssl_reason_t why = { "" };

    if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST || !needs_made(main_server)
        || mssl_statedir_look(global, ptemp, &why) == APR_SUCCESS) {
        return OK;
    }
    report_none(main_server, why.text);
    return HTTP_INTERNAL_SERVER_ERROR;
}

int mssl_dummy_init(mssl_global_t *global, server_rec *main_server, apr_pool_t *p,
                    apr_pool_t *ptemp)
{
    load_configured(main_server, p, ptemp);
    return needs_made(main_server) ? have_made(global, main_server, p, ptemp) : OK;
}

int mssl_dummy_add_files(const mssl_dummy_t *dummy, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files)
{
    int i;

    if (dummy == NULL || dummy->name != NULL) {
        return 0;
    }
    for (i = 0; i < dummy->files->nelts; i++) {
        const mssl_cert_row_t *row = &APR_ARRAY_IDX(dummy->files, i, mssl_cert_row_t);

        APR_ARRAY_PUSH(cert_files, const char *) = row->cert_file;
        APR_ARRAY_PUSH(key_files, const char *) = row->key_file != NULL ? row->key_file
                                                                        : row->cert_file;
    }
    return 1;
}

void mssl_dummy_add_made(const mssl_global_t *global, apr_array_header_t *cert_files,
                         apr_array_header_t *key_files)
{
    APR_ARRAY_PUSH(cert_files, const char *) = global->made_file;
    APR_ARRAY_PUSH(key_files, const char *) = global->made_file;
}
