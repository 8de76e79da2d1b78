/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/own.h"

#include <http_log.h>
#include <http_ssl.h>

#include "httpd/conf/certfile.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** The certificates that mod_ssl loaded into a vhost's context. */
static void collect_loaded(server_rec *s, SSL_CTX *ctx, apr_pool_t *p)
{
    mssl_server_conf_t *sc = mssl_conf_get(s);
    int more;

    sc->own_pairs = apr_array_make(p, 2, sizeof(mssl_pair_t *));
    for (more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST); more;
         more = SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT)) {
        STACK_OF(X509) *chain = NULL;
        mssl_reason_t why = { "" };
        mssl_pair_t *pair;

        SSL_CTX_get0_chain_certs(ctx, &chain);
        if (chain == NULL) {
            SSL_CTX_get_extra_chain_certs(ctx, &chain);
        }
        if (mssl_pair_new_loaded(&pair, SSL_CTX_get0_certificate(ctx), SSL_CTX_get0_privatekey(ctx),
                                 chain, "SSLCertificateFile", &why) == APR_SUCCESS) {
            APR_ARRAY_PUSH(sc->own_pairs, mssl_pair_t *) = mssl_pair_keep(pair, p);
        }
        else {
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, MSSLNO(0033) "a certificate of "
                         "SSLCertificateFile counts for no name: %s", why.text);
        }
    }
}

/** What other modules would give a light vhost, if it had a context. */
static void collect_given(server_rec *s, apr_pool_t *p)
{
    mssl_server_conf_t *sc = mssl_conf_get(s);
    apr_array_header_t *certs = apr_array_make(p, 2, sizeof(const char *));
    apr_array_header_t *keys = apr_array_make(p, 2, sizeof(const char *));
    int i;

    sc->own_pairs = apr_array_make(p, 2, sizeof(mssl_pair_t *));
    ap_ssl_add_cert_files(s, p, certs, keys);
    for (i = 0; i < certs->nelts; i++) {
        const char *cert_file = APR_ARRAY_IDX(certs, i, const char *);
        const char *key_file = i < keys->nelts ? APR_ARRAY_IDX(keys, i, const char *) : NULL;
        mssl_reason_t why = { "" };
        mssl_pair_t *pair;

        if (mssl_certfile_load(&pair, cert_file, key_file, p, &why) == APR_SUCCESS) {
            APR_ARRAY_PUSH(sc->own_pairs, mssl_pair_t *) = mssl_pair_keep(pair, p);
        }
        else {
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, MSSLNO(0191) "a certificate that another "
                         "module gives to the virtual host '%s' counts for no name: %s",
                         s->server_hostname, why.text);
        }
    }
}

void mssl_own_collect(server_rec *s, SSL_CTX *ctx, apr_pool_t *p)
{
    const mssl_server_conf_t *sc = mssl_conf_get(s);
    int i;

    if (sc->has_own_cert) {
        collect_loaded(s, ctx, p);
    }
    for (i = 0; s == sc->addr->first && sc->engine == MSSL_ON && i < sc->addr->servers->nelts;
         i++) {
        server_rec *light = APR_ARRAY_IDX(sc->addr->servers, i, server_rec *);
        const mssl_server_conf_t *lc = mssl_conf_get(light);

        if (lc->ssl.engine != MSSL_ON && lc->engine_here != MSSL_OFF && lc->own_pairs == NULL) {
            collect_given(light, p);
        }
    }
}
