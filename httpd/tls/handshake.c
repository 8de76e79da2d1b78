/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/tls/handshake.h"

#include <apr_strings.h>
#include <http_log.h>
#include <openssl/err.h>

#include "httpd/server/hints.h"
#include "httpd/server/made.h"
#include "httpd/server/named.h"
#include "httpd/server/vars.h"
#include "httpd/tls/own.h"
#include "httpd/tls/session.h"
#include "httpd/tls/staple.h"
#include "httpd/tls/ticket.h"
#include "httpd/tls/trust.h"
#include "httpd/tls/vhost.h"
#include "lib/base/hello.h"
#include "lib/base/tags.h"
#include "lib/base/text.h"

APLOG_USE_MODULE(mssl);

/* Longest piece of hostile bytes that a log line shows. */
#define LOG_MAX 64

/**
 * As long as no Finished was sent it is the connection's first handshake, a HelloRetryRequest
 * included.
 */
static int is_first_handshake(const SSL *ssl)
{
    return SSL_get_finished(ssl, NULL, 0) == 0;
}

/**
 * Whether the module answers this handshake: MSSLEngine of the vhost whose context it is, or of the
 * light vhost that the SNI selects.
 */
static int is_engine_on(const mssl_conn_t *cc)
{
    const server_rec *site;

    if (mssl_conf_get(cc->ctx_server)->engine != MSSL_ON) {
        return 0;
    }
    site = cc->name[0] ? mssl_addr_get_server(cc->addr, cc->name) : NULL;
    return site == NULL || mssl_conf_get(site)->has_ssl_ctx
        || mssl_conf_get(site)->engine_here != MSSL_OFF;
}

/** Take a name's pairs for this connection. @return 0 when the name is not known */
static int choose(mssl_conn_t *cc, const char *name, mssl_by_t by)
{
    mssl_choice_release(&cc->choice);
    if (mssl_addr_lookup(cc->addr, name, &cc->choice) != APR_SUCCESS) {
        return 0;
    }
    apr_cpystrn(cc->bound.name, name, sizeof(cc->bound.name));
    cc->by = by;
    return 1;
}

/** A full handshake without SNI: trusted address, live intent, or nothing. */
static void choose_without_sni(mssl_conn_t *cc)
{
    mssl_global_t *global = mssl_conf_get_global(cc->ctx_server);
    char name[MSSL_NAME_SIZE];

    cc->trust = mssl_trust_find(cc);
    if (cc->trust != NULL && choose(cc, cc->trust->name, MSSL_BY_TRUSTED)) {
        return;
    }
    cc->trust = NULL;
    if (!cc->addr->is_switch
        && mssl_intents_get(global->intents, (server_rec *)cc->ctx_server, &cc->client, name,
                            cc->c->pool) == APR_SUCCESS) {
        choose(cc, name, MSSL_BY_INTENT);
    }
}

/** A resumed session brings its bound name; trust is judged anew. */
static void take_session(SSL *ssl, mssl_conn_t *cc)
{
    mssl_choice_t choice;

    cc->resumed = 1;
    cc->state = MSSL_CONN_DECIDED;
    if (mssl_session_get_bound(SSL_get_session(ssl), &cc->bound) && !cc->alone) {
        cc->by = MSSL_BY_SESSION;
    }
    cc->trust = cc->had_sni || cc->alone ? NULL : mssl_trust_find(cc);
    if (cc->trust != NULL
        && mssl_addr_lookup(cc->addr, cc->trust->name, &choice) == APR_SUCCESS) {
        mssl_choice_release(&choice);
        cc->by = MSSL_BY_TRUSTED;
    }
    else {
        cc->trust = NULL;
    }
    mssl_vars_prepare(cc);
}

static void log_decision(const mssl_conn_t *cc)
{
    const char *by = mssl_by_text(cc->by);

    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, cc->c, MSSLNO(0030) "SNI '%s': %s%s%s",
                  cc->had_sni ? mssl_text_printable(cc->c->pool, cc->sni, strlen(cc->sni), LOG_MAX)
                              : "-",
                  by != NULL ? by : "left to mod_ssl", cc->bound.name[0] ? ", name " : "",
                  cc->bound.name);
}

/** Once a connection: behind a HelloRetryRequest it is decided again. */
static void count(mssl_conn_t *cc, mssl_count_t what)
{
    if (!cc->is_counted) {
        cc->is_counted = 1;
        mssl_counters_add(&mssl_conf_get_global(cc->ctx_server)->counters, what);
    }
}

static void count_decision(mssl_conn_t *cc)
{
    static const mssl_count_t by[] = {
        [MSSL_BY_SNI] = MSSL_COUNT_BY_SNI,         [MSSL_BY_DUMMY] = MSSL_COUNT_BY_DUMMY,
        [MSSL_BY_TRUSTED] = MSSL_COUNT_BY_TRUSTED, [MSSL_BY_INTENT] = MSSL_COUNT_BY_INTENT,
        [MSSL_BY_SESSION] = MSSL_COUNT_BY_SESSION,
    };

    if (cc->is_acme) {
        count(cc, MSSL_COUNT_ACME);
    }
    else if (cc->by != MSSL_BY_NONE) {
        count(cc, by[cc->by]);
    }
}

/**
 * RFC 8446 section 4.1.2: after a HelloRetryRequest the server_name is what it was. mod_ssl keeps the
 * vhost of the first.
 */
static int is_other_sni(const mssl_conn_t *cc, const mssl_hello_t *hello)
{
    return cc->state != MSSL_CONN_UNPROVEN
        && (hello->had_sni != cc->had_sni || strcmp(hello->sni, cc->sni) != 0
            || strcmp(hello->name, cc->name) != 0);
}

/**
 * The message callback: notes what a ClientHello says, before anything is made of it. A
 * HelloRetryRequest brings a second one; a renegotiation changes nothing. It is taken away after the
 * first handshake, where OpenSSL reads: having looked once whether it is there, OpenSSL calls it once
 * then, and twice for a record that it writes.
 */
static void on_message(int is_write, int version, int content_type, const void *buf, size_t len,
                       SSL *ssl, void *arg)
{
    mssl_conn_t *cc = arg;
    mssl_hello_t hello;

    (void)version;
    mssl_vhost_show_all(cc);
    if (!is_first_handshake(ssl)) {
        if (!is_write && content_type == SSL3_RT_HEADER) {
            SSL_set_msg_callback(ssl, NULL);
        }
        return;
    }
    if (is_write || content_type != SSL3_RT_HANDSHAKE || !mssl_hello_parse(&hello, buf, len)) {
        return;
    }
    cc->changed_sni |= is_other_sni(cc, &hello);
    cc->had_sni = hello.had_sni;
    memcpy(cc->sni, hello.sni, sizeof(cc->sni));
    memcpy(cc->name, hello.name, sizeof(cc->name));
    cc->is_acme = hello.is_acme;
    cc->client.stack = hello.stack;
    mssl_vhost_show_one(cc);
}

/**
 * Begin the record anew: a HelloRetryRequest brings a second ClientHello, and every callback runs
 * again.
 */
static void begin(mssl_conn_t *cc, SSL *ssl, const server_rec *s)
{
    const unsigned char *ciphers = NULL;
    size_t len;

    cc->state = MSSL_CONN_HELLO;
    cc->by = MSSL_BY_NONE;
    cc->resumed = 0;
    cc->applied = 0;
    cc->dummy_is_blank = 0;
    cc->shown = NULL;
    cc->trust = NULL;
    cc->ctx_server = s;
    memset(&cc->bound, 0, sizeof(cc->bound));
    cc->alone = cc->is_acme || !is_engine_on(cc);
    /* PROXY protocol sets the address before the handshake, but after pre_handshake. */
    mssl_client_set_addr(&cc->client, mssl_conn_get_client_addr(cc->c));
    if (cc->client.stack == 0) {
        /* A ClientHello in SSLv2's form (RFC 5246 appendix E.2), which is no handshake message. */
        len = SSL_get0_raw_cipherlist(ssl, NULL) * SSL_get0_raw_cipherlist(ssl, &ciphers);
        cc->client.stack = mssl_client_stack(ciphers, len);
    }
}

static int refuse_changed_sni(const mssl_conn_t *cc, int *alert)
{
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, cc->c, MSSLNO(0035) "the second ClientHello names "
                  "another server than the first: refused with illegal_parameter");
    *alert = SSL_AD_ILLEGAL_PARAMETER;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int is_rejected(const mssl_conn_t *cc)
{
    const mssl_server_conf_t *sc = mssl_conf_get(cc->ctx_server);

    return cc->by == MSSL_BY_NONE
        && (cc->had_sni ? sc->unknown == MSSL_UNKNOWN_REJECT : sc->nosni == MSSL_NOSNI_REJECT);
}

/** The steward may be about to make a certificate for the name, or to try again. */
static void hint(const mssl_conn_t *cc)
{
    mssl_global_t *global = mssl_conf_get_global(cc->ctx_server);

    if (!cc->resumed && cc->by == MSSL_BY_NONE && cc->name[0]
        && mssl_hints_is_news(global, cc->name, apr_time_now())) {
        mssl_hints_send(global, cc->name);
    }
}

/**
 * The servername callback: decides. It runs for every ClientHello, after the session was looked up
 * and before the certificate callback; here, and only here, a handshake can be refused with
 * unrecognized_name (RFC 6066 section 3).
 */
static int on_servername(SSL *ssl, int *alert, void *arg)
{
    mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);

    if (cc != NULL) {
        mssl_vhost_show_all(cc);
    }
    if (cc == NULL || !is_first_handshake(ssl)) {
        return cc != NULL && cc->by == MSSL_BY_SNI ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
    }
    if (cc->changed_sni) {
        return refuse_changed_sni(cc, alert);
    }
    begin(cc, ssl, arg);
    if (SSL_session_reused(ssl)) {
        take_session(ssl, cc);
    }
    else if (cc->alone) {
        log_decision(cc);
        count_decision(cc);
        return cc->name[0] && mssl_addr_get_server(cc->addr, cc->name) != NULL
            ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
    }
    else if (!cc->had_sni) {
        choose_without_sni(cc);
    }
    else if (cc->name[0]) {
        choose(cc, cc->name, MSSL_BY_SNI);
    }
    hint(cc);
    if (!cc->resumed && is_rejected(cc)) {
        ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, cc->c, MSSLNO(0031) "SNI '%s' rejected with "
                      "unrecognized_name", cc->had_sni
                      ? mssl_text_printable(cc->c->pool, cc->sni, strlen(cc->sni), LOG_MAX) : "-");
        count(cc, MSSL_COUNT_REJECTED);
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    if (!cc->resumed && cc->by == MSSL_BY_NONE) {
        cc->by = MSSL_BY_DUMMY;
    }
    log_decision(cc);
    count_decision(cc);
    return cc->had_sni && cc->by != MSSL_BY_DUMMY ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/** Put one pair on the connection. A refusal is OpenSSL's (security level, unknown key type). */
static int use_pair(SSL *ssl, const mssl_conn_t *cc, const mssl_pair_t *pair)
{
    unsigned long err;

    if (SSL_use_cert_and_key(ssl, mssl_pair_get_cert(pair), mssl_pair_get_key(pair),
                             mssl_pair_get_chain(pair), 1) == 1) {
        return 1;
    }
    err = ERR_get_error();
    ERR_clear_error();
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, cc->c, MSSLNO(0032) "OpenSSL refuses the %s "
                  "certificate of %s: %s", mssl_key_type_name(mssl_pair_get_type(pair)),
                  mssl_pair_get_label(pair), ERR_reason_error_string(err));
    return 0;
}

/**
 * Put pairs on the connection in place of what the context brought along, which must not answer a
 * client that their key types do not suit. @return 0: none is taken
 */
static int use_choice(SSL *ssl, const mssl_conn_t *cc, const mssl_choice_t *choice)
{
    int used = 0;
    int i;

    SSL_certs_clear(ssl);
    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        used += choice->pair[i] != NULL && use_pair(ssl, cc, choice->pair[i]);
    }
    return used > 0;
}

/* What the stores have for it now. */
static int use_named_dummy(SSL *ssl, mssl_conn_t *cc, const char *name)
{
    int has_pair = mssl_addr_lookup(cc->addr, name, &cc->choice) == APR_SUCCESS;

    mssl_named_note_dummy(mssl_conf_get(cc->ctx_server)->global, name, has_pair, cc->ctx_server);
    return has_pair && use_choice(ssl, cc, &cc->choice);
}

static int use_dummy(SSL *ssl, mssl_conn_t *cc)
{
    const mssl_server_conf_t *sc = mssl_conf_get(cc->ctx_server);
    const mssl_dummy_t *dummy = sc->dummy;

    if (sc->has_own_cert && dummy == NULL) {
        return 1; /* the vhost's own, which the context brought along */
    }
    cc->dummy_is_blank = 1;
    if (dummy != NULL && dummy->name == NULL) {
        return use_choice(ssl, cc, &dummy->pairs);
    }
    if (dummy != NULL && use_named_dummy(ssl, cc, dummy->name)) {
        return 1;
    }
    if (sc->global->made == NULL) {
        return 0;
    }
    mssl_choice_release(&cc->choice);
    mssl_made_get(sc->global->made, &cc->choice);
    return use_choice(ssl, cc, &cc->choice);
}

/**
 * The certificate callback; not called for a resumed session. 0 ends the handshake with
 * internal_error.
 */
static int on_certificate(SSL *ssl, void *arg)
{
    mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);

    (void)arg;
    if (cc == NULL || cc->alone || cc->applied) {
        return 1;
    }
    if (cc->state != MSSL_CONN_HELLO) {
        return 0;
    }
    cc->applied = 1;
    return cc->by == MSSL_BY_DUMMY ? use_dummy(ssl, cc) : use_choice(ssl, cc, &cc->choice);
}

static mssl_pair_t *find_shown(const mssl_conn_t *cc, const X509 *cert)
{
    const apr_array_header_t *own = mssl_conf_get(cc->ctx_server)->own_pairs;
    int i;

    for (i = 0; i < MSSL_KEY_TYPES; i++) {
        mssl_pair_t *pair = cc->choice.pair[i];

        if (pair != NULL && mssl_pair_get_cert(pair) == cert) {
            return pair;
        }
    }
    for (i = 0; own != NULL && i < own->nelts; i++) {
        mssl_pair_t *pair = APR_ARRAY_IDX(own, i, mssl_pair_t *);

        if (mssl_pair_get_cert(pair) == cert) {
            return pair;
        }
    }
    return NULL;
}

/** Fix what is shown, and what the session will be bound to. */
static void settle(SSL *ssl, mssl_conn_t *cc)
{
    cc->state = MSSL_CONN_DECIDED;
    cc->shown = cc->dummy_is_blank || cc->is_acme ? NULL : find_shown(cc, SSL_get_certificate(ssl));
    if (cc->alone && cc->shown != NULL && cc->name[0] && mssl_pair_has_name(cc->shown, cc->name)) {
        apr_cpystrn(cc->bound.name, cc->name, sizeof(cc->bound.name));
    }
    if (cc->shown == NULL || cc->by == MSSL_BY_DUMMY) {
        cc->bound.name[0] = '\0';
    }
    if (cc->shown != NULL) {
        memcpy(cc->bound.sha256, mssl_pair_get_sha256(cc->shown), MSSL_SHA256_LEN);
        cc->bound.not_before = mssl_pair_get_not_before(cc->shown);
        cc->bound.not_after = mssl_pair_get_not_after(cc->shown);
        /* Random already; its last 8 bytes may be a sentinel (RFC 8446 section 4.1.3). */
        SSL_get_server_random(ssl, (unsigned char *)&cc->bound.number, sizeof(cc->bound.number));
    }
    mssl_vars_prepare(cc);
}

/**
 * The not-resumable callback: called in a full handshake once the certificate is chosen.
 * @return 1: the session must not be resumed (the dummy; no name)
 */
static int on_not_resumable(SSL *ssl, int is_forward_secure)
{
    mssl_conn_t *cc = mssl_conn_get_of_ssl(ssl);

    (void)is_forward_secure;
    if (cc == NULL) {
        return 0;
    }
    if (is_first_handshake(ssl)) {
        settle(ssl, cc);
    }
    return !mssl_session_bind(ssl, &cc->bound);
}

int mssl_handshake_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx)
{
    mssl_server_conf_t *sc = mssl_conf_get(s);

    if (is_proxy || sc->addr == NULL || mssl_conf_is_first_pass()) {
        return OK;
    }
    sc->has_ssl_ctx = 1;
    sc->has_own_cert = !sc->is_lent_cert;
    sc->asks_client_cert = SSL_CTX_get_verify_mode(ctx) != SSL_VERIFY_NONE;
    SSL_CTX_set_tlsext_servername_callback(ctx, on_servername);
    SSL_CTX_set_tlsext_servername_arg(ctx, s);
    if (!sc->addr->guarded) {
        return OK;
    }
    SSL_CTX_set_cert_cb(ctx, on_certificate, s);
    mssl_staple_init(s, ctx);
    SSL_CTX_set_not_resumable_session_callback(ctx, on_not_resumable);
    SSL_CTX_set_session_ticket_cb(ctx, NULL, mssl_session_decrypt_ticket, NULL);
    if (SSL_CTX_sess_get_get_cb(ctx) != NULL) {
        sc->global->modssl_get_session = SSL_CTX_sess_get_get_cb(ctx);
        SSL_CTX_sess_set_get_cb(ctx, mssl_session_get);
    }
    mssl_own_collect(s, ctx, p);
    return mssl_ticket_init(s, ctx, p) ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

int mssl_handshake_pre_handshake(conn_rec *c, SSL *ssl, int is_proxy)
{
    const mssl_addr_t *addr;

    if (is_proxy || c->outgoing) {
        return DECLINED;
    }
    addr = mssl_addr_get(mssl_conf_get_global(c->base_server), c);
    if (addr != NULL) {
        SSL_set_msg_callback(ssl, on_message);
        SSL_set_msg_callback_arg(ssl, mssl_conn_make(c, addr));
    }
    return OK;
}
