/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/pair/formats.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

#include "lib/base/reason.h"

#define BEGIN "-----BEGIN "
#define DASHES "-----"
/** An ASN.1 SEQUENCE, of which every DER file here is one. */
#define SEQUENCE 0x30

/* Where a text is in a blob that may hold NUL bytes. */
static const char *find(const mssl_blob_t *blob, const char *text)
{
    return memmem(blob->data, blob->len, text, strlen(text));
}

/**
 * The text of a file in UTF-16, as Windows editors write it: what is not ASCII becomes '?', which
 * no block holds. Outside of blocks it does not matter.
 * @return from OPENSSL_malloc(), or NULL
 */
static char *narrow(const unsigned char *in, size_t len, int is_big_endian)
{
    char *text = OPENSSL_malloc(len / 2 + 1);
    size_t i;

    for (i = 0; text != NULL && i < len / 2; i++) {
        unsigned char low = in[2 * i + is_big_endian], high = in[2 * i + !is_big_endian];

        text[i] = high == 0 && low != 0 && low < 0x80 ? (char)low : '?';
    }
    if (text != NULL) {
        text[len / 2] = '\0';
    }
    return text;
}

/**
 * "-----END X----------BEGIN Y-----" (files joined by cat, without an end of line between them) is
 * two lines for PEM.
 * @return from OPENSSL_malloc(); NULL: there is no such place
 */
static char *part_lines(const mssl_blob_t *blob, size_t *len)
{
    const char joint[] = DASHES BEGIN;
    const char *from = blob->data, *end = blob->data + blob->len, *at;
    char *text, *to;

    if (find(blob, joint) == NULL) {
        return NULL;
    }
    text = to = OPENSSL_malloc(2 * blob->len + 1); /* a joint of 16 bytes becomes one of 17 */
    while (text != NULL && (at = memmem(from, (size_t)(end - from), joint, sizeof(joint) - 1))) {
        size_t n = (size_t)(at - from) + sizeof(DASHES) - 1;

        memcpy(to, from, n);
        to += n;
        *to++ = '\n';
        from += n;
    }
    if (text != NULL) {
        memcpy(to, from, (size_t)(end - from));
        to += end - from;
        *to = '\0';
        *len = (size_t)(to - text);
    }
    return text;
}

/* DER of a private key in any of its frames: PKCS#8 first, as its version is 0, too. */
static int add_der_key(mssl_blocks_t *blocks, const mssl_blob_t *blob)
{
    EVP_PKEY *key = mssl_key_new_any((const unsigned char *)blob->data, blob->len);

    if (key == NULL) {
        return 0;
    }
    if (blocks->pkey == NULL && blocks->key_frame == MSSL_KEY_FRAME_NONE) {
        blocks->pkey = key;
        key = NULL;
    }
    EVP_PKEY_free(key);
    return 1;
}

/** @return NULL, or what is wrong */
static const char *add_der(mssl_blocks_t *blocks, const mssl_blob_t *blob)
{
    const unsigned char *begin = (const unsigned char *)blob->data, *at = begin;
    long len = (long)blob->len;
    X509 *cert = d2i_X509(NULL, &at, len);
    unsigned char *copy;
    int is_cert = cert != NULL && at == begin + len;
    const char *wrong = NULL;
    PKCS7 *p7;

    X509_free(cert);
    if (is_cert) {
        copy = OPENSSL_memdup(begin, blob->len);
        wrong = copy != NULL ? mssl_blocks_add_cert(blocks, copy, len) : "does not fit in memory";
        if (wrong != NULL) {
            OPENSSL_free(copy);
        }
        return wrong;
    }
    at = begin;
    p7 = d2i_PKCS7(NULL, &at, len);
    if (p7 != NULL) {
        wrong = mssl_blocks_add_pkcs7(blocks, begin, len);
    }
    else if (!add_der_key(blocks, blob)) {
        wrong = "is binary (DER), and neither a whole certificate, PKCS#7 nor a private key without "
                "a passphrase; write it anew as PEM (openssl x509 -inform DER -in FILE -out NEW)";
    }
    PKCS7_free(p7);
    return wrong;
}

/* A file that is no PEM and no DER: what is it? */
static const char *name_it(const mssl_blob_t *blob)
{
    const char *at = blob->data, *end = blob->data + blob->len;

    while (at < end && strchr(" \t\r\n", *at) != NULL) {
        at++;
    }
    if (at == end) {
        return "is empty: write it anew, under another name, and rename it";
    }
    if (end - at > 5 && (strncasecmp(at, "<html", 5) == 0 || strncasecmp(at, "<!doc", 5) == 0)) {
        return "is a web page, not a certificate or key; was it downloaded from behind a login?";
    }
    if (memchr(blob->data, '\0', blob->len) != NULL || (unsigned char)*at >= 0x80) {
        return "is neither PEM nor DER; write it anew as PEM";
    }
    return "holds no PEM block (\"-----BEGIN ...\"); write it anew as PEM";
}

/** Text of our own making, wiped behind. */
static apr_status_t add_text(mssl_blocks_t *blocks, char *text, size_t len, const char *label,
                             mssl_reason_t *why)
{
    const mssl_blob_t blob = { text, len };
    apr_status_t rv = mssl_formats_add(blocks, &blob, label, why);

    OPENSSL_clear_free(text, len);
    return rv;
}

apr_status_t mssl_formats_add(mssl_blocks_t *blocks, const mssl_blob_t *blob, const char *label,
                              mssl_reason_t *why)
{
    const unsigned char *data = (const unsigned char *)blob->data;
    const char *wrong = NULL;
    size_t len = 0;
    char *text;

    if (blob->len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        const mssl_blob_t rest = { blob->data + 3, blob->len - 3 };

        return mssl_formats_add(blocks, &rest, label, why);
    }
    if (blob->len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)) {
        text = narrow(data + 2, blob->len - 2, data[0] == 0xfe);
        return text == NULL ? APR_ENOMEM : add_text(blocks, text, blob->len / 2 - 1, label, why);
    }
    if (find(blob, BEGIN) != NULL) {
        text = part_lines(blob, &len);
        return text == NULL ? mssl_blocks_add_pem(blocks, blob, label, why)
                            : add_text(blocks, text, len, label, why);
    }
    wrong = blob->len > 0 && data[0] == SEQUENCE ? add_der(blocks, blob) : name_it(blob);
    ERR_clear_error();
    if (wrong != NULL) {
        return mssl_reason_set(why, APR_EINVAL, "%s: the file %s", label, wrong);
    }
    return APR_SUCCESS;
}
