/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MOD_MSSL_H
#define MOD_MSSL_H

/**
 * @file mod_mssl.h
 * The public face of mod_mssl: what another module, or a store provider
 * shipped apart from us, may build on. Includes nothing of ours and nothing
 * of httpd's, so that stores can be tested, fuzzed and linked into command
 * line tools without a server.
 */

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

/** The version of the module, as MSSL0006 says it at start. */
#define MSSL_VERSION "0.9.0"

/** Why something failed, in one sentence for a person: what is wrong, where, and the fix. */
typedef struct mssl_reason_t {
    char text[512]; /**< NUL-terminated, "" when nothing was said */
} mssl_reason_t;

/**
 * @defgroup provider Store providers
 *
 * A provider knows how a store is laid out: it turns a *key* into the bytes of
 * the files that lie there for it. It does not parse certificates, does not
 * judge, does not cache and does not log; the store does all that.
 *
 * A key is a canonical name ("site.example") or a wildcard pattern
 * ("*.example"): decided by mssl_name_canon(), never hostile bytes.
 *
 * Register with ap_register_provider(p, MSSL_STORE_PROVIDER_GROUP, "dir",
 * MSSL_STORE_PROVIDER_VERSION, &vtable) before the configuration is read.
 * @{
 */
#define MSSL_STORE_PROVIDER_GROUP "mssl_store"
#define MSSL_STORE_PROVIDER_VERSION "0"

/** Longest file that is read from a store, bytes (contract section 7). */
#define MSSL_FILE_MAX (1024 * 1024)
/** Most files of one kind that a store may hold for one key (layouts times key types). */
#define MSSL_MATERIAL_MAX 12

/** What a file set looked like when it was read: two equal stamps mean that nothing changed. */
typedef struct mssl_stamp_t {
    /** over path, device, inode, size, mtime and ctime of every file looked at */
    unsigned char digest[32];
} mssl_stamp_t;

/** How a file is encoded. */
typedef enum {
    MSSL_FORMAT_PEM = 1, /**< certificate, chain and key blocks, in any order */
    MSSL_FORMAT_PKCS12   /**< PFX; the password is in mssl_item_t.password */
} mssl_format_t;

/** Bytes of one file. Allocated from the pool given to fetch(), NUL-terminated behind len. */
typedef struct mssl_blob_t {
    const char *data; /**< NULL: there is no such file */
    apr_size_t len;
} mssl_blob_t;

/** One candidate for a pair: the files that belong together. */
typedef struct mssl_item_t {
    const char *label;    /**< path of the certificate file, for messages */
    const char *key_label;/**< path of the key file (the same for a joined file) */
    const char *chain_label; /**< path of the file of the chain, or NULL */
    mssl_format_t format;
    mssl_blob_t cert;     /**< certificate [and chain [and key]] */
    mssl_blob_t key;      /**< private key; NULL data: it is in cert */
    /** intermediate certificates; NULL data: they are in cert, or there are none */
    mssl_blob_t chain;
    mssl_blob_t staple;   /**< OCSP response, DER; NULL data: none */
    const char *password; /**< of a PKCS12 file, or NULL */
    /**
     * lies where another key's files lie: counts where it covers the key, and is no bad pair
     * where not
     */
    int is_shared;
    apr_status_t rv;      /**< not APR_SUCCESS: the files are there and could not be had; see why */
    mssl_reason_t why;    /**< what is wrong with the files (unreadable, too large, not regular, ...); with
                               APR_SUCCESS: what is worth knowing, or "" */
} mssl_item_t;

/** What lies in a store for one key. */
typedef struct mssl_material_t {
    mssl_stamp_t stamp;
    int excluded;         /**< NAME.none is there: no wildcard of this store counts for the name */
    int nitems;
    mssl_item_t item[MSSL_MATERIAL_MAX]; /**< in the order of preference */
} mssl_material_t;

typedef struct mssl_store_provider_t {
    /**
     * Make an instance for the argument behind the colon of "MSSLCertStore name:arg".
     * Called while the configuration is read, by the parent, maybe as root; must not
     * read certificates.
     * @param instance out: handed back to fetch(); lives in pool
     * @param arg the argument, a path already made absolute by the caller where it is one
     * @param why out: on failure, what is wrong with arg and the fix
     * @return APR_SUCCESS, or an error that stops the start. APR_ENOENT and other
     *         errors of the file system are forgiven at a graceful restart (the
     *         instance must be usable then and answer as an empty store).
     */
    apr_status_t (*make)(void **instance, const char *arg, apr_pool_t *pool, mssl_reason_t *why);

    /**
     * Fetch what lies there for a key. Called by any thread of any child, or by the root
     * broker, concurrently; must not keep state that is not locked.
     * @param key a canonical name or a pattern "*.parent"
     * @param known the stamp of an earlier fetch, or NULL; when nothing changed since,
     *        the provider reads no file and returns APR_EEXIST with out->stamp filled
     * @param out zeroed by the caller
     * @param pool for the blobs; the caller cleans and destroys it. Blobs of keys are
     *        wiped by the caller.
     * @return APR_SUCCESS with at least one item or excluded set; APR_NOTFOUND: nothing
     *         there; APR_EEXIST: unchanged; anything else: the store itself could not be
     *         asked (unmounted, permission): nothing is known, what is cached stays.
     */
    apr_status_t (*fetch)(void *instance, const char *key, const mssl_stamp_t *known,
                          mssl_material_t *out, apr_pool_t *pool, mssl_reason_t *why);

    /**
     * What is wrong with the store itself and costs only a part of it (a line of a map that is
     * skipped), one thing at a time, each once until it changes. Asked after each fetch; cheap when
     * there is nothing. May be NULL.
     * @return APR_SUCCESS with note; APR_NOTFOUND: nothing more to say
     */
    apr_status_t (*take_note)(void *instance, mssl_reason_t *note);
} mssl_store_provider_t;
/** @} */

#endif /* MOD_MSSL_H */
