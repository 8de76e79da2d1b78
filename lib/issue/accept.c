/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/accept.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/asn1time.h"
#include "lib/base/reason.h"
#include "lib/base/text.h"
#include "lib/pair/blocks.h"
#include "lib/pair/judge.h"
#include "lib/pair/passphrase.h"

#define RSA_BITS 2048
#define MAX_SHOWN 100
/** How the chain is called in a reason. */
#define LABEL "the chain"

static int push_name(GENERAL_NAMES *list, const char *name)
{
    GENERAL_NAME *entry = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    int ok = entry != NULL && text != NULL && ASN1_STRING_set(text, name, -1) == 1;

    if (ok) {
        GENERAL_NAME_set0_value(entry, GEN_DNS, text);
        text = NULL;
        ok = sk_GENERAL_NAME_push(list, entry) > 0;
        entry = ok ? NULL : entry;
    }
    ASN1_IA5STRING_free(text);
    GENERAL_NAME_free(entry);
    return ok;
}

/* The names as the entries of subjectAltName: critical, as there is no subject. */
static int add_names(X509_REQ *csr, const char *names)
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();
    STACK_OF(X509_EXTENSION) *extensions = NULL;
    char name[MSSL_NAME_SIZE];
    int ok = list != NULL;

    while (ok && mssl_names_next(name, &names)) {
        ok = push_name(list, name);
    }
    ok = ok && X509V3_add1_i2d(&extensions, NID_subject_alt_name, list, 1, X509V3_ADD_DEFAULT) == 1
         && X509_REQ_add_extensions(csr, extensions) == 1;
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    GENERAL_NAMES_free(list);
    return ok;
}

/* A BIO's content, behind what is there. */
static int take(mssl_buffer_t *buffer, BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    return len > 0 && mssl_buffer_add(buffer, data, (size_t)len) == APR_SUCCESS;
}

static int write_both(mssl_buffer_t *key, mssl_buffer_t *csr, EVP_PKEY *pkey, X509_REQ *request)
{
    BIO *secret = BIO_new(BIO_s_secmem()), *open = BIO_new(BIO_s_mem());
    int ok = secret != NULL && open != NULL
             && PEM_write_bio_PKCS8PrivateKey(secret, pkey, NULL, NULL, 0, NULL, NULL) == 1
             && PEM_write_bio_X509_REQ(open, request) == 1 && take(key, secret) && take(csr, open);

    BIO_free(secret);
    BIO_free(open);
    return ok;
}

apr_status_t mssl_csr_make(mssl_buffer_t *key, mssl_buffer_t *csr, const char *names,
                           mssl_key_type_t type, mssl_reason_t *why)
{
    EVP_PKEY *pkey = type == MSSL_KEY_RSA ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    int ok = pkey != NULL && request != NULL
             && X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1
             && X509_REQ_set_pubkey(request, pkey) == 1 && add_names(request, names)
             && X509_REQ_sign(request, pkey, EVP_sha256()) > 0
             && write_both(key, csr, pkey, request);

    X509_REQ_free(request);
    EVP_PKEY_free(pkey);
    if (!ok) {
        return mssl_reason_set_openssl(why, APR_EGENERAL, "a key and a request for %s cannot be "
                                       "made", names);
    }
    return APR_SUCCESS;
}

apr_status_t mssl_accept_join(mssl_buffer_t *file, const mssl_buffer_t *chain,
                              const mssl_buffer_t *key)
{
    apr_status_t rv = mssl_buffer_add(file, chain->data, chain->len);

    if (rv == APR_SUCCESS && chain->data[chain->len - 1] != '\n') {
        rv = mssl_buffer_add(file, "\n", 1);
    }
    return rv == APR_SUCCESS ? mssl_buffer_add(file, key->data, key->len) : rv;
}

/* What is there at all: certificates, and nothing that could stand in for our key. */
static apr_status_t check_blocks(const mssl_buffer_t *chain, mssl_reason_t *why)
{
    mssl_blob_t blob = { chain->data, chain->len };
    mssl_blocks_t blocks;
    apr_status_t rv;

    if (chain->len == 0) {
        return mssl_reason_set(why, APR_EINVAL, LABEL " is empty");
    }
    if (chain->len > MSSL_CHAIN_MAX) {
        return mssl_reason_set(why, APR_EINVAL, LABEL " is larger than 64 KB");
    }
    memset(&blocks, 0, sizeof(blocks));
    rv = mssl_blocks_add_pem(&blocks, &blob, LABEL, why);
    if (rv == APR_SUCCESS && (blocks.key_frame != MSSL_KEY_FRAME_NONE || blocks.pkey != NULL)) {
        rv = mssl_reason_set(why, APR_EINVAL, LABEL " has a private key in it, and is to be "
                             "certificates alone");
    }
    if (rv == APR_SUCCESS && blocks.ncerts == 0) {
        rv = mssl_reason_set(why, APR_EINVAL, LABEL " has no certificate in it (PEM)");
    }
    mssl_blocks_free(&blocks);
    ERR_clear_error();
    return rv;
}

/* As a store's file. @param pair out: one reference */
static apr_status_t judge(mssl_pair_t **pair, const char *name, const mssl_buffer_t *key,
                          const mssl_buffer_t *chain, mssl_reason_t *why)
{
    mssl_buffer_t file = { .max = MSSL_FILE_MAX };
    mssl_item_t item = { .label = LABEL, .key_label = LABEL, .format = MSSL_FORMAT_PEM };
    apr_status_t rv = mssl_accept_join(&file, chain, key);

    *pair = NULL;
    if (rv == APR_SUCCESS) {
        item.cert.data = file.data;
        item.cert.len = file.len;
        rv = mssl_judge_item(pair, &item, name, NULL, why);
    }
    else {
        mssl_reason_set(why, rv, LABEL ": no memory");
    }
    mssl_buffer_free(&file);
    return rv;
}

static const char *say_time(apr_time_t time, apr_pool_t *pool)
{
    apr_time_exp_t at;

    apr_time_exp_gmt(&at, time);
    return apr_psprintf(pool, "%04d-%02d-%02d %02d:%02d:%02d UTC", at.tm_year + 1900, at.tm_mon + 1,
                        at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
}

static apr_status_t check_dates(const mssl_pair_t *pair, apr_time_t replaces, apr_time_t now,
                                apr_pool_t *pool, mssl_reason_t *why)
{
    apr_time_t from = mssl_pair_get_not_before(pair), until = mssl_pair_get_not_after(pair);

    if (!mssl_pair_is_valid_at(pair, now)) {
        return now < from ? mssl_reason_set(why, APR_EINVAL, "the certificate is valid from %s on "
                                            "only: is this machine's clock right?",
                                            say_time(from, pool))
                          : mssl_reason_set(why, APR_EINVAL, "the certificate has expired at %s",
                                            say_time(until, pool));
    }
    if (mssl_pair_get_rank(pair, now) < MSSL_RANK_BEST) {
        return mssl_reason_set(why, APR_EINVAL, "a certificate of the chain is not valid now");
    }
    if (replaces != 0 && until <= replaces) {
        return mssl_reason_set(why, APR_EINVAL, "the certificate ends at %s, and the one that it "
                               "is to replace does not end earlier", say_time(until, pool));
    }
    return APR_SUCCESS;
}

/* One entry of subjectAltName for a person, in pool. */
static const char *say_entry(const GENERAL_NAME *entry, apr_pool_t *pool)
{
    const ASN1_IA5STRING *text = entry->type == GEN_DNS || entry->type == GEN_EMAIL
                                 || entry->type == GEN_URI ? entry->d.ia5 : NULL;

    if (text == NULL) {
        return entry->type == GEN_IPADD ? "an address" : "an entry of another kind";
    }
    return mssl_text_printable(pool, (const char *)ASN1_STRING_get0_data(text),
                               (size_t)ASN1_STRING_length(text), MAX_SHOWN);
}

static int is_name(const GENERAL_NAME *entry, const char *name)
{
    size_t len = strlen(name);

    return entry->type == GEN_DNS && (size_t)ASN1_STRING_length(entry->d.ia5) == len
           && strncasecmp((const char *)ASN1_STRING_get0_data(entry->d.ia5), name, len) == 0;
}

static int is_one_of(const GENERAL_NAME *entry, const char *names)
{
    char name[MSSL_NAME_SIZE];

    while (mssl_names_next(name, &names)) {
        if (is_name(entry, name)) {
            return 1;
        }
    }
    return 0;
}

/* @return the first entry that is none of the names; NULL: there is none */
static const GENERAL_NAME *find_other(const GENERAL_NAMES *list, const char *names)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(list); i++) {
        if (!is_one_of(sk_GENERAL_NAME_value(list, i), names)) {
            return sk_GENERAL_NAME_value(list, i);
        }
    }
    return NULL;
}

/* @return whether a name is not there. @param missing out: the first of those */
static int find_missing(const GENERAL_NAMES *list, const char *names, char missing[MSSL_NAME_SIZE])
{
    int i;

    while (mssl_names_next(missing, &names)) {
        for (i = 0; i < sk_GENERAL_NAME_num(list); i++) {
            if (is_name(sk_GENERAL_NAME_value(list, i), missing)) {
                break;
            }
        }
        if (i >= sk_GENERAL_NAME_num(list)) {
            return 1;
        }
    }
    return 0;
}

int mssl_csr_is_for(const X509_REQ *csr, const char *names)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions((X509_REQ *)csr);
    GENERAL_NAMES *list = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
    char missing[MSSL_NAME_SIZE];
    int is = list != NULL && find_other(list, names) == NULL && !find_missing(list, names, missing);

    GENERAL_NAMES_free(list);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return is;
}

/* Nothing is certified that was not asked for: whoever vouches for a name vouches for that one. */
static apr_status_t check_names(const mssl_pair_t *pair, const char *names, apr_pool_t *pool,
                                mssl_reason_t *why)
{
    GENERAL_NAMES *list = X509_get_ext_d2i(mssl_pair_get_cert(pair), NID_subject_alt_name, NULL,
                                           NULL);
    const GENERAL_NAME *entry = list != NULL ? find_other(list, names) : NULL;
    const char *other = list == NULL ? "no name but in its subject"
                        : entry != NULL ? say_entry(entry, pool) : NULL;
    char missing[MSSL_NAME_SIZE];
    apr_status_t rv = APR_SUCCESS;

    if (other != NULL) {
        rv = mssl_reason_set(why, APR_EINVAL, "the certificate has %s, and %s alone was asked for",
                             other, names);
    }
    else if (find_missing(list, names, missing)) {
        rv = mssl_reason_set(why, APR_EINVAL, "the certificate has not %s, which was asked for",
                             missing);
    }
    GENERAL_NAMES_free(list);
    return rv;
}

static X509_STORE *make_roots(const char *ca_file)
{
    X509_STORE *roots = X509_STORE_new();

    if (roots != NULL && (ca_file != NULL ? X509_STORE_load_file(roots, ca_file)
                                          : X509_STORE_set_default_paths(roots)) != 1) {
        X509_STORE_free(roots);
        roots = NULL;
    }
    return roots;
}

static apr_status_t check_roots(const mssl_pair_t *pair, const char *ca_file, apr_time_t now,
                                mssl_reason_t *why)
{
    const char *where = ca_file != NULL ? ca_file : "this system";
    X509_STORE *roots = make_roots(ca_file);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    apr_status_t rv = APR_SUCCESS;

    if (roots == NULL || ctx == NULL
        || X509_STORE_CTX_init(ctx, roots, mssl_pair_get_cert(pair),
                               mssl_pair_get_chain(pair)) != 1) {
        rv = mssl_reason_set_openssl(why, APR_EINVAL, "the roots of %s cannot be read", where);
    }
    else {
        X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
        X509_STORE_CTX_set_time(ctx, 0, (time_t)apr_time_sec(now));
        if (X509_verify_cert(ctx) != 1) {
            rv = mssl_reason_set(why, APR_EINVAL, "the chain does not lead to a root of %s (%s)%s",
                                 where,
                                 X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)),
                                 ca_file == NULL ? "; an own CA's root is named by --ca-file" : "");
        }
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(roots);
    ERR_clear_error();
    return rv;
}

static void note_serial(mssl_accepted_t *accepted, const X509 *cert)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    size_t len = (size_t)ASN1_STRING_length(serial), most = (sizeof(accepted->serial) - 1) / 2;

    mssl_text_hex(accepted->serial, ASN1_STRING_get0_data(serial), len < most ? len : most);
}

static void note(mssl_accepted_t *accepted, const mssl_pair_t *pair)
{
    accepted->not_before = mssl_pair_get_not_before(pair);
    accepted->not_after = mssl_pair_get_not_after(pair);
    note_serial(accepted, mssl_pair_get_cert(pair));
    mssl_text_hex(accepted->sha256, mssl_pair_get_sha256(pair), MSSL_SHA256_LEN);
}

apr_status_t mssl_accept_read(mssl_accepted_t *accepted, const mssl_buffer_t *chain)
{
    BIO *bio = BIO_new_mem_buf(chain->data, (int)chain->len);
    X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, mssl_passphrase_refuse, NULL) : NULL;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len;
    int is_read = cert != NULL
                  && mssl_asn1time_get(&accepted->not_before, X509_get0_notBefore(cert))
                  && mssl_asn1time_get(&accepted->not_after, X509_get0_notAfter(cert))
                  && X509_digest(cert, EVP_sha256(), digest, &len) == 1;

    if (is_read) {
        note_serial(accepted, cert);
        mssl_text_hex(accepted->sha256, digest, len);
    }
    X509_free(cert);
    BIO_free(bio);
    ERR_clear_error();
    return is_read ? APR_SUCCESS : APR_EINVAL;
}

/* @param is_trial it may lead to any root, as a CA for trials has one that nobody trusts */
static apr_status_t judge_all(mssl_accepted_t *accepted, const char *names,
                              const mssl_buffer_t *key, const mssl_buffer_t *chain,
                              apr_time_t replaces, const char *ca_file, int is_trial,
                              apr_time_t now, apr_pool_t *pool, mssl_reason_t *why)
{
    char name[MSSL_NAME_SIZE];
    const char *at = names;
    mssl_pair_t *pair = NULL;
    apr_status_t rv = check_blocks(chain, why);

    memset(accepted, 0, sizeof(*accepted));
    if (rv == APR_SUCCESS && !mssl_names_next(name, &at)) {
        rv = mssl_reason_set(why, APR_EINVAL, "no name was asked for");
    }
    if (rv == APR_SUCCESS) {
        rv = judge(&pair, name, key, chain, why);
    }
    if (rv == APR_SUCCESS) {
        rv = check_dates(pair, replaces, now, pool, why);
    }
    if (rv == APR_SUCCESS) {
        rv = check_names(pair, names, pool, why);
    }
    if (rv == APR_SUCCESS && !is_trial) {
        rv = check_roots(pair, ca_file, now, why);
    }
    if (rv == APR_SUCCESS) {
        note(accepted, pair);
    }
    mssl_pair_unref(pair);
    return rv == APR_SUCCESS ? rv : APR_EINVAL;
}

apr_status_t mssl_accept(mssl_accepted_t *accepted, const char *names, const mssl_buffer_t *key,
                         const mssl_buffer_t *chain, apr_time_t replaces, const char *ca_file,
                         apr_time_t now, apr_pool_t *pool, mssl_reason_t *why)
{
    return judge_all(accepted, names, key, chain, replaces, ca_file, 0, now, pool, why);
}

apr_status_t mssl_accept_trial(mssl_accepted_t *accepted, const char *name,
                               const mssl_buffer_t *key, const mssl_buffer_t *chain,
                               apr_time_t now, apr_pool_t *pool, mssl_reason_t *why)
{
    return judge_all(accepted, name, key, chain, 0, NULL, 1, now, pool, why);
}
