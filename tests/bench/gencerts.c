/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * gencerts FOLDER FIRST COUNT [MODE]
 *
 * Writes FOLDER/sNNNNNN.bench.example.pem for COUNT names from number FIRST on: P-256 certificate,
 * one intermediate, PKCS#8 key, in one file (permissions MODE, octal, default 600). This one form
 * is what a dir: store, HAProxy's "crt FOLDER" and hitch's pem-dir take, and nginx and mod_ssl read
 * certificate and key out of the same file. The intermediate is new in each run, its root is not
 * written: nobody verifies the chain here.
 */

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 64
#define DAYS      90

/* OneAsymmetricKey of a P-256 key (RFC 5958, RFC 5915): the private key and the public point are put
 * into their places. OpenSSL's own encoder would cost more than the key and the signature together. */
#define KEY_SIZE    138
#define KEY_PRIVATE 36
#define KEY_PUBLIC  73
static const unsigned char key_form[KEY_SIZE] = {
    0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04,
    0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
    [68] = 0xa1, 0x44, 0x03, 0x42, 0x00
};

/** What all certificates of a run share. */
typedef struct issuer_t {
    EVP_PKEY_CTX *keygen;
    EVP_PKEY *key;
    X509 *cert;
    X509_EXTENSION *aki, *eku;
    BIO *pem; /**< of cert */
    const char *folder;
    mode_t mode;
} issuer_t;

static void fail(const char *what)
{
    fprintf(stderr, "gencerts: %s: %s\n", what, errno ? strerror(errno) : "OpenSSL");
    ERR_print_errors_fp(stderr);
    exit(1);
}

/** Name, random serial, validity. */
static X509 *make_cert(const char *subject, const X509_NAME *issuer)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_NAME_new();
    uint64_t serial;

    if (cert == NULL || name == NULL || RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1
        || !X509_set_version(cert, X509_VERSION_3)
        || !ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1)
        || !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)subject,
                                       -1, -1, 0)
        || !X509_set_subject_name(cert, name)
        || !X509_set_issuer_name(cert, issuer != NULL ? issuer : name)
        || X509_gmtime_adj(X509_getm_notBefore(cert), -86400L) == NULL
        || X509_gmtime_adj(X509_getm_notAfter(cert), DAYS * 86400L) == NULL) {
        fail("a certificate");
    }
    X509_NAME_free(name);
    return cert;
}

static EVP_PKEY *make_key(const issuer_t *ca)
{
    EVP_PKEY *key = NULL;

    if (EVP_PKEY_keygen(ca->keygen, &key) <= 0) {
        fail("a key");
    }
    return key;
}

static void add_text_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    if (ext == NULL || !X509_add_ext(cert, ext, -1)) {
        fail("an extension");
    }
    X509_EXTENSION_free(ext);
}

static void init_issuer(issuer_t *ca)
{
    X509V3_CTX ctx;
    X509_NAME *root = X509_NAME_new();
    BIO *mem = BIO_new(BIO_s_mem());
    EVP_PKEY *root_key;

    ca->keygen = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    if (root == NULL || mem == NULL || ca->keygen == NULL || EVP_PKEY_keygen_init(ca->keygen) <= 0
        || EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ca->keygen, NID_X9_62_prime256v1) <= 0
        || !X509_NAME_add_entry_by_txt(root, "CN", MBSTRING_ASC,
                                       (const unsigned char *)"mssl bench root", -1, -1, 0)) {
        fail("the issuer");
    }
    root_key = make_key(ca);
    ca->key = make_key(ca);
    ca->cert = make_cert("mssl bench intermediate", root);
    X509_set_pubkey(ca->cert, ca->key);
    add_text_extension(ca->cert, NID_basic_constraints, "critical,CA:TRUE");
    add_text_extension(ca->cert, NID_key_usage, "critical,keyCertSign");
    add_text_extension(ca->cert, NID_subject_key_identifier, "hash");
    X509V3_set_ctx(&ctx, ca->cert, ca->cert, NULL, NULL, 0);
    ca->aki = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
    ca->eku = X509V3_EXT_conf_nid(NULL, &ctx, NID_ext_key_usage, "serverAuth");
    if (ca->aki == NULL || ca->eku == NULL || !X509_sign(ca->cert, root_key, EVP_sha256())
        || !PEM_write_bio_X509(mem, ca->cert)) {
        fail("the intermediate");
    }
    ca->pem = mem;
    EVP_PKEY_free(root_key);
    X509_NAME_free(root);
}

static void write_key(BIO *out, const EVP_PKEY *key)
{
    unsigned char der[KEY_SIZE];
    BIGNUM *private = NULL;
    size_t len = 0;

    memcpy(der, key_form, sizeof(der));
    if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &private)
        || BN_bn2binpad(private, der + KEY_PRIVATE, 32) != 32
        || !EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, der + KEY_PUBLIC,
                                            KEY_SIZE - KEY_PUBLIC, &len)
        || len != KEY_SIZE - KEY_PUBLIC
        || !PEM_write_bio(out, "PRIVATE KEY", "", der, sizeof(der))) {
        fail("a key in PEM");
    }
    BN_clear_free(private);
}

static X509 *issue(const issuer_t *ca, const char *name, EVP_PKEY *key)
{
    X509 *cert = make_cert(name, X509_get_subject_name(ca->cert));
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *entry = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();

    if (names == NULL || entry == NULL || text == NULL || !ASN1_STRING_set(text, name, -1)) {
        fail("a name");
    }
    GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    if (!sk_GENERAL_NAME_push(names, entry) || !X509_set_pubkey(cert, key)
        || !X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT)
        || !X509_add_ext(cert, ca->eku, -1) || !X509_add_ext(cert, ca->aki, -1)
        || !X509_sign(cert, ca->key, EVP_sha256())) {
        fail("a certificate");
    }
    GENERAL_NAMES_free(names);
    return cert;
}

/** Complete at once: a server may be reading the folder. */
static void write_file(const issuer_t *ca, const char *name, const char *text, long len)
{
    char path[4096], temporary[4096];
    int fd;

    if (snprintf(path, sizeof(path), "%s/%s.pem", ca->folder, name) >= (int)sizeof(path)
        || snprintf(temporary, sizeof(temporary), "%s/%s.new~", ca->folder, name)
            >= (int)sizeof(temporary)) {
        errno = ENAMETOOLONG;
        fail(ca->folder);
    }
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, (size_t)len) != len || fchmod(fd, ca->mode) != 0 || close(fd) != 0
        || rename(temporary, path) != 0) {
        fail(path);
    }
}

static void write_name(const issuer_t *ca, long number)
{
    char name[NAME_SIZE], *text, *chain;
    long chain_len = BIO_get_mem_data(ca->pem, &chain);
    EVP_PKEY *key = make_key(ca);
    BIO *mem = BIO_new(BIO_s_mem());
    X509 *cert;
    long len;

    snprintf(name, sizeof(name), "s%06ld.bench.example", number);
    cert = issue(ca, name, key);
    if (mem == NULL || !PEM_write_bio_X509(mem, cert)
        || BIO_write(mem, chain, (int)chain_len) != chain_len) {
        fail("a file's text");
    }
    write_key(mem, key);
    len = BIO_get_mem_data(mem, &text);
    write_file(ca, name, text, len);
    BIO_free(mem);
    X509_free(cert);
    EVP_PKEY_free(key);
}

int main(int argc, char **argv)
{
    issuer_t ca = { .mode = 0600 };
    long first, count, i;

    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: gencerts FOLDER FIRST COUNT [MODE]\n");
        return 2;
    }
    ca.folder = argv[1];
    first = strtol(argv[2], NULL, 10);
    count = strtol(argv[3], NULL, 10);
    if (argc == 5) {
        ca.mode = (mode_t)strtol(argv[4], NULL, 8);
    }
    if (mkdir(ca.folder, 0755) != 0 && errno != EEXIST) {
        fail(ca.folder);
    }
    errno = 0;
    init_issuer(&ca);
    for (i = first; i < first + count; i++) {
        write_name(&ca, i);
    }
    BIO_free(ca.pem);
    X509_EXTENSION_free(ca.aki);
    X509_EXTENSION_free(ca.eku);
    X509_free(ca.cert);
    EVP_PKEY_free(ca.key);
    EVP_PKEY_CTX_free(ca.keygen);
    return 0;
}
