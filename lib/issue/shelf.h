/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_SHELF_H
#define MSSL_LIB_ISSUE_SHELF_H

/**
 * @file shelf.h
 * What lies in MSSLStateDir for a name besides its job: the key and the request of an order, its
 * working folder, the pair in service, and what served before. Each is written whole or not at all.
 * Under the lock of the name; one thread. What is foreign here is read elsewhere.
 */

#include "lib/base/buffer.h"
#include "lib/issue/names.h"
#include "lib/pair/key.h"
#include "mod_mssl.h"

/** Before the file of a name: of an order beside that of its job (meanwhile.h). No name begins with a dot. */
#define MSSL_SHELF_MEANWHILE ".meanwhile-"

/**
 * The working folder, made where there is none.
 * @return its descriptor; -1, with why
 */
int mssl_shelf_open_work(int dir, const char *name, mssl_reason_t *why);

/** What the files of such an order are called after, in place of the name below. @return out */
const char *mssl_shelf_meanwhile(char out[MSSL_NAME_SIZE], const char *name);

/**
 * The key and the request of an order: those that are there, if they are of that type, else new
 * ones, on the disk when it returns.
 * @param key, csr empty; the key is wiped by the caller
 * @param name that the files are called after
 * @param names that the request is to have (names.h)
 */
apr_status_t mssl_shelf_get_request(mssl_buffer_t *key, mssl_buffer_t *csr, int dir,
                                    const char *name, const char *names, mssl_key_type_t type,
                                    mssl_reason_t *why);

/** The key that is kept. @return APR_SUCCESS; APR_ENOENT: there is none; other; with why */
apr_status_t mssl_shelf_read_key(mssl_buffer_t *key, int dir, const char *name,
                                 mssl_reason_t *why);

/** An order is over: its key, its request and what its working folder has are removed. */
void mssl_shelf_clear(int dir, const char *name);

/** The same of its work folder alone. */
void mssl_shelf_sweep(int dir, const char *name);

/** The same, and the folder itself. */
void mssl_shelf_remove(int dir, const char *name);

/**
 * Put a pair into service, for each name in one file, by one rename. What was there is in archive/
 * before. The first name is the last: where it is there, all are.
 * @param names one or several (names.h)
 * @param chain, key PEM, as mssl_accept() took them
 */
apr_status_t mssl_shelf_install(int dir, const char *names, const mssl_buffer_t *chain,
                                const mssl_buffer_t *key, mssl_reason_t *why);

/**
 * The certificates of the pair in service, PEM, without its key.
 * @param chain empty
 * @return APR_SUCCESS; APR_ENOENT; other; with why
 */
apr_status_t mssl_shelf_read_chain(mssl_buffer_t *chain, int dir, const char *name,
                                   mssl_reason_t *why);

/** Whether no pair of a name is in service any more, where that can be said: issued/ is there. */
int mssl_shelf_is_lost(int dir, const char *name);

/**
 * Take it out of service, into archive/.
 * @param names one or several (names.h)
 * @return APR_SUCCESS, also where none is; other, why
 */
apr_status_t mssl_shelf_retire(int dir, const char *names, mssl_reason_t *why);

#endif /* MSSL_LIB_ISSUE_SHELF_H */
