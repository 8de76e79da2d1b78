/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/chain.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024
#define DIGEST_LEN 32

struct mssl_link_t {
    mssl_link_t *next; /* in its bucket */
    X509 *cert;
    unsigned refs; /* under the table's lock */
    unsigned char digest[DIGEST_LEN];
};

struct mssl_chains_t {
    pthread_mutex_t lock;
    unsigned refs; /* atomic */
    size_t count;
    mssl_link_t *bucket[BUCKETS];
};

mssl_chains_t *mssl_chains_new(void)
{
    mssl_chains_t *chains = calloc(1, sizeof(*chains));

    if (chains != NULL && pthread_mutex_init(&chains->lock, NULL) != 0) {
        free(chains);
        return NULL;
    }
    if (chains != NULL) {
        chains->refs = 1;
    }
    return chains;
}

mssl_chains_t *mssl_chains_ref(mssl_chains_t *chains)
{
    __atomic_add_fetch(&chains->refs, 1, __ATOMIC_RELAXED);
    return chains;
}

void mssl_chains_unref(mssl_chains_t *chains)
{
    /* Whoever holds a link holds the table, so that the buckets are empty at the last reference. */
    if (chains != NULL && __atomic_sub_fetch(&chains->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        pthread_mutex_destroy(&chains->lock);
        free(chains);
    }
}

/* SHA-256, so that the first bytes are as good a hash as any. */
static mssl_link_t **bucket_of(mssl_chains_t *chains, const unsigned char *digest)
{
    return &chains->bucket[(digest[0] | (digest[1] << 8)) % BUCKETS];
}

/* The table's lock is held. */
static mssl_link_t *find(mssl_chains_t *chains, const unsigned char *digest)
{
    mssl_link_t *link;

    for (link = *bucket_of(chains, digest); link != NULL; link = link->next) {
        if (memcmp(link->digest, digest, DIGEST_LEN) == 0) {
            link->refs++;
            return link;
        }
    }
    return NULL;
}

static void link_free(mssl_link_t *link)
{
    if (link != NULL) {
        X509_free(link->cert);
        free(link);
    }
}

static mssl_link_t *link_new(const unsigned char *digest, const unsigned char *der, size_t len)
{
    const unsigned char *end = der + len;
    mssl_link_t *link = calloc(1, sizeof(*link));

    if (link == NULL) {
        return NULL;
    }
    link->refs = 1;
    memcpy(link->digest, digest, DIGEST_LEN);
    link->cert = len > LONG_MAX ? NULL : d2i_X509(NULL, &der, (long)len);
    /* X509_check_purpose() decodes the extensions now, rather than in several threads later. */
    if (link->cert == NULL || der != end || X509_get0_pubkey(link->cert) == NULL
        || X509_check_purpose(link->cert, -1, 0) != 1) {
        link_free(link);
        link = NULL;
    }
    return link;
}

mssl_link_t *mssl_link_get(mssl_chains_t *chains, const unsigned char *der, size_t len)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    mssl_link_t *link, *made, **bucket;

    if (EVP_Digest(der, len, digest, NULL, EVP_sha256(), NULL) != 1) {
        return NULL;
    }
    if (chains == NULL) {
        return link_new(digest, der, len);
    }
    pthread_mutex_lock(&chains->lock);
    link = find(chains, digest);
    pthread_mutex_unlock(&chains->lock);
    if (link != NULL || (made = link_new(digest, der, len)) == NULL) {
        return link;
    }
    pthread_mutex_lock(&chains->lock);
    link = find(chains, digest);
    if (link == NULL) {
        bucket = bucket_of(chains, digest);
        made->next = *bucket;
        *bucket = link = made;
        made = NULL;
        chains->count++;
    }
    pthread_mutex_unlock(&chains->lock);
    link_free(made);
    return link;
}

void mssl_link_put(mssl_chains_t *chains, mssl_link_t *link)
{
    mssl_link_t **at;

    if (link == NULL) {
        return;
    }
    if (chains != NULL) {
        pthread_mutex_lock(&chains->lock);
        if (--link->refs > 0) {
            link = NULL;
        }
        else {
            for (at = bucket_of(chains, link->digest); *at != link; at = &(*at)->next) {
                continue;
            }
            *at = link->next;
            chains->count--;
        }
        pthread_mutex_unlock(&chains->lock);
    }
    link_free(link);
}

X509 *mssl_link_get_cert(const mssl_link_t *link)
{
    return link->cert;
}

size_t mssl_chains_count(mssl_chains_t *chains)
{
    size_t count;

    pthread_mutex_lock(&chains->lock);
    count = chains->count;
    pthread_mutex_unlock(&chains->lock);
    return count;
}
