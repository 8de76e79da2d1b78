/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/session.h"

#include "httpd/intent/spoilt.h"

int mssl_session_bind(SSL *ssl, const mssl_bound_t *bound)
{
    unsigned char data[MSSL_BOUND_MAX];
    size_t len = mssl_bound_encode(data, bound);

    return len > 0 && SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), data, len) == 1;
}

int mssl_session_get_bound(const SSL_SESSION *session, mssl_bound_t *bound)
{
    void *data = NULL;
    size_t len = 0;

    /* The getter takes a non-const session but changes nothing. */
    if (session == NULL
        || SSL_SESSION_get0_ticket_appdata((SSL_SESSION *)session, &data, &len) != 1) {
        data = NULL;
    }
    return mssl_bound_decode(bound, data, len);
}

/**
 * Whether a session may be resumed by this ClientHello: it names the same site; or none, and the
 * session has not led its client to the wrong site before.
 */
static int is_acceptable(const SSL *ssl, const SSL_SESSION *session)
{
    const mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);
    mssl_client_t client;
    mssl_bound_t bound;

    if (cc == NULL || !mssl_session_get_bound(session, &bound)) {
        return 0;
    }
    if (cc->had_sni) {
        return strcmp(cc->name, bound.name) == 0;
    }
    /* Before the servername callback, which sets the record's. */
    mssl_client_set_addr(&client, mssl_conn_get_client_addr(cc->c));
    return !mssl_spoilt_is(mssl_conf_get_global(cc->addr->first)->intents, cc->addr->first, &client,
                           bound.number, cc->c->pool);
}

SSL_TICKET_RETURN mssl_session_decrypt_ticket(SSL *ssl, SSL_SESSION *session,
                                              const unsigned char *key_name, size_t key_name_len,
                                              SSL_TICKET_STATUS status, void *arg)
{
    (void)key_name;
    (void)key_name_len;
    (void)arg;
    if ((status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW)
        && is_acceptable(ssl, session)) {
        return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
    }
    return SSL_TICKET_RETURN_IGNORE_RENEW;
}

SSL_SESSION *mssl_session_get(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    const mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);
    const mssl_global_t *global = cc != NULL ? mssl_conf_get_global(cc->addr->first) : NULL;
    SSL_SESSION *session = NULL;

    if (global != NULL && global->modssl_get_session != NULL) {
        session = global->modssl_get_session(ssl, id, len, copy);
    }
    if (session != NULL && !is_acceptable(ssl, session)) {
        if (!*copy) {
            SSL_SESSION_free(session);
        }
        session = NULL;
    }
    return session;
}
