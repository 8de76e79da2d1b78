/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/traefik.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/jsonread.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/files/read.h"
#include "lib/pair/formats.h"

/** Of a domain in a label. */
#define SHOWN_MAX 100

typedef struct walk_t {
    const char *at, *end;
    const char *counted;   /* how far ends of lines were counted */
    int line;              /* there; from 1 */
    const char *wrong;     /* what is wrong where it stopped; NULL */
    int lists;             /* arrays of certificates, also null ones */
    int only, number;
    ctl_traefik_fn take;
    void *baton;
    apr_pool_t *pool;
} walk_t;

static int fail(walk_t *walk, const char *wrong)
{
    walk->wrong = wrong;
    return 0;
}

static int line_of(walk_t *walk, const char *at)
{
    for (; walk->counted < at; walk->counted++) {
        walk->line += *walk->counted == '\n';
    }
    return walk->line;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* @return what comes next; NUL: nothing does */
static char look(walk_t *walk)
{
    while (walk->at < walk->end && is_blank(*walk->at)) {
        walk->at++;
    }
    return walk->at < walk->end ? *walk->at : '\0';
}

static int take_byte(walk_t *walk, char c)
{
    if (look(walk) != c) {
        return 0;
    }
    walk->at++;
    return 1;
}

/* At the quote. */
static int skip_string(walk_t *walk)
{
    for (walk->at++; walk->at < walk->end && *walk->at != '"'; walk->at++) {
        if (*walk->at == '\\' && walk->at + 1 < walk->end) {
            walk->at++;
        }
    }
    if (walk->at >= walk->end) {
        return fail(walk, "a text does not end");
    }
    walk->at++;
    return 1;
}

/* A number or a word: whatever lies between what parts values. */
static int skip_word(walk_t *walk)
{
    const char *from = walk->at;

    while (walk->at < walk->end && *walk->at != '\0' && !is_blank(*walk->at)
           && strchr(",:[]{}\"", *walk->at) == NULL) {
        walk->at++;
    }
    return walk->at > from ? 1 : fail(walk, "there is no value");
}

/* Past a value, however deep, without looking into it. */
static int skip_value(walk_t *walk)
{
    size_t depth = 0;
    int ok = 1;

    do {
        char c = look(walk);

        if (walk->at >= walk->end) {
            ok = fail(walk, "it is cut off");
        }
        else if (c == '"') {
            ok = skip_string(walk);
        }
        else if (c == '{' || c == '[') {
            depth++;
            walk->at++;
        }
        else if (depth > 0 && strchr("}],:", c) != NULL && c != '\0') {
            depth -= c == '}' || c == ']';
            walk->at++;
        }
        else {
            ok = skip_word(walk);
        }
    } while (ok && depth > 0);
    return ok;
}

/* Version 1 wrote "Key", later ones "key". */
static const mssl_json_value_t *get(const mssl_json_value_t *object, const char *key)
{
    const mssl_json_value_t *member = object != NULL && object->kind == MSSL_JSON_OBJECT
                                          ? object->first : NULL;

    while (member != NULL && strcasecmp(member->key, key) != 0) {
        member = member->next;
    }
    return member;
}

static const char *get_text(const mssl_json_value_t *object, const char *key)
{
    const mssl_json_value_t *value = get(object, key);

    return value != NULL && value->kind == MSSL_JSON_TEXT ? value->text : NULL;
}

/* @return NULL, or what is wrong with it */
static const char *add_part(mssl_blocks_t *blocks, const mssl_json_value_t *entry, const char *key,
                            const char *label, apr_pool_t *pool)
{
    const char *text = get_text(entry, key), *wrong = NULL;
    size_t len = text != NULL ? strlen(text) : 0;
    mssl_reason_t why = { "" };
    mssl_blob_t blob;
    char *data;
    int n;

    if (len == 0 || len / 4 * 3 > MSSL_FILE_MAX) {
        return apr_psprintf(pool, len == 0 ? "%s: it has no text \"%s\""
                                           : "%s: its \"%s\" is longer than 1 MB", label, key);
    }
    data = apr_palloc(pool, len + 4);
    n = len % 4 == 0 ? EVP_DecodeBlock((unsigned char *)data, (const unsigned char *)text, (int)len)
                     : -1;
    n -= n > 0 ? (text[len - 1] == '=') + (text[len - 2] == '=') : 0;
    if (n <= 0) {
        wrong = apr_psprintf(pool, "%s: its \"%s\" is not base64", label, key);
    }
    else {
        data[n] = '\0';
        blob = (mssl_blob_t){ data, (apr_size_t)n };
        if (mssl_formats_add(blocks, &blob, label, &why) != APR_SUCCESS) {
            wrong = apr_pstrdup(pool, why.text);
        }
    }
    OPENSSL_cleanse(data, len);
    return wrong;
}

static void take_entry(walk_t *walk, const char *from, size_t len)
{
    int line = line_of(walk, from);
    const char *domain, *label, *wrong;
    const mssl_json_value_t *entry;
    mssl_reason_t why = { "" };
    mssl_blocks_t blocks;
    apr_pool_t *pool;

    memset(&blocks, 0, sizeof(blocks));
    apr_pool_create(&pool, walk->pool);
    wrong = mssl_json_read(&entry, from, len, pool, &why) != APR_SUCCESS ? why.text : NULL;
    domain = get_text(get(entry, "domain"), "main");
    label = apr_psprintf(pool, "certificate %d (line %d%s%s)", walk->number, line,
                         domain != NULL ? ", " : "",
                         domain != NULL ? mssl_text_printable(pool, domain, strlen(domain), SHOWN_MAX)
                                        : "");
    wrong = wrong != NULL ? apr_psprintf(pool, "%s: %s", label, wrong)
                          : add_part(&blocks, entry, "certificate", label, pool);
    if (wrong == NULL) {
        wrong = add_part(&blocks, entry, "key", label, pool);
    }
    walk->take(walk->baton, walk->number, label, wrong == NULL ? &blocks : NULL, wrong);
    mssl_blocks_free(&blocks);
    apr_pool_destroy(pool);
}

/* Behind "Certificates:". */
static int read_entries(walk_t *walk)
{
    const char *from;

    walk->lists++;
    if (look(walk) != '[') {
        return skip_value(walk);
    }
    walk->at++;
    if (take_byte(walk, ']')) {
        return 1;
    }
    do {
        look(walk);
        from = walk->at;
        if (!skip_value(walk)) {
            return 0;
        }
        walk->number++;
        if (walk->only == 0 || walk->only == walk->number) {
            take_entry(walk, from, (size_t)(walk->at - from));
        }
    } while (take_byte(walk, ','));
    return take_byte(walk, ']') ? 1 : fail(walk, "neither a comma nor an end");
}

/* At the top, or one below: of a resolver. */
static int read_object(walk_t *walk, int is_top)
{
    static const char wanted[] = "\"Certificates\"";
    const char *from;

    if (!take_byte(walk, '{')) {
        return fail(walk, "there is no object");
    }
    if (take_byte(walk, '}')) {
        return 1;
    }
    do {
        int ok, is_wanted;

        if (look(walk) != '"') {
            return fail(walk, "there is no name of a member");
        }
        from = walk->at;
        ok = skip_string(walk);
        is_wanted = walk->at - from == sizeof(wanted) - 1
                    && strncasecmp(from, wanted, sizeof(wanted) - 1) == 0;
        if (!ok || !take_byte(walk, ':')) {
            return ok ? fail(walk, "a member has no value") : 0;
        }
        ok = is_wanted && look(walk) != '{' ? read_entries(walk)
             : is_top && look(walk) == '{'  ? read_object(walk, 0)
                                            : skip_value(walk);
        if (!ok) {
            return 0;
        }
    } while (take_byte(walk, ','));
    return take_byte(walk, '}') ? 1 : fail(walk, "neither a comma nor an end");
}

apr_status_t ctl_traefik_read(const char *path, int only, ctl_traefik_fn take, void *baton,
                              apr_pool_t *pool, mssl_reason_t *why)
{
    walk_t walk = { .only = only, .take = take, .baton = baton, .pool = pool, .line = 1 };
    apr_size_t len;
    char *data;
    apr_status_t rv = mssl_file_load(&data, &len, path, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    walk.at = walk.counted = data;
    walk.end = data + len;
    if (look(&walk) == '\0' && walk.at >= walk.end) {
        rv = mssl_reason_set(why, APR_EINVAL, "%s: the file is empty: Traefik has no certificate yet",
                             path);
    }
    else if (!read_object(&walk, 1)) {
        rv = mssl_reason_set(why, APR_EINVAL, "%s, line %d: not JSON as Traefik writes it: %s", path,
                             line_of(&walk, walk.at), walk.wrong);
    }
    else if (walk.lists == 0) {
        rv = mssl_reason_set(why, APR_EINVAL, "%s: no acme.json of Traefik: nothing in it is called "
                             "\"Certificates\"", path);
    }
    OPENSSL_cleanse(data, len);
    free(data);
    return rv;
}
