/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_PROVIDERS_DIRSCAN_H
#define MSSL_LIB_PROVIDERS_DIRSCAN_H

/**
 * @file dirscan.h
 * Which files a directory has for a name (contract section 7):
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
 *
 * Files are looked at and none is opened. Any thread, each with a scan of its own.
 */

#include "lib/files/read.h"
#include "lib/providers/census.h"
#include "mod_mssl.h"

#define MSSL_DIRSCAN_PATH 4096

/** The files of one item, found but not read. */
typedef struct mssl_dirplan_t {
    const char *cert, *key, *chain, *password, *staple; /**< paths, NULL: not there */
    mssl_format_t format;
    int is_shared;
} mssl_dirplan_t;

/** One look, or more than one behind each other. What is not the caller's is zeroed, up to path. */
typedef struct mssl_dirscan_t {
    const char *root;       /**< the caller's: the directory, */
    apr_pool_t *pool;       /**< of what is found, */
    mssl_stamper_t stamper; /**< that has begun: all that is looked for goes into it; */
    /** what needs no look, as it is not there; NULL: nothing is known. The stamp is the same */
    const mssl_census_t *census;
    const struct stat *st;  /**< of the directory, taken when the look began */
    mssl_dirplan_t plan[MSSL_MATERIAL_MAX]; /**< out: in the order of preference */
    int nplans;
    int is_excluded;        /**< out: NAME.none is there */
    /* inside */
    const char *place;      /* the directory that is searched */
    int number;             /* of it in the census; -1: it has nothing of it */
    char path[MSSL_DIRSCAN_PATH];
} mssl_dirscan_t;

/** @param key canonical, or a pattern */
void mssl_dirscan_key(mssl_dirscan_t *scan, const char *key);

#endif /* MSSL_LIB_PROVIDERS_DIRSCAN_H */
