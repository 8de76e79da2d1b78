/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/cert.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/text.h"

#define DAY apr_time_from_sec(86400)
/** Names that a line for people has. */
#define SHOWN_MAX 5
/** RFC 5280 section 4.1.2.2 has 20. */
#define SERIAL_MAX 32

/* @return in pool; NULL: there is none */
static const char *get_part(const X509_NAME *name, int nid, apr_pool_t *pool)
{
    int at = X509_NAME_get_index_by_NID((X509_NAME *)name, nid, -1), len;
    const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(name, at) : NULL;
    const ASN1_STRING *data = entry != NULL ? X509_NAME_ENTRY_get_data(entry) : NULL;
    unsigned char *text = NULL;
    const char *part = NULL;

    len = data != NULL ? ASN1_STRING_to_UTF8(&text, data) : -1;
    if (len > 0 && memchr(text, '\0', (size_t)len) == NULL) {
        part = apr_pstrmemdup(pool, (const char *)text, (apr_size_t)len);
    }
    OPENSSL_free(text);
    return part;
}

/* As CAs are called: by whose it is, and which one. */
static const char *say_issuer(const X509 *cert, apr_pool_t *pool)
{
    const X509_NAME *name = X509_get_issuer_name(cert);
    const char *whose = get_part(name, NID_organizationName, pool);
    const char *which = get_part(name, NID_commonName, pool);

    if (whose == NULL || which == NULL || strncmp(which, whose, strlen(whose)) == 0) {
        return which != NULL ? which : whose;
    }
    return apr_pstrcat(pool, whose, " ", which, NULL);
}

/* Whether it says where its issuer's certificate is: no root issues so. */
static int has_issuer_elsewhere(const X509 *cert)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    int i, found = 0;

    for (i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        found |= OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(access, i)->method) == NID_ad_ca_issuers;
    }
    AUTHORITY_INFO_ACCESS_free(access);
    return found;
}

static mssl_explain_chain_t judge_chain(const mssl_pair_t *pair)
{
    const X509 *cert = mssl_pair_get_cert(pair);

    if (sk_X509_num(mssl_pair_get_chain(pair)) > 0
        || X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0) {
        return MSSL_CHAIN_COMPLETE;
    }
    return has_issuer_elsewhere(cert) ? MSSL_CHAIN_MISSING : MSSL_CHAIN_UNKNOWN;
}

static const char *say_serial(const X509 *cert, apr_pool_t *pool)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    size_t len = (size_t)ASN1_STRING_length(serial);
    char *text;

    len = len < SERIAL_MAX ? len : SERIAL_MAX;
    text = apr_palloc(pool, 2 * len + 1);
    mssl_text_hex(text, ASN1_STRING_get0_data(serial), len);
    return text;
}

const mssl_explain_cert_t *mssl_explain_cert_make(const mssl_pair_t *pair, const mssl_item_t *item,
                                                  apr_pool_t *pool)
{
    mssl_explain_cert_t *cert = apr_pcalloc(pool, sizeof(*cert));
    const X509 *x509 = mssl_pair_get_cert(pair);
    const char *note = mssl_pair_get_note(pair), **name;
    int i;

    cert->nnames = (int)mssl_pair_count_names(pair);
    cert->name = name = apr_pcalloc(pool, (apr_size_t)(cert->nnames + 1) * sizeof(*name));
    for (i = 0; i < cert->nnames; i++) {
        name[i] = apr_pstrdup(pool, mssl_pair_get_name(pair, (size_t)i));
    }
    cert->issuer = say_issuer(x509, pool);
    cert->serial = say_serial(x509, pool);
    cert->bits = EVP_PKEY_get_bits(X509_get0_pubkey(x509));
    cert->not_before = mssl_pair_get_not_before(pair);
    cert->not_after = mssl_pair_get_not_after(pair);
    cert->file = apr_pstrdup(pool, item->label);
    cert->key_file = apr_pstrdup(pool, item->key_label);
    cert->note = note != NULL ? apr_pstrdup(pool, note) : NULL;
    cert->chain = judge_chain(pair);
    cert->signs_itself = mssl_pair_signs_itself(pair);
    return cert;
}

static const mssl_explain_cert_t *get_cert(const mssl_explained_t *explained, int type)
{
    return explained->serving != NULL ? explained->serving->cert[type] : NULL;
}

/* Browsers that know the issuer, or fetch it, hide it from whoever looks with them. */
static void tell_missing(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                         const mssl_explain_cert_t *cert, apr_pool_t *pool)
{
    if (explained->severity == MSSL_SEVERITY_FINE) {
        explained->sentence = "served, but ITS CHAIN IS INCOMPLETE: some browsers, and most other "
                              "programs, do not trust it.";
    }
    mssl_explain_add_problem(explained, "incomplete_chain", MSSL_SEVERITY_ATTENTION,
                             apr_psprintf(pool, "The certificate of its issuer (%s) is not in %s, and "
                                          "so not sent along.", cert->issuer != NULL ? cert->issuer
                                          : "of no name", cert->file), NULL);
    mssl_explain_add_fix(explained, "Append what the authority calls chain, intermediate or ca-bundle "
                         "to the certificate.", mssl_explain_is_harmless(facts->name)
                         ? apr_psprintf(pool, "msslctl install %s CERT KEY CHAIN", facts->name) : NULL);
}

/* "in 3 hours" */
static const char *say_wait(apr_interval_time_t wait, apr_pool_t *pool)
{
    long minutes = (long)(apr_time_sec(wait) / 60) + 1;

    return minutes < 60      ? apr_psprintf(pool, "in %ld min", minutes)
           : minutes < 2880 ? apr_psprintf(pool, "in %ld h %ld min", minutes / 60, minutes % 60)
                             : apr_psprintf(pool, "in %ld days", minutes / 1440);
}

void mssl_explain_certs(mssl_explained_t *explained, const mssl_explain_facts_t *facts,
                        apr_pool_t *pool)
{
    int type;

    for (type = 0; type < MSSL_KEY_TYPES; type++) {
        const mssl_explain_cert_t *cert = get_cert(explained, type);

        if (cert != NULL && cert->chain == MSSL_CHAIN_MISSING) {
            tell_missing(explained, facts, cert, pool);
        }
        if (cert != NULL && explained->verdict == MSSL_EXPLAIN_NOT_YET_VALID
            && cert->not_before > facts->now) {
            explained->sentence = apr_psprintf(pool, "NOT YET VALID, begins %s. Browsers warn until then.",
                                               say_wait(cert->not_before - facts->now, pool));
        }
    }
}

void mssl_explain_put_sha256(mssl_json_t *json, const unsigned char *sha256)
{
    char hex[2 * MSSL_SHA256_LEN + 1];

    if (sha256 != NULL) {
        mssl_text_hex(hex, sha256, MSSL_SHA256_LEN);
    }
    mssl_json_text(json, "sha256", sha256 != NULL ? hex : NULL);
}

static void put_names(mssl_json_t *json, const mssl_explain_cert_t *cert)
{
    int i;

    if (cert == NULL) {
        mssl_json_null(json, "names");
        return;
    }
    mssl_json_open(json, "names", '[');
    for (i = 0; i < cert->nnames; i++) {
        mssl_json_text(json, NULL, cert->name[i]);
    }
    mssl_json_close(json);
}

/* What only who reads the files knows. */
static void put_details(mssl_json_t *json, const mssl_explain_cert_t *cert)
{
    int is_known = cert != NULL;

    put_names(json, cert);
    mssl_json_int_or_null(json, "bits", is_known, is_known ? cert->bits : 0);
    mssl_json_text(json, "issuer", is_known ? cert->issuer : NULL);
    mssl_json_text(json, "serial", is_known ? cert->serial : NULL);
    mssl_json_time(json, "not_before", is_known ? cert->not_before : 0);
    mssl_json_int_or_null(json, "lifetime_days", is_known,
                          is_known ? (cert->not_after - cert->not_before) / DAY : 0);
    mssl_json_text(json, "key_file", is_known ? cert->key_file : NULL);
    mssl_json_bool_or_null(json, "chain_complete", is_known && cert->chain != MSSL_CHAIN_UNKNOWN,
                           is_known && cert->chain == MSSL_CHAIN_COMPLETE);
    mssl_json_text(json, "note", is_known ? cert->note : NULL);
}

static void put_certificate(mssl_json_t *json, const mssl_explained_t *explained,
                            const mssl_explain_facts_t *facts, mssl_key_type_t type)
{
    const mssl_explain_look_t *serving = explained->serving;
    const mssl_explain_cert_t *cert = get_cert(explained, (int)type);
    apr_time_t not_after = cert != NULL ? cert->not_after : serving->not_after;

    mssl_json_open(json, NULL, '{');
    mssl_json_text(json, "key_type", mssl_key_type_name(type));
    mssl_json_time(json, "not_after", not_after);
    mssl_json_int(json, "days_left", (not_after - facts->now) / DAY);
    mssl_json_text(json, "file", cert != NULL ? cert->file : serving->file);
    mssl_json_text(json, "store", serving->store);
    mssl_json_text(json, "by", serving->key[0] == '*' ? "wildcard" : "name");
    mssl_json_bool(json, "in_service", 1);
    mssl_explain_put_sha256(json, serving->sha256[type]);
    mssl_json_bool(json, "signs_itself", cert != NULL ? cert->signs_itself : serving->signs_itself);
    put_details(json, cert);
    mssl_json_close(json);
}

void mssl_explain_certs_json(mssl_json_t *json, const mssl_explained_t *explained,
                             const mssl_explain_facts_t *facts)
{
    int type;

    mssl_json_open(json, "certificates", '[');
    for (type = 0; explained->serving != NULL && type < MSSL_KEY_TYPES; type++) {
        if (explained->serving->types & (1u << type)) {
            put_certificate(json, explained, facts, (mssl_key_type_t)type);
        }
    }
    mssl_json_close(json);
}

const char *mssl_explain_cert_text(const mssl_explained_t *explained, mssl_key_type_t type,
                                   apr_pool_t *pool)
{
    const mssl_explain_cert_t *cert = get_cert(explained, (int)type);
    const char *names = "";
    apr_time_exp_t at;
    int i;

    if (cert == NULL) {
        return NULL;
    }
    for (i = 0; i < cert->nnames && i < SHOWN_MAX; i++) {
        names = apr_pstrcat(pool, names, i > 0 ? ", " : "", cert->name[i], NULL);
    }
    if (cert->nnames > SHOWN_MAX) {
        names = apr_psprintf(pool, "%s and %d more", names, cert->nnames - SHOWN_MAX);
    }
    apr_time_exp_gmt(&at, cert->not_before);
    return apr_psprintf(pool, "%s%s on %04d-%02d-%02d for %ld days, to %s",
                        cert->issuer != NULL ? "by " : "", cert->issuer != NULL ? cert->issuer : "",
                        at.tm_year + 1900, at.tm_mon + 1, at.tm_mday,
                        (long)((cert->not_after - cert->not_before) / DAY), names);
}
