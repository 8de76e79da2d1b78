/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/client.h"

#include <netinet/in.h>
#include <string.h>

#define PREFIX_LEN 8 /* a /64: what one subscriber usually has, and may change within at will */

/* FNV-1a: tells apart, protects nothing. Whoever wants to look like another stack can be one. */
#define FNV_BASIS 0xcbf29ce484222325ULL
#define FNV_PRIME 0x00000100000001b3ULL

#define RENEGOTIATION_SCSV 0x00ff
#define FALLBACK_SCSV 0x5600

void mssl_client_set_addr(mssl_client_t *client, const apr_sockaddr_t *addr)
{
    memset(client->addr, 0, sizeof(client->addr));
    client->addr_len = 0;
    if (addr == NULL) {
        return;
    }
    if (addr->family == APR_INET) {
        memcpy(client->addr, &addr->sa.sin.sin_addr, 4);
        client->addr_len = 4;
    }
#if APR_HAVE_IPV6
    else if (addr->family == APR_INET6) {
        const unsigned char *bytes = (const unsigned char *)&addr->sa.sin6.sin6_addr;

        if (IN6_IS_ADDR_V4MAPPED(&addr->sa.sin6.sin6_addr)) {
            memcpy(client->addr, bytes + 12, 4);
            client->addr_len = 4;
        }
        else {
            memcpy(client->addr, bytes, PREFIX_LEN);
            client->addr_len = 16;
        }
    }
#endif
}

/* Values that a stack draws at random, or adds on a retry: they differ between connections. */
static int is_noise(unsigned int cipher)
{
    return ((cipher & 0x0f0f) == 0x0a0a && cipher >> 8 == (cipher & 0xff))
           || cipher == RENEGOTIATION_SCSV || cipher == FALLBACK_SCSV;
}

static apr_uint64_t add(apr_uint64_t digest, unsigned char byte)
{
    return (digest ^ byte) * FNV_PRIME;
}

apr_uint64_t mssl_client_stack(const unsigned char *ciphers, size_t len)
{
    apr_uint64_t digest = FNV_BASIS;
    size_t i;

    for (i = 0; ciphers != NULL && i + 1 < len; i += 2) {
        if (is_noise((unsigned int)ciphers[i] << 8 | ciphers[i + 1])) {
            continue;
        }
        digest = add(add(digest, ciphers[i]), ciphers[i + 1]);
    }
    return digest != 0 ? digest : 1;
}

apr_uint64_t mssl_client_program(const char *user_agent)
{
    apr_uint64_t digest = FNV_BASIS;

    for (; user_agent != NULL && *user_agent != '\0'; user_agent++) {
        digest = add(digest, (unsigned char)*user_agent);
    }
    return digest != 0 ? digest : 1;
}
