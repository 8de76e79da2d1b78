/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <unistd.h>

#include "lib/base/monotonic.h"

int mssl_dial_wait(int fd, short events, apr_time_t end)
{
    apr_time_t left = end - mssl_monotonic_now();
    struct pollfd pfd = { .fd = fd, .events = events };

    return left > 0 && (poll(&pfd, 1, (int)(left / 1000) + 1) > 0 || errno == EINTR);
}

int mssl_dial(const struct sockaddr *to, socklen_t len, apr_time_t end)
{
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    socklen_t size = sizeof(error);

    if (fd < 0) {
        return -1;
    }
    if (connect(fd, to, len) != 0
        && (errno != EINPROGRESS || !mssl_dial_wait(fd, POLLOUT, end)
            || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* To its end, whatever that is. */
static void shake(SSL *ssl, int fd, apr_time_t end)
{
    int rc, error;

    do {
        rc = SSL_connect(ssl);
        error = SSL_get_error(ssl, rc);
    } while (rc != 1 && (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
             && mssl_dial_wait(fd, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, end));
}

SSL *mssl_dial_tls(int fd, const char *name, apr_time_t end)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = NULL;

    if (ctx != NULL) {
        SSL_CTX_set_security_level(ctx, 0); /* a weak certificate is to be seen, too */
        ssl = SSL_new(ctx);
        SSL_CTX_free(ctx);
    }
    if (ssl != NULL && SSL_set_fd(ssl, fd) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1) {
        shake(ssl, fd, end);
        if (SSL_get0_peer_certificate(ssl) != NULL) {
            ERR_clear_error();
            return ssl;
        }
    }
    SSL_free(ssl);
    ERR_clear_error();
    return NULL;
}
