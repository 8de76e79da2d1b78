/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/staple.h"

#include <http_log.h>

#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

/** Called in a handshake whose client asked for a status, once the certificate is chosen. */
static int on_status(SSL *ssl, void *arg)
{
    const mssl_server_conf_t *sc = mssl_conf_get(arg);
    const mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);
    const unsigned char *staple = NULL;
    size_t len = 0;

    if (cc != NULL && cc->shown != NULL) {
        staple = mssl_pair_get_staple(cc->shown, apr_time_now(), &len);
    }
    if (staple != NULL) {
        unsigned char *copy = OPENSSL_memdup(staple, len);

        /* OpenSSL takes the copy over. */
        if (copy != NULL && SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)len) == 1) {
            return SSL_TLSEXT_ERR_OK;
        }
        OPENSSL_free(copy);
    }
    return sc->modssl_status != NULL ? sc->modssl_status(ssl, sc->modssl_status_arg)
                                     : SSL_TLSEXT_ERR_NOACK;
}

void mssl_staple_init(server_rec *s, SSL_CTX *ctx)
{
    mssl_server_conf_t *sc = mssl_conf_get(s);

    SSL_CTX_get_tlsext_status_cb(ctx, &sc->modssl_status);
    SSL_CTX_get_tlsext_status_arg(ctx, &sc->modssl_status_arg);
    SSL_CTX_set_tlsext_status_cb(ctx, on_status);
    SSL_CTX_set_tlsext_status_arg(ctx, s);
}

int mssl_staple_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    server_rec *main_server = s;

    (void)pconf;
    (void)plog;
    (void)ptemp;
    for (; s != NULL && !mssl_conf_is_first_pass(); s = s->next) {
        const mssl_server_conf_t *sc = mssl_conf_get(s);

        if (sc->engine == MSSL_ON && sc->ssl.stapling == MSSL_ON
            && (sc->stores != NULL || sc->certificates != NULL)) {
            ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server, MSSLNO(0193) "SSLUseStapling "
                         "staples the certificates of virtual hosts themselves "
                         "(SSLCertificateFile, mod_md); a pair of 'dir:' is stapled from NAME.ocsp "
                         "beside it, one of 'map:' or MSSLCertificate is not");
            break;
        }
    }
    return OK;
}
