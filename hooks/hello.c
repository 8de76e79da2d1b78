/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "hooks/hello.h"

#include <string.h>

/* ServerNameList: length (2), then one entry: type (1), length (2), host_name. */
#define SNI_FIXED 5

static void read_sni(const unsigned char *ext, size_t len, mssl_hello_t *hello)
{
    size_t list;
    size_t name;

    if (len < SNI_FIXED || ext[2] != TLSEXT_NAMETYPE_host_name) {
        return;
    }
    list = (size_t)ext[0] << 8 | ext[1];
    name = (size_t)ext[3] << 8 | ext[4];
    if (list != len - 2 || name != len - SNI_FIXED) {
        return;
    }
    if (name < sizeof(hello->sni) && memchr(ext + SNI_FIXED, '\0', name) == NULL) {
        memcpy(hello->sni, ext + SNI_FIXED, name);
    }
    mssl_name_canon(hello->name, (const char *)ext + SNI_FIXED, name);
}

void mssl_hello_read(SSL *ssl, mssl_hello_t *hello)
{
    static const unsigned char acme[] = "\0\013\012acme-tls/1";
    const unsigned char *ext;
    size_t len;

    memset(hello, 0, sizeof(*hello));
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &ext, &len)) {
        hello->had_sni = 1;
        read_sni(ext, len, hello);
    }
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &ext,
                                  &len)) {
        hello->is_acme = len == sizeof(acme) - 1 && memcmp(ext, acme, len) == 0;
    }
}
