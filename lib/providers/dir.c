/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * dir:PATH (contract section 7). For a name:
 *
 *   NAME.pem | NAME.crt | NAME.cer  [+ NAME.key] [+ NAME.chain | NAME.ca-bundle] [+ NAME.ocsp]
 *   NAME/fullchain.pem + NAME/privkey.pem           certbot's live/, dehydrated
 *   NAME/fullchain.cer + NAME/NAME.key              acme.sh
 *   NAME_ecc/fullchain.cer + NAME_ecc/NAME.key      acme.sh, its ECDSA pair
 *   NAME-0001/ to NAME-0003/, as NAME/              certbot, when the names of a certificate changed
 *   NAME/cert.pem + private/NAME/key.pem            uacme
 *   NAME.pfx [+ NAME.pass]
 *   the flat forms again as NAME.ecdsa.* and NAME.rsa.*
 *   NAME.none                                       no wildcard of this store counts for NAME
 *
 * For "*.parent" the same with "_.parent" and "*.parent" for NAME; and the folder forms of
 * "parent" itself, as ACME clients put a certificate for parent and *.parent there.
 *
 * Last, the folders of up to three parents of NAME: an ACME client files a certificate under the
 * first of its names. Such a certificate counts where it has NAME itself among its names.
 *
 * Fan-out: where a folder PATH/xx is there, xx being the first two hex digits of the SHA-256 of
 * NAME (of the parent for a wildcard), all forms are looked for in it first, and in PATH only when
 * it has none. SHA-256, as it spreads any set of names evenly and every script has sha256sum
 * (labels do not: half of all names begin with "www"). It costs a store without such folders one
 * stat per look.
 */

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/material.h"
#include "lib/base/reason.h"
#include "lib/files/read.h"
#include "lib/providers/dirlist.h"
#include "lib/providers/providers.h"
#include "lib/providers/rootdir.h"

#define PATH_SIZE 4096
/** Folders NAME-0001 to NAME-0003 are looked for: certbot makes one for each change of the names. */
#define LINEAGES 3
/** Parents whose folders are looked into, the nearest first. Together 15 looks at most. */
#define PARENTS 3
/** What is not there any more when it is to be read is looked for once more. */
#define LOOKS 2

typedef struct dir_t {
    const char *root;
    mssl_rootdir_t seen;
    mssl_memo_t *memo;
} dir_t;

/** The files of one item, found but not read. */
typedef struct plan_t {
    const char *cert, *key, *chain, *password, *staple; /* paths, NULL: not there */
    mssl_format_t format;
    int is_shared;
} plan_t;

/** One fetch. */
typedef struct scan_t {
    dir_t *dir;
    apr_pool_t *pool;
    mssl_stamper_t stamper;
    const char *place; /* the directory that is searched */
    plan_t plan[MSSL_MATERIAL_MAX];
    int nplans;
    int is_excluded;
    char path[PATH_SIZE];
} scan_t;

/* Whether the file is there; scan->path names it. */
static int probe(scan_t *scan, const char *folder, const char *base, const char *ext)
{
    apr_snprintf(scan->path, sizeof(scan->path), "%s/%s%s%s%s", scan->place,
                 folder != NULL ? folder : "", folder != NULL ? "/" : "", base, ext);
    return mssl_stamper_add(&scan->stamper, scan->path);
}

static const char *find(scan_t *scan, const char *folder, const char *base, const char *ext)
{
    return probe(scan, folder, base, ext) ? apr_pstrdup(scan->pool, scan->path) : NULL;
}

static void add_plan(scan_t *scan, const plan_t *plan)
{
    if (scan->nplans < MSSL_MATERIAL_MAX) {
        scan->plan[scan->nplans++] = *plan;
    }
}

/* NAME.pem and the like; base may carry a key type ("NAME.ecdsa"). */
static void scan_flat(scan_t *scan, const char *base)
{
    plan_t plan = { .format = MSSL_FORMAT_PEM }, pfx = { .format = MSSL_FORMAT_PKCS12 };
    const char *pem = find(scan, NULL, base, ".pem");
    const char *crt = find(scan, NULL, base, ".crt");

    if (crt == NULL) {
        crt = find(scan, NULL, base, ".cer");
    }
    pfx.cert = find(scan, NULL, base, ".pfx");
    if (pem == NULL && crt == NULL && pfx.cert == NULL) {
        return;
    }
    plan.staple = pfx.staple = find(scan, NULL, base, ".ocsp");
    if (pem != NULL || crt != NULL) {
        plan.key = find(scan, NULL, base, ".key");
        plan.chain = find(scan, NULL, base, ".chain");
        if (plan.chain == NULL) {
            plan.chain = find(scan, NULL, base, ".ca-bundle");
        }
    }
    if ((plan.cert = pem) != NULL) {
        add_plan(scan, &plan);
    }
    if ((plan.cert = crt) != NULL) {
        add_plan(scan, &plan);
    }
    if (pfx.cert != NULL) {
        pfx.password = find(scan, NULL, base, ".pass");
        add_plan(scan, &pfx);
    }
}

static int has_folder(scan_t *scan, const char *folder)
{
    apr_snprintf(scan->path, sizeof(scan->path), "%s/%s", scan->place, folder);
    return mssl_stamper_add_dir(&scan->stamper, scan->path);
}

/* One folder with the files of an ACME client; base is what its key may be called after. */
static void scan_lineage(scan_t *scan, const char *folder, const char *base, int is_shared)
{
    plan_t plan = { .format = MSSL_FORMAT_PEM, .is_shared = is_shared };
    const char *apart;

    if (!has_folder(scan, folder)) {
        return;
    }
    plan.staple = find(scan, NULL, folder, ".ocsp");
    if ((plan.cert = find(scan, folder, "fullchain", ".pem")) != NULL) {
        plan.key = find(scan, folder, "privkey", ".pem");
        add_plan(scan, &plan);
    }
    else if ((plan.cert = find(scan, folder, "cert", ".pem")) != NULL) {
        /* Others keep a cert.pem, too: it is uacme's where the key lies in its place. */
        apart = apr_pstrcat(scan->pool, "private/", folder, NULL);
        if ((plan.key = find(scan, apart, "key", ".pem")) != NULL) {
            add_plan(scan, &plan);
        }
    }
    if ((plan.cert = find(scan, folder, "fullchain", ".cer")) != NULL) {
        plan.key = find(scan, folder, base, ".key");
        add_plan(scan, &plan);
    }
}

/* NAME/, NAME_ecc/ and certbot's NAME-0001/ and so on. */
static void scan_folders(scan_t *scan, const char *base, int is_shared)
{
    int i;

    scan_lineage(scan, base, base, is_shared);
    scan_lineage(scan, apr_pstrcat(scan->pool, base, "_ecc", NULL), base, is_shared);
    for (i = 1; i <= LINEAGES; i++) {
        scan_lineage(scan, apr_psprintf(scan->pool, "%s-%04d", base, i), base, is_shared);
    }
}

/* The folders of a name's parents: a certificate is often filed under the first of its names. */
static void scan_parents(scan_t *scan, const char *key)
{
    const char *parent = strchr(key, '.');
    int i;

    for (i = 0; i < PARENTS && parent != NULL && strchr(parent + 1, '.') != NULL; i++) {
        scan_folders(scan, parent + 1, 1);
        parent = strchr(parent + 1, '.');
    }
}

static void scan_base(scan_t *scan, const char *base)
{
    scan_flat(scan, base);
    scan_folders(scan, base, 0);
    scan_flat(scan, apr_pstrcat(scan->pool, base, ".ecdsa", NULL));
    scan_flat(scan, apr_pstrcat(scan->pool, base, ".rsa", NULL));
}

static void scan_place(scan_t *scan, const char *place, const char *key)
{
    scan->place = place;
    if (key[0] == '*') {
        scan_base(scan, apr_pstrcat(scan->pool, "_", key + 1, NULL));
        scan_base(scan, key);
        scan_folders(scan, key + 2, 1);
        return;
    }
    scan_base(scan, key);
    scan->is_excluded |= probe(scan, NULL, key, ".none");
    scan_parents(scan, key);
}

/* PATH/xx, see above. */
static const char *fan_of(const scan_t *scan, const char *key)
{
    const char *name = key[0] == '*' ? key + 2 : key;
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(name, strlen(name), digest, NULL, EVP_sha256(), NULL) != 1) {
        return scan->dir->root;
    }
    return apr_psprintf(scan->pool, "%s/%02x", scan->dir->root, digest[0]);
}

static void scan_key(scan_t *scan, const char *key)
{
    const char *fan = fan_of(scan, key);

    if (mssl_stamper_add_dir(&scan->stamper, fan)) {
        scan_place(scan, fan, key);
    }
    if (scan->nplans == 0) {
        scan_place(scan, scan->dir->root, key);
    }
}

static apr_status_t read_part(const scan_t *scan, mssl_item_t *item, const char *path,
                              mssl_blob_t *blob)
{
    if (path == NULL || item->rv != APR_SUCCESS) {
        return item->rv;
    }
    item->rv = mssl_file_read(blob, scan->dir->root, path, scan->pool, &item->why);
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

static void read_item(const scan_t *scan, const plan_t *plan, mssl_item_t *item)
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

/* One look for the files of a key. known: as in the question */
static apr_status_t look(scan_t *scan, const mssl_question_t *question, struct stat *st)
{
    const mssl_stamp_t *known = question->known;
    mssl_material_t *out = question->out;
    mssl_sight_t sight = { .pool = question->pool };
    dir_t *dir = scan->dir;
    apr_status_t rv = mssl_rootdir_check(dir->root, st, question->why);

    if (rv == APR_SUCCESS) {
        rv = mssl_stamper_init(&scan->stamper, &sight);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    scan->nplans = scan->is_excluded = 0;
    /* Before the search: whatever comes into it meanwhile makes it another one. */
    mssl_sight_look(&sight, dir->root, scan->stamper.now);
    scan_key(scan, question->key);
    mssl_stamper_final(&scan->stamper, &out->stamp);
    mssl_memo_put(dir->memo, question->key, &out->stamp, &sight);
    if (scan->stamper.denied && faccessat(AT_FDCWD, dir->root, X_OK, AT_EACCESS) != 0) {
        return mssl_reason_set(question->why, APR_EACCES, "%s may not be entered by uid %lu; allow "
                               "it, or use MSSLKeyAccess broker", dir->root,
                               (unsigned long)geteuid());
    }
    if (known != NULL && memcmp(known, &out->stamp, sizeof(*known)) == 0) {
        return APR_EEXIST;
    }
    return scan->nplans == 0 && !scan->is_excluded ? mssl_rootdir_judge(&dir->seen, dir->root, st, question->why)
                                                   : APR_SUCCESS;
}

/* Of a look before. */
static void forget_items(mssl_material_t *out)
{
    mssl_material_wipe(out);
    memset(out->item, 0, (size_t)out->nitems * sizeof(out->item[0]));
    out->nitems = 0;
}

/* @return whether each file that was found was there to be read, too */
static int read_items(const scan_t *scan, mssl_material_t *out)
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

static apr_status_t dir_fetch(void *instance, mssl_question_t *question)
{
    int looks = 0, are_there = 0;
    struct stat st;
    scan_t scan;

    memset(&scan, 0, offsetof(scan_t, path));
    scan.dir = instance;
    scan.pool = question->pool;
    if (question->known != NULL
        && mssl_memo_is_same(scan.dir->memo, question->key, question->known)) {
        question->out->stamp = *question->known;
        return APR_EEXIST;
    }
    /* What went away under the first look is no bad file, and may be the whole store that did. */
    while (!are_there && looks++ < LOOKS) {
        apr_status_t rv;

        forget_items(question->out);
        rv = look(&scan, question, &st);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        mssl_rootdir_remember(&scan.dir->seen, &st);
        are_there = read_items(&scan, question->out);
    }
    return APR_SUCCESS;
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
    if (rv != APR_SUCCESS) {
        return mssl_reason_set(why, rv, "out of memory");
    }
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
    const dir_t *dir = instance;

    return mssl_dirlist_read(dir->root, after, take, baton, pool, why);
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
