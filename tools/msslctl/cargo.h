/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TOOLS_MSSLCTL_CARGO_H
#define MSSL_TOOLS_MSSLCTL_CARGO_H

/**
 * @file cargo.h
 * The pair in service for a name, as another server wants it: looked up by a worker in all stores of
 * the server, by the code that answers handshakes, and written anew in PEM or as a PFX. Root, who
 * takes it, reads none of its bytes.
 */

#include "lib/base/hash.h"
#include "tools/msslctl/worker.h"

/** What it is written as. */
typedef enum {
    CTL_CARGO_PEM = 0, /**< one file: key, certificate, chain, in the order that postfix wants */
    CTL_CARGO_SPLIT,   /**< certificate with chain, and key */
    CTL_CARGO_PFX,     /**< PKCS#12 */
    CTL_CARGO_FORMS
} ctl_cargo_form_t;

/** "pem", "split", "pfx". */
extern const char *const ctl_cargo_words[CTL_CARGO_FORMS];

/** What the worker is asked. */
typedef struct ctl_order_t {
    const ctl_server_t *server;
    const char *name;        /**< canonical, or a pattern */
    ctl_cargo_form_t form;
    const char *password;    /**< of a PFX; "": an empty one */
    const char *there;       /**< path of a PFX that is there already; NULL: none, or not for this */
} ctl_order_t;

/** What it answers: this, and behind it the bytes of one file or two. */
typedef struct ctl_cargo_t {
    char refusal[600];       /**< "": none */
    int code;                /**< exit code that goes with it */
    char note[600];          /**< worth knowing; "" */
    int needs_attention;     /**< it is not what lies in the store now */
    int is_there;            /**< the PFX that is there has the same pair, and opens */
    int key_type;            /**< mssl_key_type_t */
    unsigned char sha256[MSSL_SHA256_LEN];
    apr_time_t not_after;
    char file[600];          /**< that the pair was read from, to be watched; "": none */
    apr_size_t len[2];       /**< of the one file; or of the certificate, and the key */
} ctl_cargo_t;

typedef struct ctl_carried_t {
    ctl_cargo_t cargo;
    mssl_blob_t part[2];     /**< in bytes */
    mssl_buffer_t bytes;
} ctl_carried_t;

/**
 * Ask a worker. @param carried out: to be freed in any case
 * @return CTL_FINE: it is in order, or refuses; other: there is none, which was said
 */
int ctl_cargo_fetch(ctl_carried_t *carried, ctl_t *ctl, const ctl_order_t *order);

/** Wipes. */
void ctl_cargo_free(ctl_carried_t *carried);

#endif /* MSSL_TOOLS_MSSLCTL_CARGO_H */
