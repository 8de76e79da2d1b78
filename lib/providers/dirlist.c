/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/dirlist.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/base/reason.h"

typedef struct list_t {
    apr_pool_t *pool;
    const char *after;
    apr_array_header_t *keys; /* of const char * */
    mssl_census_t *census;    /* NULL: none is taken */
} list_t;

/* Take a text off the end of a base, where it is there. */
static int cut(char *base, const char *ending)
{
    size_t len = strlen(base), n = strlen(ending);

    if (len <= n || strcmp(base + len - n, ending) != 0) {
        return 0;
    }
    base[len - n] = '\0';
    return 1;
}

/* certbot's "-0001". */
static void cut_number(char *base)
{
    size_t len = strlen(base);

    if (len > 5 && base[len - 5] == '-' && strspn(base + len - 4, "0123456789") == 4) {
        base[len - 5] = '\0';
    }
}

static int is_fan(const char *name)
{
    return strlen(name) == 2 && strspn(name, "0123456789abcdef") == 2;
}

/*
 * The key that an entry of a store is filed under. A folder of one label is taken for what it most
 * often is ("private", "archive").
 * @return 0: none
 */
static int parse_entry(const char *name, int may_be_folder, char *key)
{
    static const char *const endings[] = { ".pem", ".crt", ".cer", ".pfx", ".none" };
    char base[MSSL_NAME_SIZE + 32];
    size_t i;
    int is_file = 0;

    if (strlen(name) >= sizeof(base)) {
        return 0;
    }
    apr_cpystrn(base, name, sizeof(base));
    for (i = 0; !is_file && i < sizeof(endings) / sizeof(endings[0]); i++) {
        is_file = cut(base, endings[i]);
    }
    if (is_file) {
        if (!cut(base, ".ecdsa")) {
            cut(base, ".rsa");
        }
    }
    else if (!cut(base, "_ecc")) {
        cut_number(base);
    }
    if (base[0] == '_' && base[1] == '.') {
        base[0] = '*';
    }
    return (is_file || (may_be_folder && strchr(base, '.') != NULL))
           && mssl_name_canon_pattern(key, base, strlen(base)) && strcmp(key, base) == 0;
}

/* Staples, keys and the like are no certificates; they have a name's look, as has a folder. */
static int is_companion(const char *name)
{
    static const char *const endings[] = { ".key", ".chain", ".ca-bundle", ".ocsp", ".pass",
                                           ".issuer.crt" /* lego */ };
    size_t i, len = strlen(name), n;

    for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        n = strlen(endings[i]);
        if (len > n && strcmp(name + len - n, endings[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t read_folder(list_t *list, const char *path, int place, mssl_reason_t *why);

static apr_status_t add_entry(list_t *list, const char *path, const struct dirent *entry, int place,
                              mssl_reason_t *why)
{
    const char *name = entry->d_name;
    char key[MSSL_NAME_SIZE];

    if (list->census != NULL) {
        mssl_census_add(list->census, place, name);
    }
    if (place == MSSL_CENSUS_ROOT && is_fan(name)) {
        return read_folder(list, apr_pstrcat(list->pool, path, "/", name, NULL),
                           MSSL_CENSUS_ROOT + 1 + (int)strtol(name, NULL, 16), why);
    }
    if (!is_companion(name) && parse_entry(name, entry->d_type != DT_REG, key)
        && (list->after == NULL || strcmp(key, list->after) > 0)) {
        APR_ARRAY_PUSH(list->keys, const char *) = apr_pstrdup(list->pool, key);
    }
    return APR_SUCCESS;
}

/* @param place of the folder in the census */
static apr_status_t read_folder(list_t *list, const char *path, int place, mssl_reason_t *why)
{
    apr_status_t rv = APR_SUCCESS;
    struct dirent *entry = NULL;
    DIR *dir = opendir(path);

    if (dir == NULL) {
        return place != MSSL_CENSUS_ROOT && (errno == ENOTDIR || errno == ENOENT)
                   ? APR_SUCCESS /* a file of two letters, or gone meanwhile */
                   : mssl_reason_set(why, errno, "%s: cannot be listed (%s)", path,
                                     strerror(errno));
    }
    if (list->census != NULL) {
        mssl_census_enter(list->census, place, dirfd(dir), apr_time_now());
    }
    do {
        errno = 0;
        entry = readdir(dir);
        if (entry != NULL) {
            rv = add_entry(list, path, entry, place, why);
        }
        else if (errno != 0) {
            rv = mssl_reason_set(why, errno, "%s: cannot be listed (%s)", path, strerror(errno));
        }
    } while (entry != NULL && rv == APR_SUCCESS);
    closedir(dir);
    return rv;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

apr_status_t mssl_keylist_tell(apr_array_header_t *keys, mssl_key_fn take, void *baton)
{
    const char *last = NULL, *key;
    apr_status_t rv = APR_SUCCESS;
    int i;

    qsort(keys->elts, (size_t)keys->nelts, sizeof(const char *), compare);
    for (i = 0; rv == APR_SUCCESS && i < keys->nelts; i++) {
        key = APR_ARRAY_IDX(keys, i, const char *);
        if (last == NULL || strcmp(key, last) != 0) {
            rv = take(baton, key);
        }
        last = key;
    }
    return rv;
}

apr_status_t mssl_dirlist_read(const char *root, const char *after, mssl_key_fn take, void *baton,
                               mssl_census_t **census, apr_pool_t *pool, mssl_reason_t *why)
{
    list_t list = { pool, after, apr_array_make(pool, 64, sizeof(const char *)),
                    census != NULL ? mssl_census_new() : NULL };
    apr_status_t rv = read_folder(&list, root, MSSL_CENSUS_ROOT, why);

    if (list.census != NULL && (rv != APR_SUCCESS || !mssl_census_end(list.census))) {
        mssl_census_free(list.census);
        list.census = NULL;
    }
    if (census != NULL) {
        *census = list.census;
    }
    return rv == APR_SUCCESS ? mssl_keylist_tell(list.keys, take, baton) : rv;
}

apr_status_t mssl_dirlist_places(const char *root, const char *key, mssl_key_fn place, void *baton,
                                 apr_pool_t *pool)
{
    static const char *const forms[] = { ".pem", ".crt", ".cer", "/fullchain.pem",
                                         "/fullchain.cer", "_ecc/fullchain.cer", "/cert.pem",
                                         ".pfx" };
    const char *base = key[0] == '*' ? apr_pstrcat(pool, "_", key + 1, NULL) : key;
    apr_status_t rv = APR_SUCCESS;
    size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(forms) / sizeof(forms[0]); i++) {
        rv = place(baton, apr_pstrcat(pool, root, "/", base, forms[i], NULL));
    }
    return rv;
}
