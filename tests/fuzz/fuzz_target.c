/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/* switch/target.c: a target that is taken rebuilds to a URL that parses to itself. */
#include <apr_general.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/url.h"
#include "switch/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void check_location(const char *location, const char *name)
{
    const char *at;

    require(strncmp(location, "https://", 8) == 0);
    require(strncmp(location + 8, name, strlen(name)) == 0);
    require(strchr("/:", location[8 + strlen(name)]) != NULL);
    for (at = location; *at != '\0'; at++) {
        require(*at > 0x20 && *at < 0x7f && strchr("\"#<>\\^`{|}", *at) == NULL);
    }
    at = location + strcspn(location + 8, "/") + 8;
    require(*at == '/' && memchr(location, '@', (size_t)(at - location)) == NULL);
}

static void check_target(const mssl_target_t *target, apr_pool_t *pool)
{
    char canon[MSSL_NAME_SIZE];
    const char *location = mssl_url_build(pool, target->name, target->port, target->path);
    mssl_target_t again;
    mssl_url_t url;
    mssl_reason_t why;

    require(mssl_name_canon(canon, target->name, strlen(target->name)));
    require(strcmp(canon, target->name) == 0);
    require(target->port > 0 && target->path[0] == '/');
    require(strlen(location) <= MSSL_TARGET_MAX);
    check_location(location, target->name);

    require(mssl_target_parse(&again, location, pool, &why) == APR_SUCCESS);
    require(strcmp(again.name, target->name) == 0 && again.port == target->port);
    require(strcmp(again.path, target->path) == 0);

    require(mssl_url_parse(&url, location, pool, &why) == APR_SUCCESS);
    require(url.is_https && strcmp(url.name, target->name) == 0 && url.port == target->port);
}

static void check_url(const char *text, apr_pool_t *pool)
{
    mssl_url_t url;
    mssl_url_t again;
    mssl_reason_t why;

    if (mssl_url_parse(&url, text, pool, &why) != APR_SUCCESS) {
        require(url.path == NULL && url.name[0] == '\0' && why.text[0] != '\0');
        return;
    }
    require(mssl_url_parse(&again, url.text, pool, &why) == APR_SUCCESS);
    require(strcmp(again.text, url.text) == 0 && strcmp(again.path, url.path) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int is_ready = 0;
    apr_pool_t *pool;
    mssl_target_t target;
    mssl_reason_t why;
    apr_status_t rv;
    char *query;

    if (!is_ready) {
        apr_initialize();
        is_ready = 1;
    }
    apr_pool_create(&pool, NULL);
    query = malloc(size + 1);
    require(query != NULL);
    if (size > 0) {
        memcpy(query, data, size);
    }
    query[size] = '\0';

    rv = mssl_target_parse(&target, query, pool, &why);
    if (rv == APR_SUCCESS) {
        check_target(&target, pool);
    }
    else {
        require((rv == APR_NOTFOUND) == (query[0] == '\0'));
        require(target.name[0] == '\0' && target.path == NULL && why.text[0] != '\0');
    }
    check_url(query, pool);
    free(query);
    apr_pool_destroy(pool);
    return 0;
}
