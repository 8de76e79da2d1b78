/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_LIB_EXPLAIN_CERT_H
#define MSSL_LIB_EXPLAIN_CERT_H

/**
 * @file cert.h
 * What is worth knowing of a certificate in service beside its name and its end: who issued it, for
 * what, and whether all that clients need comes along. Known to who reads the files; the status, which
 * reads none, says null. Issuers, files and notes are foreign bytes. One thread.
 */

#include "lib/base/json.h"
#include "lib/explain/explain.h"
#include "lib/pair/pair.h"

/** Whether the certificate of its issuer comes along. */
typedef enum {
    MSSL_CHAIN_UNKNOWN = 0, /**< it does not; its issuer may be a root, as an own CA's */
    MSSL_CHAIN_COMPLETE,
    MSSL_CHAIN_MISSING      /**< it does not, and is to be fetched elsewhere (RFC 5280 section 4.2.2.1) */
} mssl_explain_chain_t;

/** One certificate. */
typedef struct mssl_explain_cert_t {
    int nnames;
    const char *const *name;  /**< canonical, patterns too */
    const char *issuer;       /**< "Let's Encrypt E7" */
    const char *serial;       /**< hexadecimal */
    int bits;                 /**< of the key */
    apr_time_t not_before, not_after;
    const char *file, *key_file;
    const char *note;         /**< NULL */
    mssl_explain_chain_t chain;
    int signs_itself;
} mssl_explain_cert_t;

/** In pool. @param item of which the pair is made */
const mssl_explain_cert_t *mssl_explain_cert_make(const mssl_pair_t *pair, const mssl_item_t *item,
                                                  apr_pool_t *pool);

/** Behind mssl_explain(): problem "incomplete_chain"; when what is not valid yet begins. */
void mssl_explain_certs(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                        apr_pool_t *pool);

/** "certificates": one for each key type in service. */
void mssl_explain_certs_json(mssl_json_t *json, const mssl_explained_t *explained,
                             const mssl_explain_facts_t *facts);

/** "by Let's Encrypt E7 on 2026-10-20 for 90 days, to a.example"; NULL: it is not known. */
const char *mssl_explain_cert_text(const mssl_explained_t *explained, mssl_key_type_t type,
                                   apr_pool_t *pool);

/** "sha256": hexadecimal, or null. */
void mssl_explain_put_sha256(mssl_json_t *json, const unsigned char *sha256);

#endif /* MSSL_LIB_EXPLAIN_CERT_H */
