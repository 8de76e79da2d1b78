/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "httpd/intent/intent.h"

#include <apr_atomic.h>
#include <apr_global_mutex.h>
#include <apr_strings.h>
#include <openssl/evp.h>
#include <string.h>

#include <ap_provider.h>
#include <ap_socache.h>
#include <http_log.h>
#include <util_mutex.h>

#include "lib/base/monotonic.h"
#include "lib/base/tags.h"

APLOG_USE_MODULE(mssl);

#define DEFAULT_PROVIDER "shmcb"

/*
 * Layouts are fixed and in network order: the machines of a cluster share them.
 *   key:   spread (1), kind (1), address length (1), address (16), slot (8)
 *   value: version (1), kind (1), expiry (8), and then what the kind keeps;
 *          intent: stack (8), length (1), name
 * A digest byte leads the key, as shmcb chooses one of its sub-caches by the first byte. An address
 * has so many slots and no more: it cannot drive the others out.
 */
#define VALUE_VERSION 2
#define SPREAD_LEN 1
#define KEY_LEN (SPREAD_LEN + 2 + 16 + 8)
#define VALUE_HEAD 10
#define STACK_LEN 8
#define INTENT_HEAD (STACK_LEN + 1)
#define VALUE_MAX (VALUE_HEAD + MSSL_INTENT_DATA_MAX)
#define INTENT_SLOTS 64

/* Redis and memcache count in whole seconds and refuse a life of less than one. */
#define CACHE_SLACK apr_time_from_sec(1)

struct mssl_intents_t {
    const ap_socache_provider_t *provider;
    ap_socache_instance_t *instance;
    apr_global_mutex_t *mutex;    /* NULL: the provider needs none */
    server_rec *s;                /* set in post_config: for destroy() */
    /* Each child has its own of these: the memory is not shared. */
    volatile apr_uint32_t failing; /* 1: the cache failed, was logged, and kept nothing since */
    volatile apr_uint32_t retry_at;/* while failing: the second in which it is asked again */
};

typedef struct cache_key_t {
    unsigned char bytes[KEY_LEN];
} cache_key_t;

/* Providers of httpd, for the message that names the missing LoadModule line. */
static const char *const stock_providers[] = {"shmcb", "redis", "memcache", "dbm"};

static const char *list_providers(apr_pool_t *p)
{
    apr_array_header_t *names = ap_list_provider_names(p, AP_SOCACHE_PROVIDER_GROUP,
                                                       AP_SOCACHE_PROVIDER_VERSION);
    const char *list = "";
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, ap_list_provider_names_t).provider_name;

        if (strcmp(name, AP_SOCACHE_DEFAULT_PROVIDER) != 0) {
            list = apr_pstrcat(p, list, list[0] != '\0' ? ", " : "", name, NULL);
        }
    }
    return list[0] != '\0' ? list : "none";
}

static const char *explain_unknown(const char *name, apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < sizeof(stock_providers) / sizeof(stock_providers[0]); i++) {
        if (strcmp(name, stock_providers[i]) == 0) {
            return apr_psprintf(p, "the provider '%s' is not loaded, add the line 'LoadModule "
                                "socache_%s_module modules/mod_socache_%s.so' or use one that is "
                                "loaded: %s", name, name, name, list_providers(p));
        }
    }
    return apr_psprintf(p, "there is no provider '%s', use one that is loaded (%s) or load shmcb, "
                        "redis, memcache or dbm with a line such as 'LoadModule "
                        "socache_shmcb_module modules/mod_socache_shmcb.so'", name,
                        list_providers(p));
}

const char *mssl_intents_make(mssl_intents_t **intents, const char *arg, apr_pool_t *p,
                              apr_pool_t *ptemp)
{
    mssl_intents_t *made = apr_pcalloc(p, sizeof(*made));
    const char *colon;
    const char *name;
    const char *args = NULL;
    const char *error;

    *intents = NULL;
    if (arg == NULL) {
        arg = DEFAULT_PROVIDER;
    }
    colon = strchr(arg, ':');
    name = colon != NULL ? apr_pstrmemdup(ptemp, arg, (apr_size_t)(colon - arg)) : arg;
    if (colon != NULL && colon[1] != '\0') {
        args = colon + 1;
    }
    made->provider = ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, name,
                                        AP_SOCACHE_PROVIDER_VERSION);
    if (made->provider == NULL) {
        return explain_unknown(name, p);
    }
    error = made->provider->create(&made->instance, args, ptemp, p);
    if (error != NULL) {
        return apr_psprintf(p, "the provider '%s' does not accept '%s': %s", name,
                            args != NULL ? args : "", error);
    }
    *intents = made;
    return NULL;
}

apr_status_t mssl_intents_pre_config(apr_pool_t *p)
{
    return ap_mutex_register(p, MSSL_INTENT_MUTEX, NULL, APR_LOCK_DEFAULT, 0);
}

static apr_status_t destroy_cache(void *data)
{
    mssl_intents_t *intents = data;

    intents->provider->destroy(intents->instance, intents->s);
    return APR_SUCCESS;
}

apr_status_t mssl_intents_post_config(mssl_intents_t *intents, server_rec *s, apr_pool_t *p)
{
    struct ap_socache_hints hints;
    apr_status_t rv;

    if (intents->provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) {
        rv = ap_global_mutex_create(&intents->mutex, NULL, MSSL_INTENT_MUTEX, NULL, s, p, 0);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    memset(&hints, 0, sizeof(hints));
    hints.avg_id_len = KEY_LEN;
    hints.avg_obj_size = VALUE_HEAD + INTENT_HEAD + 24;
    hints.expiry_interval = apr_time_from_sec(60);
    rv = intents->provider->init(intents->instance, MSSL_INTENT_CACHE, &hints, s, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    intents->s = s;
    apr_pool_cleanup_register(p, intents, destroy_cache, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

apr_status_t mssl_intents_child_init(mssl_intents_t *intents, apr_pool_t *p)
{
    if (intents->mutex == NULL) {
        return APR_SUCCESS;
    }
    return apr_global_mutex_child_init(&intents->mutex, apr_global_mutex_lockfile(intents->mutex),
                                       p);
}

static apr_status_t lock(mssl_intents_t *intents)
{
    return intents->mutex != NULL ? apr_global_mutex_lock(intents->mutex) : APR_SUCCESS;
}

static void unlock(mssl_intents_t *intents)
{
    if (intents->mutex != NULL) {
        apr_global_mutex_unlock(intents->mutex);
    }
}

/*
 * A cache that fails is left alone for up to a second: handshakes need not wait for its timeouts,
 * and providers, which log each failure themselves, are kept from a line per request.
 */
static int is_resting(mssl_intents_t *intents)
{
    return apr_atomic_read32(&intents->failing)
           && apr_atomic_read32(&intents->retry_at) > (apr_uint32_t)apr_time_sec(mssl_monotonic_now());
}

static void note_failure(mssl_intents_t *intents, server_rec *s, apr_status_t rv)
{
    apr_atomic_set32(&intents->retry_at, (apr_uint32_t)apr_time_sec(mssl_monotonic_now()) + 1);
    if (apr_atomic_cas32(&intents->failing, 1, 0) == 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s, MSSLNO(0090)
                     "the cache '%s' of MSSLIntentCache does not answer: clients without SNI "
                     "cannot be brought to their site until it does; check that its server runs "
                     "and can be reached from here", intents->provider->name);
    }
}

static void note_success(mssl_intents_t *intents, server_rec *s)
{
    if (apr_atomic_cas32(&intents->failing, 0, 1) == 1) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, MSSLNO(0091)
                     "the cache '%s' of MSSLIntentCache answers again: intents are kept",
                     intents->provider->name);
    }
}

int mssl_intents_is_up(const mssl_intents_t *intents)
{
    return apr_atomic_read32((volatile apr_uint32_t *)&intents->failing) == 0;
}

void mssl_intents_put_number(unsigned char *to, apr_uint64_t number)
{
    int i;

    for (i = 7; i >= 0; i--) {
        to[i] = (unsigned char)number;
        number >>= 8;
    }
}

apr_uint64_t mssl_intents_get_number(const unsigned char *from)
{
    apr_uint64_t number = 0;
    int i;

    for (i = 0; i < 8; i++) {
        number = number << 8 | from[i];
    }
    return number;
}

/** @return 0 when OpenSSL fails */
static int make_key(cache_key_t *key, mssl_intent_kind_t kind, const mssl_client_t *client,
                    apr_uint64_t slot)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned char *to = key->bytes + SPREAD_LEN;

    memset(key, 0, sizeof(*key));
    *to++ = (unsigned char)kind;
    *to++ = client->addr_len;
    memcpy(to, client->addr, sizeof(client->addr));
    mssl_intents_put_number(to + sizeof(client->addr), slot);
    if (EVP_Digest(key->bytes + SPREAD_LEN, KEY_LEN - SPREAD_LEN, hash, NULL, EVP_sha256(),
                   NULL) != 1) {
        return 0;
    }
    key->bytes[0] = hash[0];
    return 1;
}

static void put_head(unsigned char *value, int kind, apr_time_t expiry)
{
    value[0] = VALUE_VERSION;
    value[1] = (unsigned char)kind;
    mssl_intents_put_number(value + 2, (apr_uint64_t)expiry);
}

/*
 * The cache may be shared with others and is not believed.
 * @return when a value expires; 0: it is none of ours, or expired
 */
static apr_time_t get_head(const unsigned char *value, unsigned int len, int kind)
{
    apr_uint64_t expiry;

    if (len < VALUE_HEAD || value[0] != VALUE_VERSION || value[1] != kind) {
        return 0;
    }
    expiry = mssl_intents_get_number(value + 2);
    if (expiry > APR_INT64_MAX || (apr_time_t)expiry <= apr_time_now()) {
        return 0;
    }
    return (apr_time_t)expiry;
}

static apr_status_t store(mssl_intents_t *intents, server_rec *s, const cache_key_t *key,
                          apr_time_t expiry, unsigned char *value, unsigned int len,
                          apr_pool_t *pool)
{
    apr_status_t rv;

    if (is_resting(intents)) {
        return APR_EGENERAL;
    }
    rv = lock(intents);
    if (rv == APR_SUCCESS) {
        rv = intents->provider->store(intents->instance, s, key->bytes, KEY_LEN,
                                      expiry + CACHE_SLACK, value, len, pool);
        unlock(intents);
    }
    if (rv == APR_SUCCESS) {
        note_success(intents, s);
    }
    else {
        note_failure(intents, s, rv);
    }
    return rv;
}

/*
 * dbm answers a miss with APR_EGENERAL. A value larger than any of ours is APR_ENOSPC with dbm,
 * APR_ENOMEM with redis and memcache.
 */
static int is_miss(apr_status_t rv)
{
    return rv == APR_NOTFOUND || rv == APR_EGENERAL || rv == APR_ENOSPC || rv == APR_ENOMEM;
}

/*
 * A read that works does not end a failure: memcache out of reach answers APR_NOTFOUND, and a
 * replica of redis takes no writes.
 */
static apr_status_t retrieve(mssl_intents_t *intents, server_rec *s, const cache_key_t *key,
                             unsigned char value[VALUE_MAX], unsigned int *len, apr_pool_t *pool)
{
    apr_status_t rv;

    *len = VALUE_MAX;
    if (is_resting(intents)) {
        return APR_EGENERAL;
    }
    rv = lock(intents);
    if (rv == APR_SUCCESS) {
        rv = intents->provider->retrieve(intents->instance, s, key->bytes, KEY_LEN, value, len,
                                         pool);
        unlock(intents);
    }
    if (is_miss(rv) || (rv == APR_SUCCESS && *len > VALUE_MAX)) {
        return APR_NOTFOUND;
    }
    if (rv != APR_SUCCESS) {
        note_failure(intents, s, rv);
    }
    return rv;
}

apr_status_t mssl_intents_keep(mssl_intents_t *intents, server_rec *s, mssl_intent_kind_t kind,
                               const mssl_client_t *client, apr_uint64_t slot,
                               const unsigned char *data, unsigned int len, apr_interval_time_t ttl,
                               apr_pool_t *pool)
{
    unsigned char value[VALUE_MAX];
    apr_time_t expiry = apr_time_now() + ttl;
    cache_key_t key;

    if (client->addr_len == 0 || len > MSSL_INTENT_DATA_MAX
        || !make_key(&key, kind, client, slot)) {
        return APR_EINVAL;
    }
    put_head(value, kind, expiry);
    memcpy(value + VALUE_HEAD, data, len);
    return store(intents, s, &key, expiry, value, VALUE_HEAD + len, pool);
}

apr_status_t mssl_intents_find(mssl_intents_t *intents, server_rec *s, mssl_intent_kind_t kind,
                               const mssl_client_t *client, apr_uint64_t slot,
                               unsigned char data[MSSL_INTENT_DATA_MAX], unsigned int *len,
                               apr_pool_t *pool)
{
    unsigned char value[VALUE_MAX];
    cache_key_t key;
    apr_status_t rv;

    *len = 0;
    if (client->addr_len == 0 || !make_key(&key, kind, client, slot)) {
        return APR_NOTFOUND;
    }
    rv = retrieve(intents, s, &key, value, len, pool);
    if (rv == APR_SUCCESS && get_head(value, *len, kind) == 0) {
        rv = APR_NOTFOUND;
    }
    *len = rv == APR_SUCCESS ? *len - VALUE_HEAD : 0;
    memcpy(data, value + VALUE_HEAD, *len);
    return rv;
}

/** Where the intent of a stack is kept. The address alone has a slot of its own. */
static apr_uint64_t get_slot(apr_uint64_t stack)
{
    return stack == 0 ? 0 : 1 + stack % INTENT_SLOTS;
}

apr_status_t mssl_intents_set(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                              const char *name, apr_interval_time_t ttl, apr_pool_t *pool)
{
    unsigned char data[MSSL_INTENT_DATA_MAX];
    size_t len = strlen(name);

    if (len == 0 || len > MSSL_NAME_MAX) {
        return APR_EINVAL;
    }
    mssl_intents_put_number(data, client->stack);
    data[STACK_LEN] = (unsigned char)len;
    memcpy(data + INTENT_HEAD, name, len);
    return mssl_intents_keep(intents, s, MSSL_INTENT_SITE, client, get_slot(client->stack), data,
                             (unsigned int)(INTENT_HEAD + len), ttl, pool);
}

static apr_status_t get_one(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                            apr_uint64_t stack, char name[MSSL_NAME_SIZE], apr_pool_t *pool)
{
    unsigned char data[MSSL_INTENT_DATA_MAX];
    const char *stored = (const char *)data + INTENT_HEAD;
    unsigned int len;
    apr_status_t rv = mssl_intents_find(intents, s, MSSL_INTENT_SITE, client, get_slot(stack), data,
                                        &len, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (len <= INTENT_HEAD || mssl_intents_get_number(data) != stack
        || len != INTENT_HEAD + (unsigned int)data[STACK_LEN]
        || !mssl_name_canon(name, stored, data[STACK_LEN])
        || strlen(name) != data[STACK_LEN] || memcmp(name, stored, data[STACK_LEN]) != 0) {
        name[0] = '\0';
        return APR_NOTFOUND;
    }
    return APR_SUCCESS;
}

apr_status_t mssl_intents_get(mssl_intents_t *intents, server_rec *s, const mssl_client_t *client,
                              char name[MSSL_NAME_SIZE], apr_pool_t *pool)
{
    apr_status_t rv;

    name[0] = '\0';
    if (client->addr_len == 0) {
        return APR_NOTFOUND;
    }
    if (client->stack != 0) {
        rv = get_one(intents, s, client, client->stack, name, pool);
        if (rv != APR_NOTFOUND) {
            return rv;
        }
    }
    return get_one(intents, s, client, 0, name, pool);
}
