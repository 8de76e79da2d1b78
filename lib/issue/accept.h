/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_ISSUE_ACCEPT_H
#define MSSL_LIB_ISSUE_ACCEPT_H

/**
 * @file accept.h
 * A key and a CSR for a name, and whether what came back for them may go into service: the CA's and
 * the issuer's answers are foreign bytes. Any thread.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/buffer.h"
#include "lib/issue/job.h"
#include "lib/pair/key.h"

/** A chain is no larger, bytes. */
#define MSSL_CHAIN_MAX 65536

/** What of a certificate was read. */
typedef struct mssl_accepted_t {
    apr_time_t not_before, not_after;
    char serial[65], sha256[65];
} mssl_accepted_t;

/**
 * A new key (P-256, or RSA of 2048 bits) and a request for it, both PEM. The CSR has the names as
 * its dNSNames, and none else, and an empty subject (RFC 5280 section 4.2.1.6, RFC 8555 section 7.4).
 * @param key wiped by the caller
 * @param names one or several (names.h)
 */
apr_status_t mssl_csr_make(mssl_buffer_t *key, mssl_buffer_t *csr, const char *names,
                           mssl_key_type_t type, mssl_reason_t *why);

/** Whether a request is one for just these names. */
int mssl_csr_is_for(const X509_REQ *csr, const char *names);

/**
 * The file of a pair as it goes into service: the chain, then the key.
 * @param file empty; wiped by the caller
 * @return APR_SUCCESS; APR_ENOSPC: it is larger than a store reads; APR_ENOMEM
 */
apr_status_t mssl_accept_join(mssl_buffer_t *file, const mssl_buffer_t *chain,
                              const mssl_buffer_t *key);

/**
 * Judge a chain (PEM, leaf first) for a key: it has no key of its own, the store's own judge takes
 * the file that it makes with the key for the name, it is valid now, it ends later than what it
 * replaces, it has all the names and no other, and its chain ends at a root of the system, or of
 * ca_file.
 * @param names one or several (names.h)
 * @param key PEM
 * @param replaces not_after of what is in service; 0: nothing is, or its end does not matter
 * @param ca_file NULL: the system's roots
 * @return APR_SUCCESS; APR_EINVAL, with why: which of those it is not, and what to do
 */
apr_status_t mssl_accept(mssl_accepted_t *accepted, const char *names, const mssl_buffer_t *key,
                         const mssl_buffer_t *chain, apr_time_t replaces, const char *ca_file,
                         apr_time_t now, apr_pool_t *pool, mssl_reason_t *why);

/**
 * The same of a chain that is thrown away: of a CA for trials, whose root nobody trusts.
 */
apr_status_t mssl_accept_trial(mssl_accepted_t *accepted, const char *name,
                               const mssl_buffer_t *key, const mssl_buffer_t *chain,
                               apr_time_t now, apr_pool_t *pool, mssl_reason_t *why);

/**
 * What the first certificate of a chain says, which was accepted before. Nothing is judged.
 * @return APR_SUCCESS; APR_EINVAL: there is none
 */
apr_status_t mssl_accept_read(mssl_accepted_t *accepted, const mssl_buffer_t *chain);

#endif /* MSSL_LIB_ISSUE_ACCEPT_H */
