/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/providers/dirscan.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <string.h>

/** Folders NAME-0001 to NAME-0003 are looked for: certbot makes one for each change of the names. */
#define LINEAGES 3
/** Parents whose folders are looked into, the nearest first. Together 15 looks at most. */
#define PARENTS 3

/* Whether nothing is at scan->path, in the place that is searched, as far as that is known. */
static int is_lacking(const mssl_dirscan_t *scan)
{
    return scan->number >= 0
           && !mssl_census_may_have(scan->census, scan->number,
                                    scan->path + strlen(scan->place) + 1);
}

/* Whether the file is there; scan->path names it. */
static int probe(mssl_dirscan_t *scan, const char *folder, const char *base, const char *ext)
{
    apr_snprintf(scan->path, sizeof(scan->path), "%s/%s%s%s%s", scan->place,
                 folder != NULL ? folder : "", folder != NULL ? "/" : "", base, ext);
    if (folder == NULL && is_lacking(scan)) {
        mssl_stamper_add_lacking(&scan->stamper, scan->path);
        return 0;
    }
    return mssl_stamper_add(&scan->stamper, scan->path);
}

static const char *find(mssl_dirscan_t *scan, const char *folder, const char *base, const char *ext)
{
    return probe(scan, folder, base, ext) ? apr_pstrdup(scan->pool, scan->path) : NULL;
}

static void add_plan(mssl_dirscan_t *scan, const mssl_dirplan_t *plan)
{
    if (scan->nplans < MSSL_MATERIAL_MAX) {
        scan->plan[scan->nplans++] = *plan;
    }
}

/* NAME.pem and the like; base may carry a key type ("NAME.ecdsa"). */
static void scan_flat(mssl_dirscan_t *scan, const char *base)
{
    mssl_dirplan_t plan = { .format = MSSL_FORMAT_PEM }, pfx = { .format = MSSL_FORMAT_PKCS12 };
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

static int has_folder(mssl_dirscan_t *scan, const char *folder)
{
    apr_snprintf(scan->path, sizeof(scan->path), "%s/%s", scan->place, folder);
    if (is_lacking(scan)) {
        mssl_stamper_add_lacking(&scan->stamper, scan->path);
        return 0;
    }
    return mssl_stamper_add_dir(&scan->stamper, scan->path);
}

/* One folder with the files of an ACME client; base is what its key may be called after. */
static void scan_lineage(mssl_dirscan_t *scan, const char *folder, const char *base, int is_shared)
{
    mssl_dirplan_t plan = { .format = MSSL_FORMAT_PEM, .is_shared = is_shared };
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
static void scan_folders(mssl_dirscan_t *scan, const char *base, int is_shared)
{
    int i;

    scan_lineage(scan, base, base, is_shared);
    scan_lineage(scan, apr_pstrcat(scan->pool, base, "_ecc", NULL), base, is_shared);
    for (i = 1; i <= LINEAGES; i++) {
        scan_lineage(scan, apr_psprintf(scan->pool, "%s-%04d", base, i), base, is_shared);
    }
}

/* The folders of a name's parents: a certificate is often filed under the first of its names. */
static void scan_parents(mssl_dirscan_t *scan, const char *key)
{
    const char *parent = strchr(key, '.');
    int i;

    for (i = 0; i < PARENTS && parent != NULL && strchr(parent + 1, '.') != NULL; i++) {
        scan_folders(scan, parent + 1, 1);
        parent = strchr(parent + 1, '.');
    }
}

static void scan_base(mssl_dirscan_t *scan, const char *base)
{
    scan_flat(scan, base);
    scan_folders(scan, base, 0);
    scan_flat(scan, apr_pstrcat(scan->pool, base, ".ecdsa", NULL));
    scan_flat(scan, apr_pstrcat(scan->pool, base, ".rsa", NULL));
}

/* Begin to search a directory. @param st of it */
static void enter(mssl_dirscan_t *scan, const char *place, int number, const struct stat *st)
{
    int is_known = scan->census != NULL && st != NULL
                   && mssl_census_holds(scan->census, number, st);

    scan->place = place;
    scan->number = is_known ? number : -1;
}

static void scan_place(mssl_dirscan_t *scan, const char *key)
{
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

/* PATH/xx, see dirscan.h. @return the number of xx; -1: there is none of it */
static int get_fan(const char *key)
{
    const char *name = key[0] == '*' ? key + 2 : key;
    unsigned char digest[EVP_MAX_MD_SIZE];

    return EVP_Digest(name, strlen(name), digest, NULL, EVP_sha256(), NULL) == 1 ? digest[0] : -1;
}

static void scan_fan(mssl_dirscan_t *scan, int fan, const char *key)
{
    const char *folder = apr_psprintf(scan->pool, "%02x", fan), *path;
    struct stat st;

    if (!has_folder(scan, folder)) {
        return;
    }
    path = apr_pstrcat(scan->pool, scan->root, "/", folder, NULL);
    enter(scan, path, MSSL_CENSUS_ROOT + 1 + fan,
          scan->census != NULL && stat(path, &st) == 0 ? &st : NULL);
    scan_place(scan, key);
    enter(scan, scan->root, MSSL_CENSUS_ROOT, scan->st);
}

void mssl_dirscan_key(mssl_dirscan_t *scan, const char *key)
{
    int fan = get_fan(key);

    scan->nplans = scan->is_excluded = 0;
    enter(scan, scan->root, MSSL_CENSUS_ROOT, scan->st);
    if (fan >= 0) {
        scan_fan(scan, fan, key);
    }
    if (scan->nplans == 0) {
        scan_place(scan, key);
    }
}
