/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/live.h"

#include <apr_strings.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/monotonic.h"
#include "lib/base/name.h"
#include "tools/msslctl/dial.h"

#define PAUSE (APR_USEC_PER_SEC / 5)
/** A handshake may take so long. */
#define PATIENCE (5 * APR_USEC_PER_SEC)
#define SECOND APR_USEC_PER_SEC

/** What one address shows. */
typedef enum { SHOWS_NEW = 0, SHOWS_OLD, SHOWS_OTHER, SHOWS_NOTHING } shows_t;

static const char *const algorithms[MSSL_KEY_TYPES] = {
    [MSSL_KEY_RSA] = "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512",
    [MSSL_KEY_ECDSA] = "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512",
    [MSSL_KEY_EDDSA] = "ed25519:ed448",
};

static shows_t compare(const ctl_expected_t *expected, SSL *ssl)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    shows_t shows = SHOWS_OTHER;

    if (cert != NULL && X509_digest(cert, EVP_sha256(), digest, &len) == 1
        && len == MSSL_SHA256_LEN) {
        if (memcmp(digest, expected->sha256, len) == 0) {
            shows = SHOWS_NEW;
        }
        else if (expected->old_sha256 != NULL && memcmp(digest, expected->old_sha256, len) == 0) {
            shows = SHOWS_OLD;
        }
    }
    X509_free(cert);
    return shows;
}

/* A name under a pattern that is no site's. */
static const char *name_of(const ctl_expected_t *expected, char name[MSSL_NAME_SIZE + 8])
{
    if (expected->name[0] != '*') {
        return expected->name;
    }
    apr_snprintf(name, MSSL_NAME_SIZE + 8, "mssl%s", expected->name + 1);
    return name;
}

static shows_t shake(const ctl_expected_t *expected, SSL_CTX *ctx, const ctl_socket_t *where,
                     int with_proxy)
{
    char name[MSSL_NAME_SIZE + 8];
    shows_t shows = SHOWS_NOTHING;
    ctl_dial_t dial;

    if (!ctl_dial_open(&dial, where->address, where->port, mssl_monotonic_now() + PATIENCE)) {
        return SHOWS_NOTHING;
    }
    if (!with_proxy || ctl_dial_send_proxy_line(&dial)) {
        if (ctl_dial_shake(&dial, ctx, name_of(expected, name))) {
            shows = compare(expected, dial.ssl);
        }
        else if (dial.alert != 0) {
            shows = SHOWS_OTHER; /* it answers, and has no certificate of that type */
        }
    }
    ctl_dial_close(&dial);
    return shows;
}

static SSL_CTX *make_context(const ctl_expected_t *expected)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx != NULL && SSL_CTX_set1_sigalgs_list(ctx, algorithms[expected->type]) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    if (ctx != NULL) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL); /* it is compared, not trusted */
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    }
    return ctx;
}

typedef struct round_t {
    int answered;
    shows_t worst; /* of what answered */
} round_t;

static int has_store(const ctl_socket_t *where, int store)
{
    int i;

    for (i = 0; i < where->stores->nelts; i++) {
        if (APR_ARRAY_IDX(where->stores, i, int) == store) {
            return 1;
        }
    }
    return 0;
}

static void go_round(round_t *round, const ctl_expected_t *expected, SSL_CTX *ctx)
{
    const ctl_server_t *server = expected->server;
    int i;

    round->answered = 0;
    round->worst = SHOWS_NEW;
    for (i = 0; i < server->sockets->nelts; i++) {
        const ctl_socket_t *where = &APR_ARRAY_IDX(server->sockets, i, ctl_socket_t);
        shows_t shows;

        if (!has_store(where, expected->store)) {
            continue;
        }
        shows = shake(expected, ctx, where, server->proxy_protocol);
        if (shows == SHOWS_NOTHING && server->proxy_protocol) {
            shows = shake(expected, ctx, where, 0); /* another listener may read such lines */
        }
        if (shows != SHOWS_NOTHING) {
            round->answered++;
            round->worst = shows > round->worst ? shows : round->worst;
        }
    }
}

static ctl_live_t wait_for(const ctl_expected_t *expected, SSL_CTX *ctx, const ctl_stop_t *stop,
                           int *answered)
{
    const ctl_server_t *server = expected->server;
    apr_time_t begin = mssl_monotonic_now(), since = 0, now;
    apr_time_t end = begin + server->negative_timeout + 2 * server->check_interval + 3 * SECOND;
    round_t round;

    do {
        go_round(&round, expected, ctx);
        now = mssl_monotonic_now();
        *answered = round.answered;
        if (round.answered == 0 && now - begin > SECOND) {
            break;
        }
        if (round.answered == 0 || round.worst != SHOWS_NEW) {
            since = 0;
        }
        else if (since == 0) {
            since = now;
        }
        if (since != 0 && now - since >= server->check_interval + SECOND) {
            return CTL_LIVE_SHOWN;
        }
        apr_sleep(PAUSE);
    } while (now < end && !stop->is_wanted);
    return round.answered == 0            ? CTL_LIVE_NOBODY
           : round.worst == SHOWS_NEW     ? CTL_LIVE_SHOWN
           : round.worst == SHOWS_OLD     ? CTL_LIVE_OLD
                                          : CTL_LIVE_OTHER;
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const ctl_expected_t *expected = baton;
    SSL_CTX *ctx = make_context(expected);
    int answered = 0;
    ctl_live_t live;

    (void)ctl;
    if (ctx == NULL) {
        return CTL_FAULT;
    }
    live = wait_for(expected, ctx, stop, &answered);
    SSL_CTX_free(ctx);
    fprintf(out, "%d %d", (int)live, answered);
    return CTL_FINE;
}

int ctl_live_wait(ctl_live_t *live, int *answered, ctl_t *ctl, const ctl_expected_t *expected)
{
    mssl_buffer_t answer = { .max = 64 };
    int rc, shown = -1;

    *live = CTL_LIVE_NOBODY;
    *answered = 0;
    rc = ctl_worker_take(ctl, expected->server, MSSL_ROLE_CALLER, work, (void *)expected, &answer);
    if (rc == CTL_FINE
        && (answer.data == NULL || sscanf(answer.data, "%d %d", &shown, answered) != 2
            || shown < CTL_LIVE_SHOWN || shown > CTL_LIVE_OTHER)) {
        rc = CTL_FAULT;
    }
    if (rc == CTL_FINE) {
        *live = (ctl_live_t)shown;
    }
    mssl_buffer_free(&answer);
    return rc;
}
