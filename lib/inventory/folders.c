/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/inventory/folders.h"

#include <apr_strings.h>
#include <pthread.h>
#include <string.h>

#include "lib/base/monotonic.h"
#include "lib/base/reason.h"
#include "lib/providers/namebook.h"
#include "lib/providers/rootdir.h"

/** As in worker.c. */
#define STACK ((size_t)1024 * 1024)
/** A folder that changed so short before it was listed may have changed since, by the same time. */
#define YOUNG 2
/** A look that is under way at the end may take so long. */
#define LAST_LOOK APR_USEC_PER_SEC

/** One pattern. What stands in page is written under the lock. */
typedef struct spot_t {
    mssl_folders_t *folders;
    const char *folder;
    mssl_namepage_t *page;
    mssl_rootdir_t seen;
    struct timespec modified, changed; /* of the folder, when it was listed last */
    apr_time_t listed;                 /* since we began; 0: not yet */
    apr_pool_t *pool;                  /* of the page's names; NULL: they are of before */
    mssl_reason_t why;
    int is_cut;
} spot_t;

struct mssl_folders_t {
    const mssl_folders_conf_t *conf;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int is_stopped, at_work; /* threads */
    int is_unsaved;
    mssl_namepage_t *page;   /* of all patterns */
    spot_t *spot;
    int n;
};

static void report(const mssl_folders_t *folders, mssl_folders_event_t event, const char *pattern,
                   const char *text)
{
    folders->conf->report(folders->conf->baton, event, pattern, text);
}

/* Under the lock. */
static void save(mssl_folders_t *folders)
{
    mssl_reason_t why = { "" };
    apr_status_t rv = APR_SUCCESS;

    if (folders->conf->dir >= 0) {
        rv = mssl_namebook_save(folders->page, folders->n, folders->conf->dir, &why);
    }
    if (rv != APR_SUCCESS && !folders->is_unsaved) {
        report(folders, MSSL_FOLDERS_UNSAVED, NULL, why.text);
    }
    folders->is_unsaved = rv != APR_SUCCESS;
}

/* It cannot be listed: what it had stays. */
static void note_failure(spot_t *spot, const mssl_reason_t *why)
{
    mssl_folders_t *folders = spot->folders;

    if (strcmp(spot->why.text, why->text) == 0) {
        return;
    }
    report(folders, MSSL_FOLDERS_UNREAD, spot->page->pattern, why->text);
    pthread_mutex_lock(&folders->lock);
    spot->why = *why;
    spot->page->why = spot->why.text;
    save(folders);
    pthread_mutex_unlock(&folders->lock);
}

static int is_same(const mssl_names_t *a, const mssl_names_t *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

/* @param pool of the names; is the page's from now on, or is destroyed */
static void note_names(spot_t *spot, const mssl_names_t *names, const struct stat *st,
                       apr_pool_t *pool)
{
    mssl_folders_t *folders = spot->folders;
    mssl_namepage_t *page = spot->page;
    apr_pool_t *old = pool;
    int changed;

    if (page->why != NULL) {
        report(folders, MSSL_FOLDERS_READ, page->pattern, "");
    }
    if (names->is_cut && !spot->is_cut) {
        report(folders, MSSL_FOLDERS_CUT, page->pattern, "");
    }
    spot->is_cut = names->is_cut;
    pthread_mutex_lock(&folders->lock);
    changed = page->why != NULL || page->listed == 0 || page->dev != (apr_uint64_t)st->st_dev
              || page->ino != (apr_uint64_t)st->st_ino || !is_same(&page->names, names);
    if (changed) {
        old = spot->pool;
        spot->pool = pool;
        page->names = *names;
        page->dev = (apr_uint64_t)st->st_dev;
        page->ino = (apr_uint64_t)st->st_ino;
        page->listed = apr_time_now();
        page->why = NULL;
        spot->why.text[0] = '\0';
        save(folders);
    }
    pthread_mutex_unlock(&folders->lock);
    if (old != NULL) {
        apr_pool_destroy(old);
    }
}

static void note_time(spot_t *spot, const struct stat *st, apr_time_t now)
{
    spot->modified = st->st_mtim;
    spot->changed = st->st_ctim;
    spot->listed = apr_time_sec(now) - st->st_ctim.tv_sec > YOUNG ? now : 0;
}

static int is_as_it_was(const spot_t *spot, const struct stat *st, apr_time_t now)
{
    return spot->listed != 0 && spot->listed <= now
           && now - spot->listed < spot->folders->conf->relist
           && memcmp(&spot->modified, &st->st_mtim, sizeof(st->st_mtim)) == 0
           && memcmp(&spot->changed, &st->st_ctim, sizeof(st->st_ctim)) == 0
           && spot->page->ino == (apr_uint64_t)st->st_ino
           && spot->page->dev == (apr_uint64_t)st->st_dev && spot->page->why == NULL;
}

static void look(spot_t *spot)
{
    uid_t web = spot->folders->conf->web;
    apr_time_t now = apr_time_now();
    mssl_reason_t why = { "" };
    mssl_names_t names;
    apr_pool_t *pool;
    struct stat st;
    apr_status_t rv = mssl_namefolder_check(spot->folder, web, &st, &why);

    if (rv != APR_SUCCESS) {
        note_failure(spot, &why);
        return;
    }
    if (is_as_it_was(spot, &st, now)
        || apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        return;
    }
    rv = mssl_namefolder_list(&names, spot->folder, web, pool, &why);
    if (rv == APR_SUCCESS && names.n == 0
        && mssl_rootdir_judge(&spot->seen, spot->folder, &st, &why) != APR_NOTFOUND) {
        rv = APR_ENODIR;
    }
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(pool);
        note_failure(spot, &why);
        return;
    }
    if (names.n > 0) {
        mssl_rootdir_remember(&spot->seen, &st);
    }
    note_names(spot, &names, &st, pool);
    note_time(spot, &st, now);
}

/* @return whether it is time to end */
static int rest(mssl_folders_t *folders)
{
    apr_time_t until = mssl_monotonic_now() + folders->conf->every;
    int is_stopped;

    pthread_mutex_lock(&folders->lock);
    while (!folders->is_stopped
           && mssl_monotonic_wait(&folders->wake, &folders->lock, until) == 0) {
        continue;
    }
    is_stopped = folders->is_stopped;
    pthread_mutex_unlock(&folders->lock);
    return is_stopped;
}

static void *run(void *data)
{
    spot_t *spot = data;
    mssl_folders_t *folders = spot->folders;

    do {
        look(spot);
    } while (!rest(folders));
    pthread_mutex_lock(&folders->lock);
    folders->at_work--;
    pthread_cond_broadcast(&folders->wake);
    pthread_mutex_unlock(&folders->lock);
    return NULL;
}

/* What was known before a restart. */
static void recall(mssl_folders_t *folders, apr_pool_t *pool)
{
    apr_array_header_t *pages;
    mssl_reason_t why = { "" };
    apr_status_t rv;
    int i;

    if (folders->conf->dir < 0) {
        return;
    }
    rv = mssl_namebook_load(&pages, folders->conf->dir, pool, &why);
    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv)) {
        report(folders, MSSL_FOLDERS_UNSAVED, NULL, why.text);
    }
    for (i = 0; i < folders->n; i++) {
        mssl_namepage_t *page = &folders->page[i];
        const mssl_namepage_t *before = mssl_namebook_find(pages, page->pattern);

        if (before != NULL) {
            *page = *before;
            folders->spot[i].seen.dev = page->names.n > 0 ? page->dev : 0;
            folders->spot[i].seen.ino = page->names.n > 0 ? page->ino : 0;
        }
    }
}

static void begin_thread(spot_t *spot)
{
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    spot->folders->at_work += pthread_create(&thread, &attr, run, spot) == 0;
    pthread_attr_destroy(&attr);
}

static int make_lock(mssl_folders_t *folders)
{
    return pthread_mutex_init(&folders->lock, NULL) == 0
           && mssl_monotonic_init_cond(&folders->wake) == 0;
}

mssl_folders_t *mssl_folders_begin(const mssl_folders_conf_t *conf, apr_pool_t *pool)
{
    mssl_folders_t *folders = apr_pcalloc(pool, sizeof(*folders));
    int i;

    folders->conf = conf;
    folders->n = conf->patterns->nelts;
    if (folders->n == 0 || !make_lock(folders)) {
        return NULL;
    }
    folders->page = apr_pcalloc(pool, (size_t)folders->n * sizeof(*folders->page));
    folders->spot = apr_pcalloc(pool, (size_t)folders->n * sizeof(*folders->spot));
    for (i = 0; i < folders->n; i++) {
        spot_t *spot = &folders->spot[i];

        folders->page[i].pattern = APR_ARRAY_IDX(conf->patterns, i, const char *);
        spot->folders = folders;
        spot->page = &folders->page[i];
        mssl_namefolder_parse(&spot->folder, spot->page->pattern, pool);
    }
    recall(folders, pool);
    pthread_mutex_lock(&folders->lock);
    for (i = 0; i < folders->n; i++) {
        begin_thread(&folders->spot[i]);
    }
    pthread_mutex_unlock(&folders->lock);
    return folders;
}

void mssl_folders_end(mssl_folders_t *folders)
{
    apr_time_t until = mssl_monotonic_now() + LAST_LOOK;
    int i;

    if (folders == NULL) {
        return;
    }
    pthread_mutex_lock(&folders->lock);
    folders->is_stopped = 1;
    pthread_cond_broadcast(&folders->wake);
    while (folders->at_work > 0
           && mssl_monotonic_wait(&folders->wake, &folders->lock, until) == 0) {
        continue;
    }
    for (i = 0; folders->at_work == 0 && i < folders->n; i++) {
        if (folders->spot[i].pool != NULL) {
            apr_pool_destroy(folders->spot[i].pool);
        }
    }
    pthread_mutex_unlock(&folders->lock);
}
