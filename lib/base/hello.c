/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/base/hello.h"

#include <openssl/ssl.h>
#include <string.h>

#include "lib/base/client.h"

/* Type (1) and length (3) of the message, legacy_version (2), random (32). */
#define BEFORE_SESSION_ID (4 + 2 + 32)

/** Bytes that are left to read. */
typedef struct bytes_t {
    const unsigned char *at;
    size_t left;
} bytes_t;

/** Take a vector with a length of n bytes before it off the front. @return 0 when it is cut */
static int take_vector(bytes_t *from, size_t n, bytes_t *vector)
{
    size_t len = 0;
    size_t i;

    if (from->left < n) {
        return 0;
    }
    for (i = 0; i < n; i++) {
        len = len << 8 | from->at[i];
    }
    if (from->left - n < len) {
        return 0;
    }
    vector->at = from->at + n;
    vector->left = len;
    from->at += n + len;
    from->left -= n + len;
    return 1;
}

/** RFC 6066 section 3 forbids both: who sends them says nothing (mono, old node, MatrixSSL). */
static int says_nothing(bytes_t name)
{
    unsigned char ip[16];

    return name.left == 0 || mssl_name_parse_ip(ip, (const char *)name.at, name.left) > 0;
}

/** ServerNameList with one entry of type host_name; mod_ssl looks at the first one only, too. */
static void read_sni(bytes_t ext, mssl_hello_t *hello)
{
    bytes_t list;
    bytes_t name;

    hello->had_sni = 1;
    if (!take_vector(&ext, 2, &list) || list.left < 1 || *list.at != TLSEXT_NAMETYPE_host_name) {
        return;
    }
    list.at++;
    list.left--;
    if (!take_vector(&list, 2, &name)) {
        return;
    }
    if (says_nothing(name)) {
        hello->had_sni = 0;
        return;
    }
    if (name.left < sizeof(hello->sni) && memchr(name.at, '\0', name.left) == NULL) {
        memcpy(hello->sni, name.at, name.left);
    }
    mssl_name_canon(hello->name, (const char *)name.at, name.left);
}

static void read_alpn(bytes_t ext, mssl_hello_t *hello)
{
    static const char acme[] = "acme-tls/1";
    bytes_t list;
    bytes_t protocol;

    hello->is_acme = take_vector(&ext, 2, &list) && take_vector(&list, 1, &protocol)
        && list.left == 0 && protocol.left == sizeof(acme) - 1
        && memcmp(protocol.at, acme, sizeof(acme) - 1) == 0;
}

static int read_extensions(bytes_t list, mssl_hello_t *hello)
{
    while (list.left > 0) {
        unsigned int type;
        bytes_t ext;

        if (list.left < 2) {
            return 0;
        }
        type = (unsigned int)list.at[0] << 8 | list.at[1];
        list.at += 2;
        list.left -= 2;
        if (!take_vector(&list, 2, &ext)) {
            return 0;
        }
        if (type == TLSEXT_TYPE_server_name) {
            read_sni(ext, hello);
        }
        else if (type == TLSEXT_TYPE_application_layer_protocol_negotiation) {
            read_alpn(ext, hello);
        }
    }
    return 1;
}

static int read_hello(bytes_t msg, mssl_hello_t *hello)
{
    bytes_t session_id;
    bytes_t ciphers;
    bytes_t compression;
    bytes_t extensions;

    if (msg.left < BEFORE_SESSION_ID || msg.at[0] != SSL3_MT_CLIENT_HELLO) {
        return 0;
    }
    msg.at += BEFORE_SESSION_ID;
    msg.left -= BEFORE_SESSION_ID;
    if (!take_vector(&msg, 1, &session_id) || !take_vector(&msg, 2, &ciphers)
        || !take_vector(&msg, 1, &compression)) {
        return 0;
    }
    hello->stack = mssl_client_stack(ciphers.at, ciphers.left);
    /* TLS 1.2 and before may do without extensions. */
    return msg.left == 0
        || (take_vector(&msg, 2, &extensions) && read_extensions(extensions, hello));
}

int mssl_hello_parse(mssl_hello_t *hello, const unsigned char *msg, size_t len)
{
    bytes_t bytes = { msg, len };

    memset(hello, 0, sizeof(*hello));
    if (!read_hello(bytes, hello)) {
        memset(hello, 0, sizeof(*hello));
        return 0;
    }
    return 1;
}
