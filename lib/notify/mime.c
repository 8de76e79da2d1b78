/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/notify/mime.h"

#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "lib/base/name.h"
#include "lib/base/utf8.h"
#include "lib/pair/passphrase.h"

/** Of an encoded word (RFC 2047, 2: 75 in all): bytes of text, a multiple of three. */
#define WORD_MAX 39
/** Of a line (RFC 2045, 6.7). */
#define LINE_MAX_LEN 75
/** One certificate with its chain has less. */
#define PEM_MAX ((size_t)256 * 1024)

/* The next character, as it may stand in a mail. @return its bytes, in at; their number */
static size_t take(const char **from, const char *end, char at[4])
{
    const char *begin = *from;
    unsigned code = mssl_utf8_next(from, end);

    if (code == MSSL_UTF8_BAD || mssl_utf8_is_control(code)) {
        at[0] = '?';
        return 1;
    }
    memcpy(at, begin, (size_t)(*from - begin));
    return (size_t)(*from - begin);
}

static int is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            return 0;
        }
    }
    return 1;
}

static apr_status_t add_word(mssl_buffer_t *mail, const char *data, size_t len)
{
    unsigned char text[4 * WORD_MAX];

    EVP_EncodeBlock(text, (const unsigned char *)data, (int)len);
    return mssl_buffer_print(mail, "=?utf-8?B?%s?=", (const char *)text);
}

apr_status_t mssl_mime_add_header(mssl_buffer_t *mail, const char *name, const char *text)
{
    const char *end = text + strlen(text), *separator = " ";
    char word[WORD_MAX], one[4];
    size_t len = 0, n;

    if (is_plain(text) && strlen(name) + strlen(text) < LINE_MAX_LEN && strstr(text, "=?") == NULL) {
        return mssl_buffer_print(mail, "%s: %s\n", name, text);
    }
    mssl_buffer_print(mail, "%s:", name);
    while (text < end) {
        n = take(&text, end, one);
        if (len + n > WORD_MAX) { /* no character in two words */
            mssl_buffer_print(mail, "%s", separator);
            add_word(mail, word, len);
            separator = "\n ";
            len = 0;
        }
        memcpy(word + len, one, n);
        len += n;
    }
    mssl_buffer_print(mail, "%s", separator);
    add_word(mail, word, len);
    return mssl_buffer_print(mail, "\n");
}

/* What some program on the way might change: a dot, or "From ", at the beginning of a line. */
static int is_literal(char c, int column, int is_last)
{
    return c == ' ' ? !is_last
                    : c > ' ' && c <= '~' && c != '=' && (column > 0 || (c != '.' && c != 'F'));
}

static void add_quoted(mssl_buffer_t *mail, const char *data, size_t len, int *column, int is_last)
{
    size_t i;

    for (i = 0; i < len; i++) {
        int literal = is_literal(data[i], *column, is_last), width = literal ? 1 : 3;

        if (*column + width > LINE_MAX_LEN) {
            mssl_buffer_add(mail, "=\n", 2);
            *column = 0;
            literal = is_literal(data[i], 0, is_last);
            width = literal ? 1 : 3;
        }
        if (literal) {
            mssl_buffer_add(mail, &data[i], 1);
        }
        else {
            mssl_buffer_print(mail, "=%02X", (unsigned)(unsigned char)data[i]);
        }
        *column += width;
    }
}

apr_status_t mssl_mime_add_text(mssl_buffer_t *mail, const char *charset, const char *text)
{
    const char *end = text + strlen(text);
    int column = 0;
    char one[4];
    size_t n;

    mssl_buffer_print(mail, "Content-Type: text/plain; charset=%s\n"
                      "Content-Transfer-Encoding: quoted-printable\n\n", charset);
    while (text < end) {
        if (*text == '\n') {
            mssl_buffer_add(mail, text++, 1);
            column = 0;
            continue;
        }
        n = take(&text, end, one);
        add_quoted(mail, one, n, &column, text == end || *text == '\n');
    }
    return mssl_buffer_print(mail, "%s", column > 0 ? "\n" : "");
}

const char *mssl_mime_read_certificates(const char *pem, apr_pool_t *pool)
{
    BIO *in = BIO_new_mem_buf(pem, -1), *out = BIO_new(BIO_s_mem());
    const char *text = NULL;
    int ok = in != NULL && out != NULL;
    char *data;
    X509 *cert;
    long len;

    while (ok && (cert = PEM_read_bio_X509(in, NULL, mssl_passphrase_refuse, NULL)) != NULL) {
        ok = PEM_write_bio_X509(out, cert) == 1;
        X509_free(cert);
    }
    len = ok ? BIO_get_mem_data(out, &data) : 0;
    if (len > 0 && (size_t)len <= PEM_MAX) {
        text = apr_pstrmemdup(pool, data, (apr_size_t)len);
    }
    BIO_free(out);
    BIO_free(in);
    ERR_clear_error();
    return text;
}

/* @return NULL: there is nothing to attach, or no name for it */
static const char *find_certificate(const mssl_json_value_t *item, char name[MSSL_NAME_SIZE],
                                    apr_pool_t *pool)
{
    const char *pem = mssl_json_get_text(item, "certificate", NULL);
    const char *text = mssl_json_get_text(item, "name", "");

    return pem != NULL && mssl_name_canon_pattern(name, text, strlen(text))
               ? mssl_mime_read_certificates(pem, pool) : NULL;
}

int mssl_mime_has_certificate(const mssl_json_value_t *item, apr_pool_t *pool)
{
    char name[MSSL_NAME_SIZE];

    return find_certificate(item, name, pool) != NULL;
}

apr_status_t mssl_mime_add_certificates(mssl_buffer_t *mail, const mssl_json_value_t *first,
                                        apr_pool_t *pool)
{
    char name[MSSL_NAME_SIZE];
    int n = 0;

    for (; first != NULL && n < MSSL_MIME_ATTACHED_MAX; first = first->next) {
        const char *pem = find_certificate(first, name, pool);

        if (pem == NULL) {
            continue;
        }
        name[0] = name[0] == '*' ? '_' : name[0];
        n++;
        /* RFC 8555, 9.1: its lines are short, and ASCII. */
        mssl_buffer_print(mail, "\n--" MSSL_MIME_BOUNDARY "\n"
                          "Content-Type: application/pem-certificate-chain\n"
                          "Content-Transfer-Encoding: 7bit\n"
                          "Content-Disposition: attachment;\n filename=\"%s.pem\"\n\n%s", name, pem);
    }
    return mssl_buffer_print(mail, "\n--" MSSL_MIME_BOUNDARY "--\n");
}
