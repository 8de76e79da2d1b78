/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "hooks/session.h"


/* Layout: version, SHA-256, notBefore and notAfter in seconds (8 bytes each, big endian), name without NUL. */
#define VERSION 1
#define FIXED (1 + MSSL_SHA256_LEN + 8 + 8)

static void put_seconds(unsigned char *out, apr_time_t t)
{
    apr_uint64_t seconds = (apr_uint64_t)apr_time_sec(t);
    int i;

    for (i = 7; i >= 0; i--) {
        out[i] = (unsigned char)seconds;
        seconds >>= 8;
    }
}

static apr_time_t get_seconds(const unsigned char *in)
{
    apr_uint64_t seconds = 0;
    int i;

    for (i = 0; i < 8; i++) {
        seconds = seconds << 8 | in[i];
    }
    return apr_time_from_sec((apr_int64_t)seconds);
}

int mssl_session_bind(SSL *ssl, const mssl_bound_t *bound)
{
    unsigned char data[FIXED + MSSL_NAME_MAX];
    size_t len = strlen(bound->name);

    data[0] = VERSION;
    memcpy(data + 1, bound->sha256, MSSL_SHA256_LEN);
    put_seconds(data + 1 + MSSL_SHA256_LEN, bound->not_before);
    put_seconds(data + 1 + MSSL_SHA256_LEN + 8, bound->not_after);
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
    bound->not_before = get_seconds(data + 1 + MSSL_SHA256_LEN);
    bound->not_after = get_seconds(data + 1 + MSSL_SHA256_LEN + 8);
    return 1;
}

/** Whether a session may be resumed by this ClientHello: it names the same site, or none. */
static int is_acceptable(const SSL *ssl, const SSL_SESSION *session)
{
    const mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);
    mssl_bound_t bound;

    return cc != NULL && mssl_session_get_bound(session, &bound)
        && (!cc->had_sni || strcmp(cc->name, bound.name) == 0);
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
