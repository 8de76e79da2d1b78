/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/shown.h"

#include <apr_strings.h>
#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/asn1time.h"
#include "lib/base/cover.h"
#include "lib/base/hash.h"
#include "lib/base/monotonic.h"
#include "lib/base/name.h"
#include "lib/base/text.h"
#include "lib/issue/dial.h"

#define HOST_SIZE 64
/** Between two tries of all addresses. */
#define PAUSE (APR_USEC_PER_SEC / 4)

/* "HOST:PORT", as numbers. @return to be freed by freeaddrinfo(); NULL: it is none */
static struct addrinfo *parse(const char *address)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM }, *found = NULL;
    const char *colon = strrchr(address, ':');
    size_t len = colon != NULL ? (size_t)(colon - address) : 0;
    char host[HOST_SIZE];

    if (len > 2 && address[0] == '[' && address[len - 1] == ']') {
        address++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof(host)) {
        return NULL;
    }
    memcpy(host, address, len);
    host[len] = '\0';
    return getaddrinfo(host, colon + 1, &hints, &found) == 0 ? found : NULL;
}

static void look(mssl_shown_t *shown, X509 *cert, const char *name)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    mssl_cover_t *cover = mssl_cover_new(cert);

    shown->has_certificate = X509_digest(cert, EVP_sha256(), digest, &len) == 1
                             && mssl_asn1time_get(&shown->not_before, X509_get0_notBefore(cert))
                             && mssl_asn1time_get(&shown->not_after, X509_get0_notAfter(cert));
    if (shown->has_certificate) {
        mssl_text_hex(shown->sha256, digest, MSSL_SHA256_LEN);
        shown->signs_itself = X509_self_signed(cert, 0) == 1;
        shown->covers = name[0] == '*' ? mssl_cover_has_pattern(cover, name)
                                       : mssl_cover_has_name(cover, name);
    }
    mssl_cover_free(cover);
}

static void talk(mssl_shown_t *shown, int fd, const char *name, apr_time_t end)
{
    char sni[MSSL_NAME_SIZE];
    SSL *ssl;

    apr_snprintf(sni, sizeof(sni), "%s%s", name[0] == '*' ? "www" : "",
                 name[0] == '*' ? name + 1 : name);
    ssl = mssl_dial_tls(fd, sni, end);
    if (ssl != NULL) {
        look(shown, SSL_get0_peer_certificate(ssl), name);
        SSL_shutdown(ssl);
        SSL_free(ssl);
        ERR_clear_error();
    }
    if (!shown->has_certificate) {
        apr_cpystrn(shown->failure, "refused the handshake", sizeof(shown->failure));
    }
}

void mssl_shown_get(mssl_shown_t *shown, const char *address, const char *name,
                    apr_interval_time_t patience)
{
    apr_time_t end = mssl_monotonic_now() + patience;
    struct addrinfo *to = parse(address);
    int fd = to != NULL ? mssl_dial(to->ai_addr, to->ai_addrlen, end) : -1;

    memset(shown, 0, sizeof(*shown));
    if (fd >= 0) {
        talk(shown, fd, name, end);
        close(fd);
    }
    else {
        apr_cpystrn(shown->failure, to != NULL ? "no answer" : "is no address",
                    sizeof(shown->failure));
    }
    if (to != NULL) {
        freeaddrinfo(to);
    }
}

/* What is said of one address. */
static const char *judge(const mssl_shown_t *shown, const char *sha256)
{
    if (!shown->has_certificate) {
        return shown->failure;
    }
    return strcmp(shown->sha256, sha256) == 0 ? "yes" : "another certificate";
}

const char *mssl_shown_confirm(const char *const *addresses, const char *name, const char *sha256,
                               apr_interval_time_t patience, apr_pool_t *pool)
{
    apr_time_t end = mssl_monotonic_now() + patience;
    const char *text;
    mssl_shown_t shown;
    int i, missing;

    do {
        text = "";
        missing = 0;
        for (i = 0; addresses[i] != NULL; i++) {
            apr_time_t left = end - mssl_monotonic_now();

            /* One that is silent leaves the others their time. */
            left = left < patience / 4 ? left : patience / 4;
            mssl_shown_get(&shown, addresses[i], name, left > PAUSE ? left : PAUSE);
            missing += strcmp(judge(&shown, sha256), "yes") != 0;
            text = apr_pstrcat(pool, text, i > 0 ? ", " : "", addresses[i], " ",
                               apr_pstrdup(pool, judge(&shown, sha256)), NULL);
        }
        if (missing > 0) {
            poll(NULL, 0, (int)(PAUSE / 1000));
        }
    } while (missing > 0 && mssl_monotonic_now() < end);
    return text;
}
