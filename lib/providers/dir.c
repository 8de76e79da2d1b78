/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* dir:PATH (contract section 7); which files count is in dirscan.h. */

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/material.h"
#include "lib/base/reason.h"
#include "lib/files/read.h"
#include "lib/providers/dirlist.h"
#include "lib/providers/dirscan.h"
#include "lib/providers/providers.h"
#include "lib/providers/rootdir.h"

/** What is not there any more when it is to be read is looked for once more. */
#define LOOKS 2

/** What the last list told. Counted: a look that has begun with it ends with it. */
typedef struct counted_t {
    int refs; /* under the lock */
    mssl_census_t *census;
} counted_t;

typedef struct dir_t {
    const char *root;
    mssl_rootdir_t seen;
    mssl_memo_t *memo;
    pthread_mutex_t lock; /* of what follows; never held over I/O */
    counted_t *counted;   /* NULL: nobody listed in this process, or it tells nothing */
} dir_t;

static apr_status_t read_part(const mssl_dirscan_t *scan, mssl_item_t *item, const char *path,
                              mssl_blob_t *blob)
{
    if (path == NULL || item->rv != APR_SUCCESS) {
        return item->rv;
    }
    item->rv = mssl_file_read(blob, scan->root, path, scan->pool, &item->why);
    return item->rv;
}

/* The first line is the password. */
static const char *first_line(const mssl_blob_t *blob)
{
    char *text = (char *)blob->data;

    if (text != NULL) {
        text[strcspn(text, "\r\n")] = '\0';
    }
    return text;
}

static void read_item(const mssl_dirscan_t *scan, const mssl_dirplan_t *plan, mssl_item_t *item)
{
    mssl_blob_t password = { NULL, 0 };

    item->label = plan->cert;
    item->key_label = plan->key != NULL ? plan->key : plan->cert;
    item->chain_label = plan->chain;
    item->format = plan->format;
    item->is_shared = plan->is_shared;
    read_part(scan, item, plan->cert, &item->cert);
    read_part(scan, item, plan->key, &item->key);
    read_part(scan, item, plan->chain, &item->chain);
    read_part(scan, item, plan->password, &password);
    item->password = first_line(&password);
    /* A staple that cannot be read costs the staple only: its reason stays behind as a note. */
    if (item->rv == APR_SUCCESS
        && read_part(scan, item, plan->staple, &item->staple) != APR_SUCCESS) {
        item->rv = APR_SUCCESS;
    }
}

static counted_t *take_census(dir_t *dir)
{
    counted_t *counted;

    pthread_mutex_lock(&dir->lock);
    counted = dir->counted;
    if (counted != NULL) {
        counted->refs++;
    }
    pthread_mutex_unlock(&dir->lock);
    return counted;
}

static void give_census(dir_t *dir, counted_t *counted)
{
    int is_last = 0;

    if (counted != NULL) {
        pthread_mutex_lock(&dir->lock);
        is_last = --counted->refs == 0;
        pthread_mutex_unlock(&dir->lock);
    }
    if (is_last) {
        mssl_census_free(counted->census);
        free(counted);
    }
}

/* In the place of the one before. @param census NULL: there is none any more */
static void put_census(dir_t *dir, mssl_census_t *census)
{
    counted_t *counted = census != NULL ? malloc(sizeof(*counted)) : NULL, *before;

    if (counted != NULL) {
        *counted = (counted_t){ 1, census };
    }
    else {
        mssl_census_free(census);
    }
    pthread_mutex_lock(&dir->lock);
    before = dir->counted;
    dir->counted = counted;
    pthread_mutex_unlock(&dir->lock);
    give_census(dir, before);
}

/* All files of a key. With a census the memo is not needed, and has no room for all keys. */
static apr_status_t search(dir_t *dir, mssl_dirscan_t *scan, const mssl_question_t *question)
{
    mssl_sight_t sight = { .pool = question->pool }, *seen = scan->census == NULL ? &sight : NULL;
    apr_status_t rv = mssl_stamper_init(&scan->stamper, seen);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (seen != NULL) {
        /* Before the search: whatever comes into it meanwhile makes it another one. */
        mssl_sight_look(seen, dir->root, scan->stamper.now);
    }
    mssl_dirscan_key(scan, question->key);
    mssl_stamper_final(&scan->stamper, &question->out->stamp);
    if (seen != NULL) {
        mssl_memo_put(dir->memo, question->key, &question->out->stamp, seen);
    }
    return APR_SUCCESS;
}

/* One look for the files of a key. known: as in the question */
static apr_status_t look(dir_t *dir, mssl_dirscan_t *scan, const mssl_question_t *question,
                         struct stat *st)
{
    const mssl_stamp_t *known = question->known;
    apr_status_t rv = mssl_rootdir_check(dir->root, st, question->why);

    if (rv == APR_SUCCESS) {
        rv = search(dir, scan, question);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (scan->stamper.denied && faccessat(AT_FDCWD, dir->root, X_OK, AT_EACCESS) != 0) {
        return mssl_reason_set(question->why, APR_EACCES, "%s may not be entered by uid %lu; allow "
                               "it, or use MSSLKeyAccess broker", dir->root,
                               (unsigned long)geteuid());
    }
    if (known != NULL && memcmp(known, &question->out->stamp, sizeof(*known)) == 0) {
        return APR_EEXIST;
    }
    return scan->nplans > 0 || scan->is_excluded
        ? APR_SUCCESS : mssl_rootdir_judge(&dir->seen, dir->root, st, question->why);
}

/* Of a look before. */
static void forget_items(mssl_material_t *out)
{
    mssl_material_wipe(out);
    memset(out->item, 0, (size_t)out->nitems * sizeof(out->item[0]));
    out->nitems = 0;
}

/* @return whether each file that was found was there to be read, too */
static int read_items(const mssl_dirscan_t *scan, mssl_material_t *out)
{
    int i, are_there = 1;

    for (i = 0; i < scan->nplans; i++) {
        read_item(scan, &scan->plan[i], &out->item[i]);
        are_there &= !APR_STATUS_IS_ENOENT(out->item[i].rv);
    }
    out->nitems = scan->nplans;
    out->excluded = scan->is_excluded;
    return are_there;
}

static apr_status_t fetch(dir_t *dir, const mssl_census_t *census, mssl_question_t *question)
{
    int looks = 0, are_there = 0;
    struct stat st;
    mssl_dirscan_t scan;

    memset(&scan, 0, offsetof(mssl_dirscan_t, path));
    scan.root = dir->root;
    scan.pool = question->pool;
    scan.census = census;
    scan.st = &st;
    /* What went away under the first look is no bad file, and may be the whole store that did. */
    while (!are_there && looks++ < LOOKS) {
        apr_status_t rv;

        forget_items(question->out);
        rv = look(dir, &scan, question, &st);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        mssl_rootdir_remember(&dir->seen, &st);
        are_there = read_items(&scan, question->out);
    }
    return APR_SUCCESS;
}

static apr_status_t dir_fetch(void *instance, mssl_question_t *question)
{
    dir_t *dir = instance;
    counted_t *counted = take_census(dir);
    apr_status_t rv;

    if (counted == NULL && question->known != NULL
        && mssl_memo_is_same(dir->memo, question->key, question->known)) {
        question->out->stamp = *question->known;
        return APR_EEXIST;
    }
    rv = fetch(dir, counted != NULL ? counted->census : NULL, question);
    give_census(dir, counted);
    return rv;
}

static apr_status_t check_arg(const char *arg, struct stat *st, mssl_reason_t *why)
{
    apr_status_t rv;

    if (arg[0] != '/' || arg[strspn(arg, "/")] == '\0') {
        return mssl_reason_set(why, APR_EINVAL, "dir:%s: use the absolute path of a directory "
                               "that holds certificates only", arg);
    }
    rv = mssl_rootdir_check(arg, st, why);
    if (rv == APR_SUCCESS && mssl_file_is_open_to_others(arg, st)) {
        rv = mssl_reason_set(why, APR_EACCES, "%s is writable by others; chmod o-w %s", arg, arg);
    }
    return rv;
}

static apr_status_t dir_check(const char *arg, apr_pool_t *ptemp, mssl_reason_t *why)
{
    struct stat st;

    (void)ptemp;
    return check_arg(arg, &st, why);
}

static apr_status_t dir_end(void *data)
{
    dir_t *dir = data;

    put_census(dir, NULL);
    pthread_mutex_destroy(&dir->lock);
    return APR_SUCCESS;
}

static apr_status_t dir_make(void **instance, const char *arg, apr_pool_t *pool,
                             mssl_reason_t *why)
{
    dir_t *dir = apr_pcalloc(pool, sizeof(*dir));
    char *root = apr_pstrdup(pool, arg);
    size_t len = strlen(root);
    struct stat st;
    apr_status_t rv;

    while (len > 1 && root[len - 1] == '/') {
        root[--len] = '\0';
    }
    dir->root = root;
    rv = mssl_memo_make(&dir->memo, pool);
    if (rv == APR_SUCCESS && pthread_mutex_init(&dir->lock, NULL) != 0) {
        rv = APR_ENOMEM;
    }
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, rv, "out of memory");
    }
    apr_pool_cleanup_register(pool, dir, dir_end, apr_pool_cleanup_null);
    *instance = dir;
    rv = check_arg(root, &st, why);
    if (rv == APR_SUCCESS && mssl_rootdir_has_something(root)) {
        mssl_rootdir_remember(&dir->seen, &st);
    }
    return rv;
}

static apr_status_t dir_list(void *instance, const char *after, mssl_key_fn take, void *baton,
                             apr_pool_t *pool, mssl_reason_t *why)
{
    dir_t *dir = instance;
    mssl_census_t *census = NULL;
    apr_status_t rv = mssl_dirlist_read(dir->root, after, take, baton, &census, pool, why);

    put_census(dir, census);
    return rv;
}

static apr_status_t dir_places(void *instance, const char *key, mssl_key_fn place, void *baton,
                               apr_pool_t *pool)
{
    const dir_t *dir = instance;

    return mssl_dirlist_places(dir->root, key, place, baton, pool);
}

const mssl_store_provider_t mssl_store_dir = {
    .flags = MSSL_PROVIDER_PATH,
    .check = dir_check,
    .make = dir_make,
    .fetch = dir_fetch,
    .list = dir_list,
    .places = dir_places
};
