/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/guard/proof.h"

#include <string.h>

void mssl_host_parse(mssl_host_t *host, const char *text)
{
    memset(host, 0, sizeof(*host));
    if (text != NULL) {
        size_t len = strlen(text);

        if (!mssl_name_canon(host->name, text, len)) {
            host->ip_len = mssl_name_parse_ip(host->ip, text, len);
        }
    }
}

static int pair_covers(const mssl_pair_t *pair, const mssl_host_t *host)
{
    if (host->name[0]) {
        return mssl_pair_has_name(pair, host->name);
    }
    return host->ip_len > 0 && mssl_pair_has_ip(pair, host->ip, host->ip_len);
}

static int is_session_cert(const mssl_conn_t *cc, const mssl_pair_t *pair)
{
    return pair != NULL
        && memcmp(mssl_pair_get_sha256(pair), cc->bound.sha256, MSSL_SHA256_LEN) == 0;
}

/**
 * Another name than the bound one, on a resumed session: only while that certificate is still in
 * service for the bound name.
 */
static int session_covers(const mssl_conn_t *cc, const mssl_host_t *host)
{
    const mssl_server_conf_t *sc = mssl_conf_get(cc->ctx_server);
    mssl_choice_t choice;
    int covers = 0;
    int i;

    for (i = 0; cc->alone && sc->own_pairs != NULL && i < sc->own_pairs->nelts; i++) {
        const mssl_pair_t *pair = APR_ARRAY_IDX(sc->own_pairs, i, mssl_pair_t *);

        covers |= is_session_cert(cc, pair) && pair_covers(pair, host);
    }
    if (!cc->alone
        && mssl_addr_lookup(cc->addr, cc->bound.name, &choice) == APR_SUCCESS) {
        for (i = 0; i < MSSL_KEY_TYPES; i++) {
            covers |= is_session_cert(cc, choice.pair[i]) && pair_covers(choice.pair[i], host);
        }
        mssl_choice_release(&choice);
    }
    return covers;
}

int mssl_proof_covers(const mssl_conn_t *cc, const mssl_host_t *host)
{
    if (cc->state != MSSL_CONN_DECIDED || cc->is_acme) {
        return 0;
    }
    if (!cc->resumed) {
        return cc->shown != NULL && pair_covers(cc->shown, host);
    }
    if (!cc->bound.name[0]) {
        return 0;
    }
    return strcmp(cc->bound.name, host->name) == 0 || session_covers(cc, host);
}

int mssl_proof_is_lasting(const mssl_conn_t *cc, const mssl_host_t *host)
{
    return !cc->resumed || strcmp(cc->bound.name, host->name) == 0;
}

/** mod_ssl's own comparison of an SNI with a vhost: raw bytes, case apart. */
static int matches_sni(const mssl_conn_t *cc, const server_rec *s)
{
    int i;

    if (s->server_hostname != NULL && strcasecmp(cc->sni, s->server_hostname) == 0) {
        return 1;
    }
    for (i = 0; s->names != NULL && i < s->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(s->names, i, const char *);

        if (name != NULL && strcasecmp(cc->sni, name) == 0) {
            return 1;
        }
    }
    for (i = 0; s->wild_names != NULL && i < s->wild_names->nelts; i++) {
        const char *glob = APR_ARRAY_IDX(s->wild_names, i, const char *);

        if (glob != NULL && ap_strcasecmp_match(cc->sni, glob) == 0) {
            return 1;
        }
    }
    return 0;
}

const server_rec *mssl_proof_get_handshake_server(const mssl_conn_t *cc)
{
    int i;

    if (cc->ctx_server != NULL && cc->ctx_server != cc->addr->first) {
        return cc->ctx_server;
    }
    for (i = 0; cc->sni[0] && i < cc->addr->servers->nelts; i++) {
        server_rec *s = APR_ARRAY_IDX(cc->addr->servers, i, server_rec *);

        if (matches_sni(cc, s)) {
            return s;
        }
    }
    return cc->addr->first;
}
