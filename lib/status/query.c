/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/status/query.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/base/urlparts.h"

/** So much of a wrong value is repeated. */
#define SHOWN 80

/** "%XX" and "+". @return NULL: an escape that is none, or a NUL */
static char *decode(const char *in, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, strlen(in) + 1), *to = text;

    for (; *in != '\0'; in++) {
        int c = (unsigned char)*in;

        if (c == '%') {
            c = mssl_urlparts_get_escaped(in);
            if (c <= 0) {
                return NULL;
            }
            in += 2;
        }
        *to++ = c == '+' && *in == '+' ? ' ' : (char)c;
    }
    *to = '\0';
    return text;
}

static apr_status_t refuse(mssl_reason_t *why, const char *key, const char *value,
                           const char *accepted, apr_pool_t *pool)
{
    return mssl_reason_set(why, APR_EINVAL, "%s: '%s' is not accepted, use %s", key,
                           mssl_text_printable(pool, value, strlen(value), SHOWN), accepted);
}

/** A number from 1 to MSSL_INDEX_LIST_MAX; 0: it is none. */
static int parse_number(const char *value)
{
    int n = 0;

    for (; apr_isdigit(*value) && n <= MSSL_INDEX_LIST_MAX; value++) {
        n = 10 * n + (*value - '0');
    }
    return *value == '\0' && n <= MSSL_INDEX_LIST_MAX ? n : 0;
}

static apr_status_t take_format(mssl_status_query_t *query, const char *value, apr_pool_t *pool,
                                mssl_reason_t *why)
{
    query->format = strcmp(value, "html") == 0 ? MSSL_STATUS_HTML
        : strcmp(value, "json") == 0 ? MSSL_STATUS_JSON
        : strcmp(value, "prometheus") == 0 ? MSSL_STATUS_PROMETHEUS : MSSL_STATUS_ANY;
    return query->format != MSSL_STATUS_ANY
        ? APR_SUCCESS : refuse(why, "format", value, "html, json or prometheus", pool);
}

static apr_status_t take_state(mssl_status_query_t *query, const char *value, apr_pool_t *pool,
                               mssl_reason_t *why)
{
    mssl_name_state_t state;

    if (!mssl_states_parse_word(&state, value)) {
        return refuse(why, "state", value, "bad, expired, not_yet_valid, at_risk, urgent, degraded, "
                      "expiring, shadowed, valid or excluded", pool);
    }
    query->state = mssl_states_get_word(state);
    query->index.states = 1u << state;
    return APR_SUCCESS;
}

static apr_status_t take_sort(mssl_status_query_t *query, const char *value, apr_pool_t *pool,
                              mssl_reason_t *why)
{
    if (strcmp(value, "expiry") == 0) {
        query->index.sort = MSSL_INDEX_BY_EXPIRY;
        return APR_SUCCESS;
    }
    return strcmp(value, "name") == 0 ? APR_SUCCESS
                                      : refuse(why, "sort", value, "expiry or name", pool);
}

static apr_status_t take(mssl_status_query_t *query, const char *key, const char *value,
                         apr_pool_t *pool, mssl_reason_t *why)
{
    if (strcmp(key, "format") == 0) {
        return take_format(query, value, pool, why);
    }
    if (strcmp(key, "host") == 0) {
        query->host = value;
    }
    else if (strcmp(key, "list") == 0) {
        query->is_list = 1;
        return strcmp(value, "1") == 0 ? APR_SUCCESS : refuse(why, key, value, "1", pool);
    }
    else if (strcmp(key, "state") == 0) {
        return take_state(query, value, pool, why);
    }
    else if (strcmp(key, "store") == 0) {
        query->index.store = value;
    }
    else if (strcmp(key, "q") == 0) {
        query->index.text = *value != '\0' ? value : NULL;
    }
    else if (strcmp(key, "sort") == 0) {
        return take_sort(query, value, pool, why);
    }
    else if (strcmp(key, "after") == 0) {
        query->index.after = value;
    }
    else if (strcmp(key, "limit") == 0) {
        query->index.limit = parse_number(value);
        return query->index.limit > 0 ? APR_SUCCESS
                                      : refuse(why, key, value, "a number from 1 to 1000", pool);
    }
    else if (strcmp(key, "names") == 0) {
        query->worst = parse_number(value);
        return query->worst > 0 ? APR_SUCCESS
                                : refuse(why, key, value, "a number from 1 to 1000", pool);
    }
    else {
        return mssl_reason_set(why, APR_EINVAL, "'%s' is no parameter, use format, host, names, or "
                               "list with state, store, q, sort, after, limit",
                               mssl_text_printable(pool, key, strlen(key), SHOWN));
    }
    return APR_SUCCESS;
}

apr_status_t mssl_status_query_parse(mssl_status_query_t *query, const char *args, apr_pool_t *pool,
                                     mssl_reason_t *why)
{
    const mssl_index_query_t none = { 0 };
    apr_status_t rv = APR_SUCCESS;
    char *rest = apr_pstrdup(pool, args != NULL ? args : "");
    char *state = NULL, *pair;

    memset(query, 0, sizeof(*query));
    query->worst = MSSL_STATUS_WORST;
    for (pair = apr_strtok(rest, "&", &state); pair != NULL && rv == APR_SUCCESS;
         pair = apr_strtok(NULL, "&", &state)) {
        char *value = strchr(pair, '=');

        if (value != NULL) {
            *value++ = '\0';
        }
        value = decode(value != NULL ? value : "", pool);
        rv = value == NULL
            ? mssl_reason_set(why, APR_EINVAL, "%s: a '%%' in its value begins no escape",
                              mssl_text_printable(pool, pair, strlen(pair), SHOWN))
            : take(query, pair, value, pool, why);
    }
    if (rv == APR_SUCCESS && !query->is_list
        && memcmp(&query->index, &none, sizeof(none)) != 0) {
        rv = mssl_reason_set(why, APR_EINVAL, "state, store, q, sort, after and limit are for "
                             "lists, add list=1");
    }
    if (rv == APR_SUCCESS && query->format == MSSL_STATUS_PROMETHEUS
        && (query->is_list || query->host != NULL)) {
        rv = mssl_reason_set(why, APR_EINVAL, "format: lists and host are not told to Prometheus, "
                             "use html or json");
    }
    return rv;
}

mssl_status_format_t mssl_status_query_accept(const char *accept)
{
    if (accept == NULL || strstr(accept, "text/html") != NULL) {
        return MSSL_STATUS_HTML;
    }
    if (strstr(accept, "application/json") != NULL) {
        return MSSL_STATUS_JSON;
    }
    return strstr(accept, "openmetrics") != NULL || strstr(accept, "version=0.0.4") != NULL
        ? MSSL_STATUS_PROMETHEUS : MSSL_STATUS_HTML;
}
