/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/cover.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/name.h"

typedef struct ip_t {
    unsigned char addr[16];
    size_t len;
} ip_t;

struct mssl_cover_t {
    char **name;   /* sorted by strcmp, no doubles */
    size_t nnames;
    ip_t *ip;
    size_t nips;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* An entry that is no name or pattern (a NUL inside: CVE-2009-2408) is left out: not an error. */
static int add_name(mssl_cover_t *cover, const unsigned char *data, int len)
{
    char canon[MSSL_NAME_SIZE];

    if (len <= 0 || !mssl_name_canon_pattern(canon, (const char *)data, (size_t)len)) {
        return 1;
    }
    cover->name[cover->nnames] = strdup(canon);
    if (cover->name[cover->nnames] == NULL) {
        return 0;
    }
    cover->nnames++;
    return 1;
}

static void add_ip(mssl_cover_t *cover, const unsigned char *data, int len)
{
    if (len == 4 || len == 16) {
        memcpy(cover->ip[cover->nips].addr, data, (size_t)len);
        cover->ip[cover->nips].len = (size_t)len;
        cover->nips++;
    }
}

/* has_dns: a dNSName is there, usable or not. */
static int add_alt_names(mssl_cover_t *cover, const GENERAL_NAMES *alt, int *has_dns)
{
    int i;
    int n = sk_GENERAL_NAME_num(alt);

    for (i = 0; i < n; i++) {
        const GENERAL_NAME *entry = sk_GENERAL_NAME_value(alt, i);

        if (entry->type == GEN_DNS) {
            *has_dns = 1;
            if (!add_name(cover, ASN1_STRING_get0_data(entry->d.dNSName),
                          ASN1_STRING_length(entry->d.dNSName))) {
                return 0;
            }
        }
        else if (entry->type == GEN_IPADD) {
            add_ip(cover, ASN1_STRING_get0_data(entry->d.iPAddress),
                   ASN1_STRING_length(entry->d.iPAddress));
        }
    }
    return 1;
}

/* The most specific CN is the last one (RFC 2818 section 3.1). */
static int add_common_name(mssl_cover_t *cover, const X509 *cert)
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    unsigned char *text = NULL;
    int at = -1;
    int next;
    int len;
    int ok;

    while ((next = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0) {
        at = next;
    }
    if (at < 0) {
        return 1;
    }
    len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (len < 0) {
        return 1;
    }
    ok = add_name(cover, text, len);
    OPENSSL_free(text);
    return ok;
}

static void sort_names(mssl_cover_t *cover)
{
    size_t i;
    size_t kept = 0;

    if (cover->nnames == 0) {
        return;
    }
    qsort(cover->name, cover->nnames, sizeof(*cover->name), compare_names);
    for (i = 1; i < cover->nnames; i++) {
        if (strcmp(cover->name[kept], cover->name[i]) == 0) {
            free(cover->name[i]);
        }
        else {
            cover->name[++kept] = cover->name[i];
        }
    }
    cover->nnames = kept + 1;
}

mssl_cover_t *mssl_cover_new(X509 *cert)
{
    mssl_cover_t *cover = calloc(1, sizeof(*cover));
    GENERAL_NAMES *alt = NULL;
    size_t room = 1;
    int state = -1;
    int has_dns = 0;
    int ok = 0;

    if (cover == NULL || cert == NULL) {
        return cover;
    }
    alt = X509_get_ext_d2i(cert, NID_subject_alt_name, &state, NULL);
    if (alt != NULL && sk_GENERAL_NAME_num(alt) > 0) {
        room = (size_t)sk_GENERAL_NAME_num(alt);
    }
    cover->name = calloc(room, sizeof(*cover->name));
    cover->ip = calloc(room, sizeof(*cover->ip));
    if (cover->name == NULL || cover->ip == NULL) {
        goto cleanup;
    }
    if (alt != NULL && !add_alt_names(cover, alt, &has_dns)) {
        goto cleanup;
    }
    /* Entries that cannot be read (state is not -1) may hold a dNSName: no CN then. */
    if ((alt != NULL || state == -1) && !has_dns && !add_common_name(cover, cert)) {
        goto cleanup;
    }
    sort_names(cover);
    ok = 1;

cleanup:
    GENERAL_NAMES_free(alt);
    if (!ok) {
        mssl_cover_free(cover);
        cover = NULL;
    }
    return cover;
}

void mssl_cover_free(mssl_cover_t *cover)
{
    size_t i;

    if (cover == NULL) {
        return;
    }
    for (i = 0; i < cover->nnames; i++) {
        free(cover->name[i]);
    }
    free(cover->name);
    free(cover->ip);
    free(cover);
}

static int has_entry(const mssl_cover_t *cover, const char *key)
{
    return cover != NULL && cover->nnames > 0
           && bsearch(&key, cover->name, cover->nnames, sizeof(*cover->name), compare_names) != NULL;
}

int mssl_cover_has_name(const mssl_cover_t *cover, const char *name)
{
    char pattern[MSSL_NAME_SIZE];

    /* A Host of "*.example" is no name and must not match the entry of the same text. */
    if (name == NULL || name[0] == '*') {
        return 0;
    }
    return has_entry(cover, name) || (mssl_name_pattern(pattern, name) && has_entry(cover, pattern));
}

int mssl_cover_has_pattern(const mssl_cover_t *cover, const char *pattern)
{
    return pattern != NULL && pattern[0] == '*' && has_entry(cover, pattern);
}

int mssl_cover_has_ip(const mssl_cover_t *cover, const unsigned char *addr, size_t len)
{
    size_t i;

    if (cover == NULL || addr == NULL) {
        return 0;
    }
    for (i = 0; i < cover->nips; i++) {
        if (cover->ip[i].len == len && memcmp(cover->ip[i].addr, addr, len) == 0) {
            return 1;
        }
    }
    return 0;
}

size_t mssl_cover_count(const mssl_cover_t *cover)
{
    return cover != NULL ? cover->nnames : 0;
}

const char *mssl_cover_get_name(const mssl_cover_t *cover, size_t i)
{
    return cover != NULL && i < cover->nnames ? cover->name[i] : NULL;
}
