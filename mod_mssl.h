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
 * ("*.example"): canonical before it comes here, never hostile bytes.
 *
 * Register a vtable that lives as long as your module, before the configuration is read:
 *
 *     ap_register_provider(p, MSSL_STORE_PROVIDER_GROUP, "mine", MSSL_STORE_PROVIDER_VERSION,
 *                          &vtable);
 *
 * "MSSLCertStore mine:ARGUMENT" looks it up. A provider of another version is not found: the start
 * says that it is built for another mod_mssl. Set the members by name; what is not set is NULL.
 *
 * | who calls | what | where |
 * |---|---|---|
 * | the directive MSSLCertStore | check | the parent, also of httpd -t, maybe as root; one thread |
 * | the start | make | the parent, maybe as root, once per argument; one thread |
 * | a lookup | fetch, then take_note | the broker (confined: it opens and reads files below the
 *   rights of MSSLUser, lists no folder, writes nothing, starts no program, makes no connection),
 *   or with MSSLKeyAccess direct each child; any thread, concurrently |
 * | tools, the inventory | list, places, changed | a process of their own that may list folders |
 * | tools, issuing | put, remove | a process that may write there; one at a time per store |
 *
 * An instance is made before processes are forked: each has its own copy, and nothing that one
 * learns reaches another. A connection or a thread must be begun where it is first used, not in
 * make. What is called concurrently locks its own state. Strings handed in are borrowed for the
 * call; what is handed out lives in the pool that came with the call. Times are microseconds.
 * check, make and fetch must be there; the others may be NULL. Each says in why what is wrong,
 * where, and the fix, in one sentence.
 * @{
 */
#define MSSL_STORE_PROVIDER_GROUP "mssl_store"
#define MSSL_STORE_PROVIDER_VERSION "1"

/** Flag: the argument is a path; it comes absolute, a relative one being below ServerRoot. */
#define MSSL_PROVIDER_PATH 0x1
/** Flag: what lies there is root's alone; a start without root is refused. */
#define MSSL_PROVIDER_ROOT 0x2

/** Longest file that is read from a store, bytes (contract section 7). */
#define MSSL_FILE_MAX (1024 * 1024)
/** Most pairs that a store may hold for one key (layouts times key types). */
#define MSSL_MATERIAL_MAX 16

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
     * lies where another key's files lie: counts where the key itself is among the names of the
     * certificate, and is no bad pair where not
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

/** What is asked of a store for one key, and the answer. */
typedef struct mssl_question_t {
    const char *key;           /**< a canonical name, or a pattern "*.parent" */
    /** the stamp of an earlier answer, or NULL: nothing is known */
    const mssl_stamp_t *known;
    /** for the blobs; the asker destroys it, and wipes what is in key blobs before */
    apr_pool_t *pool;
    mssl_material_t *out;      /**< the answer; zeroed by the asker */
    mssl_reason_t *why;        /**< what is wrong with the store itself */
    /** when it was so, microseconds, where somebody saw it before it was asked; 0: it is so now */
    apr_time_t as_of;
} mssl_question_t;

/**
 * Takes one key. @param baton the asker's
 * @return APR_SUCCESS: go on; anything else: stop, and hand that back
 */
typedef apr_status_t (*mssl_key_fn)(void *baton, const char *key);

/** A pair to be filed, PEM. */
typedef struct mssl_filing_t {
    mssl_blob_t chain; /**< certificate, then its issuers */
    mssl_blob_t key;   /**< private key */
} mssl_filing_t;

typedef struct mssl_store_provider_t {
    unsigned flags; /**< MSSL_PROVIDER_PATH, MSSL_PROVIDER_ROOT */

    /**
     * Whether the argument behind the colon of "MSSLCertStore name:arg" will do. Reads no
     * certificate, keeps nothing.
     * @return APR_SUCCESS, or an error that stops the start and httpd -t
     */
    apr_status_t (*check)(const char *arg, apr_pool_t *ptemp, mssl_reason_t *why);

    /**
     * Make an instance. Reads no certificate.
     * @param instance out: handed to all others; lives in pool
     * @return APR_SUCCESS, or an error that stops a first start. At a graceful restart an error is
     *         forgiven where *instance is set: it must be usable, and may find its store again.
     */
    apr_status_t (*make)(void **instance, const char *arg, apr_pool_t *pool, mssl_reason_t *why);

    /**
     * Fetch what lies there for a key. When nothing changed since question->known, no file is read
     * and out->stamp is filled.
     * @return APR_SUCCESS with at least one item or excluded set; APR_NOTFOUND: nothing there;
     *         APR_EEXIST: unchanged; anything else: the store itself could not be asked
     *         (unmounted, permission): nothing is known, what is cached stays. What is wrong with
     *         one key's files is no error: it stands in the item.
     */
    apr_status_t (*fetch)(void *instance, mssl_question_t *question);

    /**
     * Tell the keys that something is filed under, in the order of strcmp(), each once. Bounded
     * by the taker: it stops when it has enough and comes back with the last key that it took.
     * Keys whose files are bad are told, too.
     * @param after only keys behind this one; NULL: all
     */
    apr_status_t (*list)(void *instance, const char *after, mssl_key_fn take, void *baton,
                         apr_pool_t *pool, mssl_reason_t *why);

    /**
     * Tell where files for a key would be looked for, for a person who has none there.
     * @param place takes one place (a path, a line of a file), the likeliest first
     */
    apr_status_t (*places)(void *instance, const char *key, mssl_key_fn place, void *baton,
                           apr_pool_t *pool);

    /**
     * Tell which keys may have changed since a mark. Instead of a fetch per key and interval.
     * @param mark in: 0 for everything, or what the last call gave; out: for the next call
     */
    apr_status_t (*changed)(void *instance, apr_uint64_t *mark, mssl_key_fn take, void *baton,
                            apr_pool_t *pool, mssl_reason_t *why);

    /** File a pair whole: whoever looks meanwhile sees the old one or the new one, never a part. */
    apr_status_t (*put)(void *instance, const char *key, const mssl_filing_t *filing,
                        apr_pool_t *pool, mssl_reason_t *why);

    /** Take away what put() filed. @return APR_NOTFOUND: nothing there */
    apr_status_t (*remove)(void *instance, const char *key, apr_pool_t *pool, mssl_reason_t *why);

    /**
     * What is wrong with the store itself and costs only a part of it (a line of a map that is
     * skipped), one thing at a time, each once until it changes. Asked after each fetch; cheap when
     * there is nothing.
     * @return APR_SUCCESS with note; APR_NOTFOUND: nothing more to say
     */
    apr_status_t (*take_note)(void *instance, mssl_reason_t *note);
} mssl_store_provider_t;
/** @} */

#endif /* MOD_MSSL_H */
