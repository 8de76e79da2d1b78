/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/visit.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/asn1time.h"
#include "lib/base/monotonic.h"
#include "lib/base/text.h"
#include "lib/base/urlparts.h"
#include "tools/msslctl/dns.h"
#include "tools/msslctl/print.h"
#include "tools/msslctl/readpage.h"
#include "tools/msslctl/request.h"

#define SECOND APR_USEC_PER_SEC
/** One visit, and all of them. */
#define PATIENCE (4 * SECOND)
#define PATIENCE_IN_ALL (12 * SECOND)
/** Of all that is passed on. */
#define TEXT_MAX ((size_t)4 << 20)
#define VISITS_MAX 1000

typedef struct round_t {
    const ctl_visit_t *visit;
    SSL_CTX *ctx;
    apr_time_t end;
    int asks;            /* for "/", too */
    mssl_json_t *json;
    apr_pool_t *pool;
} round_t;

static const char *say_failure(const ctl_dial_t *dial, apr_pool_t *pool)
{
    if (dial->alert != 0) {
        return apr_psprintf(pool, "TLS alert %d, %s", dial->alert,
                            SSL_alert_desc_string_long(dial->alert));
    }
    return dial->error == EPROTO ? "it does not speak TLS" : strerror(dial->error);
}

static void take_certificate(mssl_explain_visit_t *seen, SSL *ssl, const char *name)
{
    X509 *cert = SSL_get1_peer_certificate(ssl);
    unsigned len = 0;

    if (cert != NULL && X509_digest(cert, EVP_sha256(), seen->sha256, &len) == 1
        && len == MSSL_SHA256_LEN) {
        seen->has_certificate = 1;
        mssl_asn1time_get(&seen->not_after, X509_get0_notAfter(cert));
        seen->covers = X509_check_host(cert, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL)
                       == 1;
    }
    X509_free(cert);
}

static void write_seen(mssl_json_t *json, const mssl_explain_visit_t *seen)
{
    char hex[2 * MSSL_SHA256_LEN + 1];

    mssl_text_hex(hex, seen->sha256, MSSL_SHA256_LEN);
    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "address", seen->address);
    mssl_json_text(json, "sni", seen->sni);
    mssl_json_bool(json, "plain", seen->is_plain);
    mssl_json_text(json, "failure", seen->failure);
    mssl_json_bool(json, "refused", seen->is_refused);
    mssl_json_text(json, "sha256", seen->has_certificate ? hex : NULL);
    mssl_json_int(json, "not_after", seen->not_after);
    mssl_json_bool(json, "covers", seen->covers);
    mssl_json_bool(json, "trusted", seen->is_trusted);
    mssl_json_int(json, "status", seen->status);
    mssl_json_text(json, "location", seen->location);
    mssl_json_int(json, "ms", seen->ms);
    mssl_json_close(json);
}

/* @return whether anybody was there at all */
static int go(const round_t *round, const ctl_spot_t *spot, mssl_explain_visit_t *seen,
              int with_proxy_line)
{
    apr_time_t begin = mssl_monotonic_now(), end = begin + PATIENCE;
    const char *name = round->visit->name, *host = name;
    char own[INET6_ADDRSTRLEN];
    ctl_answer_t answer = { 0 };
    ctl_dial_t dial;
    int is_there;

    is_there = ctl_dial_open(&dial, spot->address, spot->port, end < round->end ? end : round->end);
    if (is_there && seen->sni == NULL && !seen->is_plain && ctl_dial_get_own(&dial, own)) {
        seen->is_trusted = ctl_spots_trusts(spot, own, round->pool);
    }
    is_there = is_there && (!with_proxy_line || ctl_dial_send_proxy_line(&dial))
               && (seen->is_plain || ctl_dial_shake(&dial, round->ctx, seen->sni));
    if (spot->port != (seen->is_plain ? 80 : 443)) {
        host = apr_psprintf(round->pool, "%s:%d", name, spot->port);
    }
    if (is_there && !seen->is_plain) {
        take_certificate(seen, dial.ssl, name);
    }
    if (is_there && round->asks) {
        is_there = ctl_request_get(&dial, host, &answer, NULL, round->pool);
        seen->status = answer.status;
        seen->location = answer.location;
    }
    seen->is_refused = dial.alert != 0 && !seen->has_certificate;
    seen->failure = is_there ? NULL
                    : dial.error != 0 || dial.alert != 0 ? say_failure(&dial, round->pool)
                                                         : "it answers nothing that is HTTP";
    seen->ms = (int)apr_time_as_msec(mssl_monotonic_now() - begin);
    ctl_dial_close(&dial);
    if (with_proxy_line && seen->is_plain && seen->status == 400) {
        return 0; /* it took the line for a request */
    }
    return is_there || seen->is_refused || seen->has_certificate;
}

static void visit(const round_t *round, const ctl_spot_t *spot, const char *sni)
{
    const char *address = mssl_urlparts_join(round->pool, spot->address, spot->port);
    mssl_explain_visit_t seen = { .address = address, .sni = sni, .is_plain = spot->is_plain };
    int with_proxy_line = round->visit->server != NULL && round->visit->server->proxy_protocol
                          && !round->visit->is_elsewhere;

    if (mssl_monotonic_now() >= round->end) {
        seen.failure = "there was no time left for it";
    }
    else if (!go(round, spot, &seen, with_proxy_line) && with_proxy_line) {
        mssl_explain_visit_t again = { .address = address, .sni = sni, .is_plain = spot->is_plain };

        if (go(round, spot, &again, 0)) { /* another listener may read such lines */
            seen = again;
        }
    }
    write_seen(round->json, &seen);
}

/* A website's name is asked for "/"; the switch's own is not. */
static int is_switch(const ctl_server_t *server, const char *name)
{
    const mssl_json_value_t *vhost;
    size_t len = strlen(name);

    for (vhost = mssl_json_get_first(server->json, "vhosts"); vhost != NULL; vhost = vhost->next) {
        const char *host = strstr(mssl_json_get_text(vhost, "switch_url", ""), "://");

        if (host != NULL && strncmp(host + 3, name, len) == 0
            && strchr(":/?", host[3 + len]) != NULL) {
            return 1;
        }
    }
    return 0;
}

static void visit_all(round_t *round, const ctl_stop_t *stop)
{
    const ctl_visit_t *visit_all = round->visit;
    int i;

    mssl_json_open(round->json, "live", '[');
    for (i = 0; i < visit_all->spots->nelts && !stop->is_wanted; i++) {
        const ctl_spot_t *spot = &APR_ARRAY_IDX(visit_all->spots, i, ctl_spot_t);

        if (spot->is_plain) {
            visit(round, spot, NULL);
        }
        else {
            visit(round, spot, visit_all->name);
            visit(round, spot, NULL);
        }
    }
    mssl_json_close(round->json);
}

/* In the worker. */
static int work(ctl_t *ctl, void *baton, const ctl_stop_t *stop, FILE *out)
{
    const ctl_visit_t *asked = baton;
    mssl_json_t json;
    round_t round = { .visit = asked, .end = mssl_monotonic_now() + PATIENCE_IN_ALL, .json = &json,
                      .pool = ctl->pool };

    mssl_json_init(&json, ctl_print_sink, out, 0);
    mssl_json_open(&json, NULL, '{');
    if (asked->spots != NULL) {
        round.ctx = SSL_CTX_new(TLS_client_method());
        if (round.ctx == NULL) {
            return CTL_FAULT;
        }
        SSL_CTX_set_verify(round.ctx, SSL_VERIFY_NONE, NULL); /* compared, not trusted */
        SSL_CTX_set_session_cache_mode(round.ctx, SSL_SESS_CACHE_OFF);
        round.asks = !is_switch(asked->server, asked->name);
        visit_all(&round, stop);
        SSL_CTX_free(round.ctx);
    }
    if (asked->reads_page) {
        ctl_readpage_ask(&json, asked->name, asked->page_spots,
                         asked->server->proxy_protocol && !asked->is_elsewhere, ctl->pool);
    }
    if (asked->asks_dns) {
        ctl_dns_ask(&json, asked->name, &asked->resolv_conf, ctl->pool);
    }
    mssl_json_close(&json);
    return mssl_json_end(&json) == APR_SUCCESS ? CTL_FINE : CTL_FAULT;
}

int ctl_visit_ask(ctl_t *ctl, const ctl_visit_t *visit, mssl_buffer_t *text)
{
    *text = (mssl_buffer_t){ .max = TEXT_MAX };
    return ctl_worker_take(ctl, visit->server, MSSL_ROLE_CALLER, work, (void *)visit, text);
}

static int take_hex(unsigned char *bytes, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    int i;

    if (hex == NULL || strlen(hex) != 2 * MSSL_SHA256_LEN
        || strspn(hex, digits) != 2 * MSSL_SHA256_LEN) {
        return 0;
    }
    for (i = 0; i < MSSL_SHA256_LEN; i++) {
        bytes[i] = (unsigned char)((strchr(digits, hex[2 * i]) - digits) << 4
                                   | (strchr(digits, hex[2 * i + 1]) - digits));
    }
    return 1;
}

static void read_visit(mssl_explain_visit_t *seen, const mssl_json_value_t *value)
{
    apr_int64_t status = mssl_json_get_int(value, "status", 0);

    memset(seen, 0, sizeof(*seen));
    seen->address = mssl_json_get_text(value, "address", "-");
    seen->sni = mssl_json_get_text(value, "sni", NULL);
    seen->is_plain = mssl_json_get_bool(value, "plain", 0);
    seen->failure = mssl_json_get_text(value, "failure", NULL);
    seen->is_refused = mssl_json_get_bool(value, "refused", 0);
    seen->has_certificate = take_hex(seen->sha256, mssl_json_get_text(value, "sha256", NULL));
    seen->not_after = mssl_json_get_int(value, "not_after", 0);
    seen->covers = mssl_json_get_bool(value, "covers", 0);
    seen->is_trusted = mssl_json_get_bool(value, "trusted", 0);
    seen->status = status >= 100 && status <= 599 ? (int)status : 0;
    seen->location = mssl_json_get_text(value, "location", NULL);
    seen->ms = (int)mssl_json_get_int(value, "ms", 0);
}

static void read_visits(mssl_explain_facts_t *facts, const mssl_json_value_t *root,
                        apr_pool_t *pool)
{
    const mssl_json_value_t *value;
    mssl_explain_visit_t *visits;
    int n = 0;

    if (mssl_json_get(root, "live") == NULL) {
        return;
    }
    for (value = mssl_json_get_first(root, "live"); value != NULL; value = value->next) {
        n++;
    }
    n = n < VISITS_MAX ? n : VISITS_MAX;
    visits = apr_pcalloc(pool, (apr_size_t)(n + 1) * sizeof(*visits));
    value = mssl_json_get_first(root, "live");
    for (facts->nvisits = 0; facts->nvisits < n; value = value->next) {
        read_visit(&visits[facts->nvisits++], value);
    }
    facts->visit = visits;
}

#define ADDRESSES_MAX 64

/* @return how many there are now */
static int take_texts(const char **texts, int n, const mssl_json_value_t *root, const char *key)
{
    const mssl_json_value_t *value;

    for (value = mssl_json_get_first(root, key); value != NULL && n < ADDRESSES_MAX;
         value = value->next) {
        if (value->kind == MSSL_JSON_TEXT) {
            texts[n++] = value->text;
        }
    }
    return n;
}

static int is_array(const mssl_json_value_t *root, const char *key)
{
    const mssl_json_value_t *value = mssl_json_get(root, key);

    return value != NULL && value->kind == MSSL_JSON_ARRAY;
}

static void read_dns(mssl_explain_facts_t *facts, const mssl_json_value_t *root,
                     const mssl_json_value_t *vhost, apr_pool_t *pool)
{
    const char **addresses = apr_pcalloc(pool, ADDRESSES_MAX * sizeof(*addresses));
    const char **expected = apr_pcalloc(pool, ADDRESSES_MAX * sizeof(*expected));
    const mssl_json_value_t *value = mssl_json_get(root, "dns");
    mssl_explain_dns_t *dns = apr_pcalloc(pool, sizeof(*dns));

    if (value == NULL) {
        return;
    }
    dns->has_a = is_array(value, "a");
    dns->has_aaaa = is_array(value, "aaaa");
    dns->na = take_texts(addresses, 0, value, "a");
    dns->naddresses = take_texts(addresses, dns->na, value, "aaaa");
    dns->address = addresses;
    dns->cname = mssl_json_get_text(value, "cname", NULL);
    dns->error = mssl_json_get_text(value, "error", NULL);
    dns->nexpected = take_texts(expected, 0, vhost, "public_addresses");
    dns->expected = expected;
    facts->dns = dns;
}

void ctl_visit_read(mssl_explain_facts_t *facts, const mssl_buffer_t *text,
                    const mssl_json_value_t *vhost, apr_pool_t *pool)
{
    const mssl_json_value_t *root = NULL;
    mssl_reason_t why = { "" };

    if (text->data != NULL
        && mssl_json_read(&root, text->data, text->len, pool, &why) == APR_SUCCESS) {
        read_visits(facts, root, pool);
        ctl_readpage_take(facts, root, pool);
        read_dns(facts, root, vhost, pool);
    }
}
