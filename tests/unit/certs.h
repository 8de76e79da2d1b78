/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MSSL_TESTS_CERTS_H
#define MSSL_TESTS_CERTS_H

/**
 * @file certs.h
 * Keys, certificates and files made on the fly, for the tests of lib/. All inline, so that
 * each test links nothing but what it tests; failures end the test program.
 */

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CERT_DAY (24L * 3600)

/** What a certificate is to be. Zero means the usual. */
typedef struct cert_spec_t {
    const char *names;    /**< "a.example,*.b.example" for dNSNames; NULL: none */
    const char *cn;       /**< "test" */
    const char *key;      /**< "ec", "rsa", "rsa1024", "ed25519", "p384"; "ec" */
    const char *digest;   /**< "SHA256" */
    long begins, ends;    /**< seconds from now; -1 day, +90 days */
    int is_ca;
} cert_spec_t;

/** A certificate with its key. */
typedef struct cert_t {
    X509 *x509;
    EVP_PKEY *key;
} cert_t;

#define CERTS_CHECK(condition)                                                          \
    do {                                                                                \
        if (!(condition)) {                                                             \
            fprintf(stderr, "%s:%d: %s failed\n", __FILE__, __LINE__, #condition);      \
            abort();                                                                    \
        }                                                                               \
    } while (0)

static inline EVP_PKEY *certs_key(const char *kind)
{
    EVP_PKEY *key;

    if (kind == NULL || strcmp(kind, "ec") == 0) {
        key = EVP_EC_gen("P-256");
    }
    else if (strcmp(kind, "p384") == 0) {
        key = EVP_EC_gen("P-384");
    }
    else if (strncmp(kind, "rsa", 3) == 0) {
        key = EVP_RSA_gen(kind[3] != '\0' ? (unsigned)atoi(kind + 3) : 2048u);
    }
    else {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
    CERTS_CHECK(key != NULL);
    return key;
}

static inline void certs_add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    CERTS_CHECK(extension != NULL && X509_add_ext(x509, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static inline void certs_add_names(X509 *x509, X509 *issuer, const char *names)
{
    char *value = calloc(1, 6 * strlen(names) + 1), *copy = strdup(names), *name, *state;

    CERTS_CHECK(value != NULL && copy != NULL);
    for (name = strtok_r(copy, ",", &state); name != NULL; name = strtok_r(NULL, ",", &state)) {
        strcat(value, value[0] != '\0' ? ",DNS:" : "DNS:");
        strcat(value, name);
    }
    certs_add_extension(x509, issuer, NID_subject_alt_name, value);
    free(value);
    free(copy);
}

/** From OpenSSL 4.0 on the name of a certificate can be set only, not be added to. */
static inline void certs_set_cn(X509 *x509, const char *cn)
{
    X509_NAME *name = X509_NAME_new();

    CERTS_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn,
                                           -1, -1, 0) == 1
                && X509_set_subject_name(x509, name) == 1);
    X509_NAME_free(name);
}

/** Its CN. Not by X509_NAME_get_text_by_NID, which OpenSSL 4.0 deprecates. */
static inline void certs_get_cn(const X509 *x509, char *cn, size_t size)
{
    const X509_NAME *subject = X509_get_subject_name(x509);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));

    snprintf(cn, size, "%.*s", ASN1_STRING_length(text), (const char *)ASN1_STRING_get0_data(text));
}

/** Make a certificate; issuer NULL: self-signed. */
static inline cert_t certs_new(const cert_spec_t *spec, const cert_t *issuer)
{
    cert_t cert = { X509_new(), certs_key(spec->key) };
    X509 *by = issuer != NULL ? issuer->x509 : cert.x509;
    EVP_PKEY *signer = issuer != NULL ? issuer->key : cert.key;
    const EVP_MD *md = EVP_get_digestbyname(spec->digest != NULL ? spec->digest : "SHA256");
    const char *cn = spec->cn != NULL ? spec->cn : "test";
    apr_uint64_t serial;

    RAND_bytes((unsigned char *)&serial, sizeof(serial));
    X509_set_version(cert.x509, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.x509), serial >> 1);
    certs_set_cn(cert.x509, cn);
    X509_set_issuer_name(cert.x509, X509_get_subject_name(by));
    X509_gmtime_adj(X509_getm_notBefore(cert.x509), spec->begins != 0 ? spec->begins : -CERT_DAY);
    X509_gmtime_adj(X509_getm_notAfter(cert.x509), spec->ends != 0 ? spec->ends : 90 * CERT_DAY);
    X509_set_pubkey(cert.x509, cert.key);
    certs_add_extension(cert.x509, by, NID_basic_constraints,
                        spec->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (spec->names != NULL) {
        certs_add_names(cert.x509, by, spec->names);
    }
    if (EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519) {
        md = NULL;
    }
    CERTS_CHECK(X509_sign(cert.x509, signer, md) > 0);
    return cert;
}

static inline void certs_free(cert_t *cert)
{
    X509_free(cert->x509);
    EVP_PKEY_free(cert->key);
    cert->x509 = NULL;
    cert->key = NULL;
}

/** A growing text of PEM blocks; zero it first, free text. */
typedef struct pem_t {
    char *text;
    size_t len;
} pem_t;

static inline void certs_append(pem_t *pem, BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    pem->text = realloc(pem->text, pem->len + (size_t)len + 1);
    CERTS_CHECK(pem->text != NULL);
    memcpy(pem->text + pem->len, data, (size_t)len);
    pem->len += (size_t)len;
    pem->text[pem->len] = '\0';
    BIO_free(bio);
}

static inline void certs_add_cert(pem_t *pem, X509 *x509)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_X509(bio, x509);
    certs_append(pem, bio);
}

static inline void certs_add_key(pem_t *pem, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    certs_append(pem, bio);
}

/** "EC PRIVATE KEY" or "RSA PRIVATE KEY". */
static inline void certs_add_old_key(pem_t *pem, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
    certs_append(pem, bio);
}

/** A new directory below /tmp, not writable by others. */
static inline void certs_folder(char *path, size_t size)
{
    snprintf(path, size, "/tmp/mssl-test-XXXXXX");
    CERTS_CHECK(mkdtemp(path) != NULL);
    CERTS_CHECK(chmod(path, 0755) == 0);
}

static inline void certs_remove(const char *folder)
{
    char command[512];

    CERTS_CHECK(strncmp(folder, "/tmp/mssl-test-", 15) == 0);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    CERTS_CHECK(system(command) == 0);
}

static inline void certs_link(const char *target, const char *path)
{
    CERTS_CHECK(symlink(target, path) == 0);
}

static inline void certs_chown(const char *path, unsigned uid)
{
    CERTS_CHECK(lchown(path, uid, uid) == 0);
}

/** Write a file by way of a rename, and the folders that it is in. */
static inline void certs_write(const char *folder, const char *name, const void *data, size_t len)
{
    char path[1024], fresh[1100], *slash;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (slash = strchr(path + strlen(folder), '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    file = fopen(fresh, "w");
    CERTS_CHECK(file != NULL && fwrite(data, 1, len, file) == len && fclose(file) == 0);
    CERTS_CHECK(rename(fresh, path) == 0);
}

static inline void certs_write_text(const char *folder, const char *name, const char *text)
{
    certs_write(folder, name, text, strlen(text));
}

/** One file with everything: NAME.pem. */
static inline void certs_write_joined(const char *folder, const char *name, const cert_t *cert)
{
    pem_t pem = { NULL, 0 };

    certs_add_cert(&pem, cert->x509);
    certs_add_key(&pem, cert->key);
    certs_write(folder, name, pem.text, pem.len);
    free(pem.text);
}

/** Certificate and key apart. */
static inline void certs_write_pair(const char *folder, const char *cert_name,
                                    const char *key_name, const cert_t *cert)
{
    pem_t pem = { NULL, 0 }, key = { NULL, 0 };

    certs_add_cert(&pem, cert->x509);
    certs_add_key(&key, cert->key);
    certs_write(folder, cert_name, pem.text, pem.len);
    certs_write(folder, key_name, key.text, key.len);
    free(pem.text);
    free(key.text);
}

#endif /* MSSL_TESTS_CERTS_H */
