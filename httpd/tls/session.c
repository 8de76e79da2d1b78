/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/session.h"

#include "httpd/intent/spoilt.h"

/*
 * Layout: version (1), SHA-256 (32), then 8 bytes each in network order: notBefore and notAfter in
 * seconds, the session's number; then the name without NUL.
 */
#define VERSION 1
#define AT_NOT_BEFORE (1 + MSSL_SHA256_LEN)
#define AT_NOT_AFTER (AT_NOT_BEFORE + 8)
#define AT_NUMBER (AT_NOT_AFTER + 8)
#define FIXED (AT_NUMBER + 8)

static void put_number(unsigned char *out, apr_uint64_t number)
{
    int i;

    for (i = 7; i >= 0; i--) {
        out[i] = (unsigned char)number;
        number >>= 8;
    }
}

static apr_uint64_t get_number(const unsigned char *in)
{
    apr_uint64_t number = 0;
    int i;

    for (i = 0; i < 8; i++) {
        number = number << 8 | in[i];
    }
    return number;
}

int mssl_session_bind(SSL *ssl, const mssl_bound_t *bound)
{
    unsigned char data[FIXED + MSSL_NAME_MAX];
    size_t len = strlen(bound->name);

    data[0] = VERSION;
    memcpy(data + 1, bound->sha256, MSSL_SHA256_LEN);
    put_number(data + AT_NOT_BEFORE, (apr_uint64_t)apr_time_sec(bound->not_before));
    put_number(data + AT_NOT_AFTER, (apr_uint64_t)apr_time_sec(bound->not_after));
    put_number(data + AT_NUMBER, bound->number);
    memcpy(data + FIXED, bound->name, len);
    return len > 0 && SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), data, FIXED + len) == 1;
}

int mssl_session_get_bound(const SSL_SESSION *session, mssl_bound_t *bound)
{
    const unsigned char *data = NULL;
    void *appdata = NULL;
    size_t len = 0;

    memset(bound, 0, sizeof(*bound));
    /* The getter takes a non-const session but changes nothing. */
    if (session == NULL
        || SSL_SESSION_get0_ticket_appdata((SSL_SESSION *)session, &appdata, &len) != 1) {
        return 0;
    }
    data = appdata;
    if (data == NULL || len <= FIXED || data[0] != VERSION
        || !mssl_name_canon(bound->name, (const char *)data + FIXED, len - FIXED)) {
        return 0;
    }
    memcpy(bound->sha256, data + 1, MSSL_SHA256_LEN);
    bound->not_before = apr_time_from_sec((apr_int64_t)get_number(data + AT_NOT_BEFORE));
    bound->not_after = apr_time_from_sec((apr_int64_t)get_number(data + AT_NOT_AFTER));
    bound->number = get_number(data + AT_NUMBER);
    return 1;
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
