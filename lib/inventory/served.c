/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/served.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/filename.h"
#include "lib/base/text.h"
#include "lib/inventory/history.h"
#include "lib/pair/revoked.h"

#define HEX "0123456789abcdef"

static const char *const types[MSSL_KEY_TYPES] = { "rsa", "ecdsa", "eddsa" };

void mssl_served_name_source(char digits[MSSL_SERVED_SOURCE_SIZE], const char *source)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(source, strlen(source), digest, NULL, EVP_sha256(), NULL);
    mssl_text_hex(digits, digest, (MSSL_SERVED_SOURCE_SIZE - 1) / 2);
}

const char *mssl_served_get_file(const char *name, const char *source, mssl_key_type_t type,
                                 apr_pool_t *pool)
{
    char fan[MSSL_HISTORY_FAN_SIZE], digits[MSSL_SERVED_SOURCE_SIZE];
    const char *base = mssl_history_locate(fan, name, pool);

    mssl_served_name_source(digits, source);
    return apr_pstrcat(pool, ".", base, ".", types[type], ".", digits, NULL);
}

/* Below history. */
static const char *locate(const char *name, const char *source, mssl_key_type_t type,
                          apr_pool_t *pool)
{
    const char *file = mssl_served_get_file(name, source, type, pool);
    char fan[MSSL_HISTORY_FAN_SIZE];

    mssl_history_locate(fan, name, pool);
    return apr_pstrcat(pool, fan, "/", file, NULL);
}

/* An empty one is what a loss of power may leave of one that was not yet on the disk. */
static int is_there(const mssl_served_t *served, const char *path)
{
    struct stat st;

    return fstatat(served->dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0
           && st.st_size > 0;
}

int mssl_served_has(const mssl_served_t *served, const char *name, const char *source,
                    mssl_key_type_t type, apr_pool_t *pool)
{
    return is_there(served, locate(name, source, type, pool));
}

static void add_item(const mssl_served_t *served, const char *path, mssl_material_t *material,
                     apr_pool_t *pool)
{
    const mssl_version_t version = { .path = path };
    mssl_item_t *item = &material->item[material->nitems];
    mssl_reason_t why = { "" };

    if (mssl_history_read(served->dir, &version, &item->cert, pool, &why) != APR_SUCCESS) {
        return;
    }
    item->label = item->key_label = apr_pstrcat(pool, served->path, "/", path, NULL);
    item->format = MSSL_FORMAT_PEM;
    if (mssl_revoked_has(served->dir, item)) {
        OPENSSL_cleanse((char *)item->cert.data, item->cert.len);
        memset(item, 0, sizeof(*item));
        return;
    }
    material->nitems++;
}

apr_status_t mssl_served_get(const mssl_served_t *served, const char *name, const char *source,
                             mssl_material_t *material, apr_pool_t *pool)
{
    int type, found = 0;

    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        const char *path = locate(name, source, (mssl_key_type_t)type, pool);

        if (!is_there(served, path)) {
            continue;
        }
        found = 1;
        if (material != NULL) {
            add_item(served, path, material, pool);
        }
    }
    return found && (material == NULL || material->nitems > 0) ? APR_SUCCESS : APR_NOTFOUND;
}

/* The version that is the same file. */
static const char *find_version(const mssl_served_t *served, const char *name,
                                const struct stat *st, apr_pool_t *pool)
{
    apr_array_header_t *versions;
    mssl_reason_t why = { "" };
    struct stat other;
    int i;

    if (mssl_history_list(served->dir, name, &versions, pool, &why) != APR_SUCCESS) {
        return NULL;
    }
    for (i = 0; i < versions->nelts; i++) {
        const char *path = APR_ARRAY_IDX(versions, i, mssl_version_t).path;

        if (fstatat(served->dir, path, &other, AT_SYMLINK_NOFOLLOW) == 0
            && other.st_ino == st->st_ino && other.st_dev == st->st_dev) {
            return path;
        }
    }
    return NULL;
}

void mssl_served_set_aside(const mssl_served_t *served, const char *name, const char *label,
                           apr_pool_t *pool)
{
    size_t len = strlen(served->path);
    const char *path, *version;
    struct stat st;

    if (strncmp(label, served->path, len) != 0 || label[len] != '/') {
        return;
    }
    path = label + len + 1;
    if (fstatat(served->dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    version = find_version(served, name, &st, pool);
    mssl_history_set_aside(served->dir, name, version != NULL ? version : path, pool);
    if (version != NULL) {
        unlinkat(served->dir, path, 0);
    }
}

/* Take ".TEXT" off the end. @return the text; NULL: there is none */
static const char *cut(char *text)
{
    char *dot = strrchr(text, '.');

    if (dot == NULL) {
        return NULL;
    }
    *dot = '\0';
    return dot + 1;
}

int mssl_served_parse(char file[MSSL_NAME_SIZE], char source[MSSL_SERVED_SOURCE_SIZE],
                      const char *entry)
{
    char text[NAME_MAX + 1], name[MSSL_NAME_SIZE];
    const char *digits, *type;
    int i, is_type = 0;

    if (entry[0] != '.' || strlen(entry) >= sizeof(text)) {
        return 0;
    }
    apr_cpystrn(text, entry + 1, sizeof(text));
    digits = cut(text);
    type = digits != NULL ? cut(text) : NULL;
    for (i = 0; type != NULL && i < MSSL_KEY_TYPES; i++) {
        is_type |= strcmp(type, types[i]) == 0;
    }
    if (!is_type || strlen(digits) != MSSL_SERVED_SOURCE_SIZE - 1
        || strspn(digits, HEX) != MSSL_SERVED_SOURCE_SIZE - 1) {
        return 0;
    }
    apr_cpystrn(source, digits, MSSL_SERVED_SOURCE_SIZE);
    apr_cpystrn(file, text, MSSL_NAME_SIZE);
    return mssl_filename_is_cut(text) || mssl_filename_parse(name, text);
}
