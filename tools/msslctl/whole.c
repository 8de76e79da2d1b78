/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/whole.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "tools/msslctl/traefik.h"

/** What is told one by one. */
#define FAULTS_MAX 100
#define SHOWN_MAX 600

void ctl_whole_init(ctl_whole_t *whole, apr_pool_t *pool)
{
    whole->pool = pool;
    whole->matcher = ctl_match_begin(pool);
    whole->faults = apr_array_make(pool, 4, sizeof(const char *));
    whole->more = 0;
}

static void add_fault(ctl_whole_t *whole, const char *text)
{
    if (whole->faults->nelts >= FAULTS_MAX) {
        whole->more++;
        return;
    }
    APR_ARRAY_PUSH(whole->faults, const char *) = mssl_text_shown(whole->pool, text, SHOWN_MAX);
}

/* One that has no name is of no use. */
static void add_pair(ctl_whole_t *whole, const mssl_pair_t *pair, const ctl_match_t *from,
                     const char *label)
{
    if (ctl_match_add(whole->matcher, pair, from) == 0) {
        add_fault(whole, apr_pstrcat(whole->pool, label, ": the certificate names no host", NULL));
    }
}

/** A look through acme.json. */
typedef struct traefik_t {
    ctl_whole_t *whole;   /* all are wanted */
    const char *path;
    int number;           /* one is: */
    const char *key;
    ctl_joined_t *joined;
    mssl_reason_t *why;
    apr_pool_t *pool;
    apr_status_t rv;
} traefik_t;

static apr_status_t build(ctl_joined_t *joined, mssl_blocks_t *blocks, const char *label,
                          const char *key, apr_pool_t *pool, mssl_reason_t *why)
{
    mssl_item_t item;

    memset(&item, 0, sizeof(item));
    item.label = item.key_label = label;
    item.format = MSSL_FORMAT_PEM;
    return ctl_joined_make(joined, blocks, &item, key, pool, why);
}

static void take_all(void *baton, int number, const char *label, mssl_blocks_t *blocks,
                     const char *wrong)
{
    traefik_t *traefik = baton;
    ctl_match_t from = { .files = { traefik->path }, .nfiles = 1, .number = number };
    mssl_reason_t why = { "" };
    ctl_joined_t joined;
    apr_pool_t *pool;

    if (blocks == NULL) {
        add_fault(traefik->whole, wrong);
        return;
    }
    apr_pool_create(&pool, traefik->whole->pool);
    if (build(&joined, blocks, label, NULL, pool, &why) == APR_SUCCESS) {
        add_pair(traefik->whole, joined.pair, &from, label);
    }
    else {
        add_fault(traefik->whole, why.text);
    }
    ctl_joined_free(&joined);
    apr_pool_destroy(pool);
}

static void take_one(void *baton, int number, const char *label, mssl_blocks_t *blocks,
                     const char *wrong)
{
    traefik_t *traefik = baton;

    (void)number;
    traefik->rv = blocks == NULL
                      ? mssl_reason_set(traefik->why, APR_EINVAL, "%s", wrong)
                      : build(traefik->joined, blocks, apr_pstrdup(traefik->pool, label),
                              traefik->key, traefik->pool, traefik->why);
}

apr_status_t ctl_whole_add_traefik(ctl_whole_t *whole, const char *path, mssl_reason_t *why)
{
    traefik_t traefik = { .whole = whole, .path = path };

    return ctl_traefik_read(path, 0, take_all, &traefik, whole->pool, why);
}

apr_status_t ctl_whole_read(ctl_joined_t *joined, const char *path, int number, const char *key,
                            apr_pool_t *pool, mssl_reason_t *why)
{
    traefik_t traefik = { .joined = joined, .key = key, .pool = pool, .why = why,
                          .rv = APR_NOTFOUND };
    mssl_reason_t cut = { "" };

    memset(joined, 0, sizeof(*joined));
    ctl_traefik_read(path, number, take_one, &traefik, pool, &cut);
    return traefik.rv == APR_NOTFOUND
               ? mssl_reason_set(why, APR_NOTFOUND, "%s", cut.text[0] != '\0'
                                 ? cut.text : "Traefik has written its file anew; begin again")
               : traefik.rv;
}

static const char *ending_of(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL && strchr(dot, '/') == NULL ? dot : "";
}

static int is_pfx(const char *path)
{
    const char *ending = ending_of(path);

    return strcasecmp(ending, ".pfx") == 0 || strcasecmp(ending, ".p12") == 0;
}

static void add_pfx(ctl_whole_t *whole, const char *path, const char *password_file)
{
    const char *beside = apr_pstrcat(whole->pool,
                                     apr_pstrmemdup(whole->pool, path,
                                                    strlen(path) - strlen(ending_of(path))),
                                     ".pass", NULL);
    const char *with = password_file != NULL ? password_file
                       : access(beside, F_OK) == 0 ? beside : NULL;
    ctl_match_t from = { .files = { path, with }, .nfiles = 1 + (with != NULL) };
    mssl_reason_t why = { "" };
    ctl_joined_t joined;
    apr_pool_t *pool;

    apr_pool_create(&pool, whole->pool);
    if (ctl_joined_read(&joined, from.files, from.nfiles, NULL, pool, &why) == APR_SUCCESS) {
        add_pair(whole, joined.pair, &from, path);
    }
    else if (joined.is_locked) {
        add_fault(whole, with != NULL
                             ? apr_psprintf(pool, "%s: the password in %s does not open it", path,
                                            with)
                             : apr_psprintf(pool, "%s: does not open without a password; write it "
                                            "into %s, or name a file by --password-file", path,
                                            beside));
    }
    else {
        add_fault(whole, why.text);
    }
    ctl_joined_free(&joined);
    apr_pool_destroy(pool);
}

apr_status_t ctl_whole_add_pfx(ctl_whole_t *whole, const char *path, const char *password_file,
                               mssl_reason_t *why)
{
    ctl_tree_t tree;
    int i, n = 0;

    ctl_tree_init(&tree, whole->pool);
    ctl_tree_add(&tree, path);
    for (i = 0; i < tree.files->nelts; i++) {
        const char *file = APR_ARRAY_IDX(tree.files, i, const char *);

        if (is_pfx(file) || strcmp(file, path) == 0) {
            add_pfx(whole, file, password_file);
            n++;
        }
    }
    for (i = 0; i < tree.large->nelts; i++) {
        const char *file = APR_ARRAY_IDX(tree.large, i, const char *);

        if (is_pfx(file) || strcmp(file, path) == 0) {
            add_fault(whole, apr_pstrcat(whole->pool, file, ": is longer than 1 MB", NULL));
            n++;
        }
    }
    if (tree.is_cut) {
        add_fault(whole, "there are more files, or deeper folders, than are looked at");
    }
    return n > 0 ? APR_SUCCESS
                 : mssl_reason_set(why, APR_ENOENT, "%s: there is no file NAME.pfx or NAME.p12",
                                   path);
}
