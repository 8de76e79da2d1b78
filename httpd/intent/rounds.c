/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/intent/rounds.h"

#include <openssl/evp.h>
#include <string.h>

/* Per address. */
#define VISIT_SLOTS 16
#define ROUND_SLOTS 32

/*
 * Values: digest (8) of what the entry is for, and then
 *   visit: a random number (8)
 *   round: the number of the visit that was counted last (8), when the first round began (8), count (1)
 */
#define AT_NUMBER 8
#define VISIT_LEN 16
#define AT_START 16
#define AT_COUNT 24
#define ROUND_LEN 25

/** Of a name, and of a client's stack; 0: OpenSSL failed. */
static apr_uint64_t digest(apr_uint64_t stack, const char *name)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned char data[8 + MSSL_NAME_SIZE];
    size_t len = strlen(name);

    if (len >= MSSL_NAME_SIZE) {
        return 0;
    }
    mssl_intents_put_number(data, stack);
    memcpy(data + 8, name, len);
    if (EVP_Digest(data, 8 + len, hash, NULL, EVP_sha256(), NULL) != 1) {
        return 0;
    }
    return mssl_intents_get_number(hash);
}

void mssl_rounds_visit(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                       const char *name, apr_pool_t *pool)
{
    unsigned char data[VISIT_LEN];
    apr_uint64_t what = digest(0, name);

    mssl_intents_put_number(data, what);
    mssl_intents_put_number(data + AT_NUMBER, (apr_uint64_t)apr_time_now());
    mssl_intents_keep(intents, s, MSSL_INTENT_VISIT, client, what % VISIT_SLOTS, data, VISIT_LEN,
                      MSSL_ROUNDS_WINDOW, pool);
}

/** The number of the address's last visit for a name; 0: none. */
static apr_uint64_t find_visit(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                               const char *name, apr_pool_t *pool)
{
    unsigned char data[MSSL_INTENT_DATA_MAX];
    apr_uint64_t what = digest(0, name);
    unsigned int len;

    return mssl_intents_find(intents, s, MSSL_INTENT_VISIT, client, what % VISIT_SLOTS, data, &len,
                             pool) == APR_SUCCESS
        && len == VISIT_LEN && mssl_intents_get_number(data) == what
        ? mssl_intents_get_number(data + AT_NUMBER) : 0;
}

/** A client's rounds for a name, begun anew where there are none of this minute. */
static void find_round(unsigned char round[MSSL_INTENT_DATA_MAX], mssl_intents_t *intents,
                       server_rec *s, const mssl_client_t *client, apr_uint64_t what,
                       apr_pool_t *pool)
{
    apr_time_t now = apr_time_now();
    apr_time_t start;
    unsigned int len;

    if (mssl_intents_find(intents, s, MSSL_INTENT_ROUND, client, what % ROUND_SLOTS, round, &len,
                          pool) == APR_SUCCESS
        && len == ROUND_LEN && mssl_intents_get_number(round) == what) {
        start = (apr_time_t)mssl_intents_get_number(round + AT_START);
        if (start <= now && start > now - MSSL_ROUNDS_WINDOW) {
            return;
        }
    }
    memset(round, 0, ROUND_LEN);
    mssl_intents_put_number(round, what);
    mssl_intents_put_number(round + AT_START, (apr_uint64_t)now);
}

int mssl_rounds_arrive(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                       const char *name, apr_pool_t *pool)
{
    unsigned char round[MSSL_INTENT_DATA_MAX];
    apr_uint64_t what = digest(client->stack, name);
    apr_uint64_t visit = find_visit(intents, s, client, name, pool);

    if (visit == 0) {
        return 0;
    }
    find_round(round, intents, s, client, what, pool);
    if (mssl_intents_get_number(round + AT_NUMBER) != visit) {
        mssl_intents_put_number(round + AT_NUMBER, visit);
        if (round[AT_COUNT] < MSSL_ROUNDS_MAX) {
            round[AT_COUNT]++;
        }
        if (mssl_intents_keep(intents, s, MSSL_INTENT_ROUND, client, what % ROUND_SLOTS, round,
                              ROUND_LEN, MSSL_ROUNDS_WINDOW, pool) != APR_SUCCESS) {
            return 0;
        }
    }
    return round[AT_COUNT];
}

void mssl_rounds_end(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                     const char *name, apr_pool_t *pool)
{
    unsigned char round[MSSL_INTENT_DATA_MAX];
    apr_uint64_t what = digest(client->stack, name);

    find_round(round, intents, s, client, what, pool);
    if (round[AT_COUNT] > 0) {
        round[AT_COUNT] = 0;
        mssl_intents_keep(intents, s, MSSL_INTENT_ROUND, client, what % ROUND_SLOTS, round,
                          ROUND_LEN, MSSL_ROUNDS_WINDOW, pool);
    }
}
