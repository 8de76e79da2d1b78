/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "switch/cookie.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "httpd/intent/rounds.h"

#define NAME "__Host-mssl-round"
/* Hex digits of each digest in the cookie: 96 bits. */
#define DIGEST_LEN 24

/** A keyed digest of one part: what the cookie shows tells nobody the name or the address. */
static const char *digest(const request_rec *r, const char *what, const void *data, size_t len)
{
    const mssl_global_t *global = mssl_conf_get_global(r->server);
    const char *agent = apr_table_get(r->headers_in, "User-Agent");
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned int md_len = 0;
    char *text = apr_palloc(r->pool, DIGEST_LEN + 1);
    char *input = apr_pstrcat(r->pool, what, ":", agent != NULL ? agent : "", "\n", NULL);
    size_t input_len = strlen(input);
    unsigned char *all = apr_palloc(r->pool, input_len + len);

    memcpy(all, input, input_len);
    memcpy(all + input_len, data, len);
    if (HMAC(EVP_sha256(), global->secret, sizeof(global->secret), all, input_len + len, md,
             &md_len) == NULL) {
        return NULL;
    }
    ap_bin2hex(md, DIGEST_LEN / 2, text);
    return text;
}

static int is_https(request_rec *r)
{
    return strcmp(ap_http_scheme(r), "https") == 0;
}

/** The value of our cookie among those that came; hostile. */
static const char *find_cookie(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Cookie");
    size_t len = strlen(NAME);
    char *state = NULL;
    char *part;

    if (header == NULL) {
        return NULL;
    }
    for (part = apr_strtok(apr_pstrdup(r->pool, header), "; ", &state); part != NULL;
         part = apr_strtok(NULL, "; ", &state)) {
        if (strncmp(part, NAME, len) == 0 && part[len] == '=') {
            return part + len + 1;
        }
    }
    return NULL;
}

typedef struct round_t {
    int count;
    apr_int64_t start;     /**< seconds */
    const char *name;      /**< digests */
    const char *addr;
} round_t;

static const char *build_value(request_rec *r, const round_t *round)
{
    const char *text = apr_psprintf(r->pool, "%d.%" APR_INT64_T_FMT ".%s.%s", round->count,
                                    round->start, round->name, round->addr);
    const char *mac = digest(r, "mac", text, strlen(text));

    return mac != NULL ? apr_pstrcat(r->pool, text, ".", mac, NULL) : NULL;
}

/** @return 1 for a value that we signed */
static int parse_value(request_rec *r, const char *value, round_t *round)
{
    const char *mac = value != NULL ? strrchr(value, '.') : NULL;
    const char *good;
    char *text;
    char *state = NULL;
    char *part[4];
    int i;

    if (mac == NULL || strlen(mac + 1) != DIGEST_LEN) {
        return 0;
    }
    text = apr_pstrmemdup(r->pool, value, mac - value);
    good = digest(r, "mac", text, mac - value);
    if (good == NULL || CRYPTO_memcmp(good, mac + 1, DIGEST_LEN) != 0) {
        return 0;
    }
    for (i = 0; i < 4; i++) {
        part[i] = apr_strtok(i == 0 ? text : NULL, ".", &state);
        if (part[i] == NULL) {
            return 0;
        }
    }
    round->count = atoi(part[0]);
    round->start = apr_atoi64(part[1]);
    round->name = part[2];
    round->addr = part[3];
    return 1;
}

int mssl_cookie_count(request_rec *r, const mssl_client_t *client, const char *name,
                      const char **cookie)
{
    apr_int64_t now = apr_time_sec(r->request_time);
    const char *value;
    round_t last;
    round_t round;

    *cookie = NULL;
    if (!is_https(r)) {
        return 1;
    }
    round.count = 1;
    round.start = now;
    round.name = digest(r, "name", name, strlen(name));
    round.addr = digest(r, "addr", client->addr, client->addr_len);
    if (round.name == NULL || round.addr == NULL) {
        return 1;
    }
    if (parse_value(r, find_cookie(r), &last) && strcmp(last.name, round.name) == 0
        && now >= last.start && now - last.start <= apr_time_sec(MSSL_ROUNDS_WINDOW)) {
        round.start = last.start;
        round.count = last.count + (strcmp(last.addr, round.addr) != 0);
    }
    value = build_value(r, &round);
    if (value != NULL) {
        *cookie = apr_psprintf(r->pool, NAME "=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax; Secure",
                               value, (int)apr_time_sec(MSSL_ROUNDS_WINDOW));
    }
    return round.count;
}
