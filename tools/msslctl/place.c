/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/place.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/material.h"
#include "lib/base/reason.h"
#include "lib/files/folder.h"
#include "lib/files/read.h"
#include "lib/inventory/history.h"
#include "lib/pair/judge.h"
#include "lib/providers/providers.h"
#include "tools/msslctl/walk.h"
#include "tools/msslctl/whole.h"

typedef struct place_t {
    ctl_t *ctl;
    const ctl_wish_t *wish;
    ctl_plan_t *plan;
    apr_pool_t *pool;
    const ctl_store_t *store;
    mssl_material_t *material; /* what the store has for the name now */
    const char *path;          /* of the file that is going to be */
    ctl_joined_t joined;       /* the new pair */
    mssl_blob_t old;
    const ctl_stop_t *stop;
} place_t;

static int refuse(place_t *place, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(place_t *place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    apr_vsnprintf(place->plan->refusal, sizeof(place->plan->refusal), format, args);
    va_end(args);
    return 0;
}

/* Whether the store has that certificate for the name now. */
static int is_there(place_t *place, const mssl_pair_t *pair)
{
    mssl_reason_t why = { "" };
    mssl_pair_t *other;
    int i, same = 0;

    for (i = 0; !same && i < place->material->nitems; i++) {
        if (mssl_judge_item(&other, &place->material->item[i], place->wish->name, NULL, &why)
            == APR_SUCCESS) {
            same = memcmp(mssl_pair_get_sha256(other), mssl_pair_get_sha256(pair), MSSL_SHA256_LEN)
                   == 0;
            mssl_pair_unref(other);
        }
    }
    return same;
}

/* @return whether it is the one that is wanted; place->joined is set then */
static int take_version(place_t *place, const char *folder, const mssl_version_t *version)
{
    const char *path = apr_pstrcat(place->pool, folder, "/", version->path, NULL);
    mssl_reason_t why = { "" };

    if (place->wish->version != 0 && version->number != (apr_uint32_t)place->wish->version) {
        return 0;
    }
    if (ctl_joined_read(&place->joined, &path, 1, place->wish->name, place->pool, &why)
            != APR_SUCCESS
        || (place->wish->version == 0 && is_there(place, place->joined.pair))) {
        ctl_joined_free(&place->joined);
        return 0;
    }
    place->plan->version = (int)version->number;
    return 1;
}

/* history/ is MSSLUser's own, as this process is. */
static int read_version(place_t *place)
{
    const char *folder = apr_pstrcat(place->pool, place->wish->server->state_dir,
                                     "/" MSSL_HISTORY_FOLDER, NULL);
    int fd = mssl_folder_open(AT_FDCWD, folder), i;
    apr_array_header_t *versions;
    mssl_reason_t why = { "" };
    apr_status_t rv;

    if (fd < 0) {
        return refuse(place, "%s: nothing is kept there yet (%s)", folder, strerror(errno));
    }
    rv = mssl_history_list(fd, place->wish->name, &versions, place->pool, &why);
    close(fd);
    if (rv != APR_SUCCESS) {
        return refuse(place, "%s", why.text);
    }
    for (i = versions->nelts - 1; i >= 0; i--) {
        if (take_version(place, folder, &APR_ARRAY_IDX(versions, i, mssl_version_t))) {
            return 1;
        }
    }
    return refuse(place, "no %s of %s is kept; msslctl rollback %s --list shows what is",
                  place->wish->version != 0 ? "such version" : "other pair", place->wish->name,
                  place->wish->name);
}

static int read_new(place_t *place)
{
    const ctl_wish_t *wish = place->wish;
    mssl_reason_t why = { "" };

    if (wish->files == NULL) {
        if (!read_version(place)) {
            return 0;
        }
    }
    else if ((wish->number != 0
                  ? ctl_whole_read(&place->joined, wish->files[0], wish->number, wish->name,
                                   place->pool, &why)
                  : ctl_joined_read(&place->joined, wish->files, wish->nfiles, wish->name,
                                    place->pool, &why)) != APR_SUCCESS) {
        return refuse(place, "%s", why.text);
    }
    memcpy(place->plan->sha256, mssl_pair_get_sha256(place->joined.pair), MSSL_SHA256_LEN);
    place->plan->not_after = mssl_pair_get_not_after(place->joined.pair);
    place->plan->key_type = (int)mssl_pair_get_type(place->joined.pair);
    if (mssl_pair_get_note(place->joined.pair) != NULL) {
        apr_cpystrn(place->plan->note, mssl_pair_get_note(place->joined.pair),
                    sizeof(place->plan->note));
    }
    return 1;
}

static int fetch(place_t *place, const ctl_store_t *store)
{
    mssl_reason_t why = { "" };
    mssl_question_t question = { place->wish->name, NULL, place->pool, NULL, &why };
    void *instance = NULL;
    apr_status_t rv;

    place->material = question.out = apr_pcalloc(place->pool, sizeof(mssl_material_t));
    rv = mssl_store_dir.make(&instance, store->argument, place->pool, &why);
    if (rv == APR_SUCCESS) {
        rv = mssl_store_dir.fetch(instance, &question);
    }
    return rv == APR_SUCCESS || rv == APR_NOTFOUND
               ? 1 : refuse(place, "%s cannot be written into: %s", store->label, why.text);
}

static int has_own(const mssl_material_t *material)
{
    int i;

    for (i = 0; i < material->nitems; i++) {
        if (!material->item[i].is_shared) {
            return 1;
        }
    }
    return 0;
}

/* The store that has the name, else the first folder. */
static int choose_store(place_t *place)
{
    const apr_array_header_t *stores = place->wish->server->stores;
    const mssl_material_t *first_material = NULL;
    const ctl_store_t *first = NULL;
    int i;

    for (i = 0; i < stores->nelts; i++) {
        const ctl_store_t *store = &APR_ARRAY_IDX(stores, i, ctl_store_t);

        if (strcmp(store->provider, "dir") != 0 || store->is_issued
            || (place->wish->only != NULL && place->wish->only != store)) {
            continue;
        }
        if (!fetch(place, store)) {
            return 0;
        }
        if (first == NULL || has_own(place->material)) {
            first = store;
            first_material = place->material;
        }
        if (has_own(place->material)) {
            break;
        }
    }
    place->store = first;
    place->material = (mssl_material_t *)first_material;
    if (first == NULL && place->wish->only != NULL && place->wish->only->is_issued) {
        return refuse(place, "%s is where the server puts what it issues itself: name another store",
                      place->wish->only->label);
    }
    if (first == NULL) {
        return refuse(place, "the server has no store dir: that files could be put into");
    }
    place->plan->store = (int)(first - (const ctl_store_t *)stores->elts);
    return 1;
}

static const mssl_item_t *find_item(const place_t *place, const char *path)
{
    int i;

    for (i = 0; i < place->material->nitems; i++) {
        if (strcmp(place->material->item[i].label, path) == 0) {
            return &place->material->item[i];
        }
    }
    return NULL;
}

static const char *path_of(place_t *place, int is_fanned, int form)
{
    ctl_plan_t plan = *place->plan;

    plan.is_fanned = is_fanned;
    plan.form = form;
    return apr_pstrcat(place->pool, ctl_plan_folder(&plan, place->wish, place->pool), "/",
                       ctl_plan_file(&plan, place->wish, place->pool), NULL);
}

/* Where one of this key type lies by itself already, there; else NAME.pem. */
static void choose_form(place_t *place)
{
    int form = place->plan->key_type == MSSL_KEY_ECDSA ? CTL_FORM_ECDSA
               : place->plan->key_type == MSSL_KEY_RSA ? CTL_FORM_RSA : CTL_FORM_PEM;
    struct stat st;

    place->plan->is_fanned = 1;
    place->plan->is_fanned = stat(ctl_plan_folder(place->plan, place->wish, place->pool), &st) == 0
                             && S_ISDIR(st.st_mode);
    if (place->plan->is_fanned && has_own(place->material)
        && find_item(place, path_of(place, 0, CTL_FORM_PEM)) != NULL) {
        place->plan->is_fanned = 0; /* what is in its folder xx would hide what is not */
    }
    if (find_item(place, path_of(place, place->plan->is_fanned, form)) == NULL) {
        form = CTL_FORM_PEM;
    }
    place->plan->form = form;
    place->path = path_of(place, place->plan->is_fanned, form);
}

/* A name may be longer than a file's may be with an ending; a folder needs none. */
static int check_length(place_t *place)
{
    const char *file = strrchr(place->path, '/') + 1;

    return strlen(file) <= NAME_MAX
               ? 1 : refuse(place, "a folder can have NAME.pem for names of at most %d bytes, and this one "
                            "has %d; make the folder %s/%s, and put fullchain.pem and privkey.pem "
                            "into it", NAME_MAX - (int)strlen(".pem"),
                            (int)strlen(place->wish->name), place->store->argument, place->wish->name);
}

/* Somebody else keeps the name's files: they renew them, or hide ours. */
static int check_others(place_t *place)
{
    const char *folder = ctl_plan_folder(place->plan, place->wish, place->pool);
    size_t len = strlen(folder);
    struct stat st;
    int i;

    if (lstat(place->path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return refuse(place, "%s is no file but %s that somebody else keeps; let its program renew "
                      "it, or remove it", place->path, S_ISLNK(st.st_mode) ? "a link" : "something");
    }
    for (i = 0; i < place->material->nitems; i++) {
        const mssl_item_t *item = &place->material->item[i];

        if (!item->is_shared && strncmp(item->label, folder, len) == 0
            && strchr(item->label + len + 1, '/') != NULL) {
            return refuse(place, "an ACME client keeps this name in %s and renews it there; a file "
                          "beside it would hide that. Let the client do it, or remove its folder",
                          item->label);
        }
    }
    return 1;
}

static apr_status_t read_beside(place_t *place, const char *ending, mssl_blob_t *blob,
                                const char **path)
{
    mssl_reason_t why = { "" };
    size_t len = strlen(place->path) - strlen(".pem");

    *path = apr_pstrcat(place->pool, apr_pstrmemdup(place->pool, place->path, len), ending, NULL);
    return mssl_file_read(blob, place->store->argument, *path, place->pool, &why);
}

/* As the store will read it: with NAME.key and NAME.chain, where they lie beside. */
static int check_beside(place_t *place)
{
    mssl_reason_t why = { "" };
    mssl_item_t item;
    mssl_pair_t *pair = NULL;
    const char *path, *beside = NULL;
    int same;

    memset(&item, 0, sizeof(item));
    item.label = item.key_label = place->path;
    item.format = MSSL_FORMAT_PEM;
    item.cert = place->joined.text;
    if (read_beside(place, ".key", &item.key, &path) == APR_SUCCESS) {
        beside = path;
    }
    if (read_beside(place, ".chain", &item.chain, &path) == APR_SUCCESS
        || read_beside(place, ".ca-bundle", &item.chain, &path) == APR_SUCCESS) {
        beside = beside != NULL ? beside : path;
    }
    if (beside == NULL) {
        return 1;
    }
    same = mssl_judge_item(&pair, &item, place->wish->name, NULL, &why) == APR_SUCCESS
           && memcmp(mssl_pair_get_sha256(pair), place->plan->sha256, MSSL_SHA256_LEN) == 0;
    mssl_pair_unref(pair);
    return same ? 1 : refuse(place, "%s lies beside and would be read with it; move it away",
                             beside);
}

/* The pair that is in the place now. */
static int read_old(place_t *place, mssl_dates_t *dates, int *is_valid)
{
    const mssl_item_t *item = find_item(place, place->path);
    mssl_reason_t why = { "" };
    mssl_pair_t *pair = NULL;

    *is_valid = 0;
    if (item == NULL
        || mssl_judge_item(&pair, item, place->wish->name, NULL, &why) != APR_SUCCESS) {
        return 0;
    }
    place->plan->has_old = 1;
    memcpy(place->plan->old_sha256, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN);
    mssl_pair_get_dates(pair, dates);
    *is_valid = mssl_pair_is_valid_at(pair, apr_time_now());
    if (ctl_joined_write(&place->old, pair, place->pool) == APR_SUCCESS) {
        place->plan->old_len = place->old.len;
    }
    mssl_pair_unref(pair);
    return 1;
}

static int check_dates(place_t *place)
{
    const mssl_pair_t *pair = place->joined.pair;
    apr_time_t now = apr_time_now();
    mssl_dates_t dates, old;
    int is_valid, has_old = read_old(place, &old, &is_valid);

    mssl_pair_get_dates(pair, &dates);
    if (now > dates.until) {
        return is_valid || !place->wish->is_forced
                   ? refuse(place, "the certificate has expired%s",
                            is_valid ? ", and the one in place is valid" : "; --force takes it")
                   : 1;
    }
    if (place->wish->is_forced || place->wish->files == NULL || !has_old || !is_valid) {
        return 1;
    }
    if (now < dates.from) {
        return refuse(place, "the certificate is not valid yet, and the one in place is; --force "
                      "takes it");
    }
    return dates.until >= old.until
               ? 1 : refuse(place, "the certificate ends before the one in place; --force takes "
                            "it");
}

/* What would be in service, over all stores. */
static int check_shadow(place_t *place)
{
    ctl_instead_t instead = { place->wish->name, place->store->label, place->path, { 0 } };
    mssl_warns_t warns;
    ctl_walk_t *walk;
    const char *shown;

    mssl_warns_init(&warns);
    walk = ctl_walk_make(place->wish->server, NULL, &warns, place->pool);
    if (walk == NULL) {
        return refuse(place, "out of memory");
    }
    instead.candidate.is_wildcard = place->wish->name[0] == '*';
    instead.candidate.type = (mssl_key_type_t)place->plan->key_type;
    mssl_pair_get_dates(place->joined.pair, &instead.candidate.dates);
    walk->instead = &instead;
    ctl_walk_run(walk, &place->wish->name, 1, place->stop);
    shown = walk->findings->nelts == 1
                ? APR_ARRAY_IDX(walk->findings, 0, ctl_finding_t).chosen[place->plan->key_type]
                : place->path;
    return shown != NULL && strcmp(shown, place->path) == 0
               ? 1 : refuse(place, "it would not be shown: %s comes before it", shown != NULL
                            ? shown : "a pair of another key type");
}

static apr_status_t take_first(void *baton, const char *key)
{
    *(const char **)baton = key;
    return APR_EOF;
}

/* As the others of the store are: the first one's. */
static void find_owner(place_t *place)
{
    mssl_material_t *material = apr_pcalloc(place->pool, sizeof(*material));
    mssl_reason_t why = { "" };
    mssl_question_t question = { NULL, NULL, place->pool, material, &why };
    const char *first = NULL;
    void *instance = NULL;
    struct stat st;

    if (mssl_store_dir.make(&instance, place->store->argument, place->pool, &why) != APR_SUCCESS) {
        return;
    }
    mssl_store_dir.list(instance, NULL, take_first, (void *)&first, place->pool, &why);
    question.key = first != NULL ? apr_pstrdup(place->pool, first) : NULL;
    if (first != NULL && mssl_store_dir.fetch(instance, &question) == APR_SUCCESS
        && material->nitems > 0 && stat(material->item[0].key_label, &st) == 0) {
        place->plan->has_owner = 1;
        place->plan->uid = st.st_uid;
        place->plan->gid = st.st_gid;
        place->plan->mode = st.st_mode & 0777;
    }
    mssl_material_wipe(material);
}

static int make_plan(place_t *place)
{
    if (!choose_store(place) || !read_new(place)) {
        return 0;
    }
    choose_form(place);
    if (!check_length(place) || !check_others(place) || !check_dates(place) || !check_beside(place)
        || !check_shadow(place)) {
        return 0;
    }
    find_owner(place);
    place->plan->len = place->joined.text.len;
    return 1;
}

int ctl_place_work(ctl_t *ctl, void *wish, const ctl_stop_t *stop, FILE *out)
{
    ctl_plan_t plan;
    place_t place = { ctl, wish, &plan, ctl->pool, .stop = stop };
    int ok;

    memset(&plan, 0, sizeof(plan));
    if (!make_plan(&place)) {
        plan.len = plan.old_len = 0;
    }
    setvbuf(out, NULL, _IONBF, 0); /* no copy of a key in a buffer */
    ok = fwrite(&plan, sizeof(plan), 1, out) == 1
         && (plan.len == 0 || fwrite(place.joined.text.data, plan.len, 1, out) == 1)
         && (plan.old_len == 0 || fwrite(place.old.data, plan.old_len, 1, out) == 1);
    ctl_joined_free(&place.joined);
    return ok ? CTL_FINE : CTL_FAULT;
}
