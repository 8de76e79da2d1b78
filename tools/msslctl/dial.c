/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/dial.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/monotonic.h"

/** Own address, peer's, and the words around them. */
#define LINE_SIZE 128

typedef union ctl_address_t {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} ctl_address_t;

static int fail(ctl_dial_t *dial, int error)
{
    dial->error = error != 0 ? error : EIO;
    return 0;
}

/* @return 1: it is ready; 0: time is up */
static int wait_for(ctl_dial_t *dial, short events)
{
    struct pollfd fd = { .fd = dial->fd, .events = events };
    apr_interval_time_t left;
    int n;

    do {
        left = dial->deadline - mssl_monotonic_now();
        n = left > 0 ? poll(&fd, 1, (int)apr_time_as_msec(left) + 1) : 0;
    } while (n < 0 && errno == EINTR);
    return n > 0 ? 1 : fail(dial, n == 0 ? ETIMEDOUT : errno);
}

static socklen_t parse(ctl_address_t *to, const char *address, int port)
{
    memset(to, 0, sizeof(*to));
    if (inet_pton(AF_INET, address, &to->v4.sin_addr) == 1) {
        to->v4.sin_family = AF_INET;
        to->v4.sin_port = htons((uint16_t)port);
        return sizeof(to->v4);
    }
    if (inet_pton(AF_INET6, address, &to->v6.sin6_addr) == 1) {
        to->v6.sin6_family = AF_INET6;
        to->v6.sin6_port = htons((uint16_t)port);
        return sizeof(to->v6);
    }
    return 0;
}

static int finish_connect(ctl_dial_t *dial)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (!wait_for(dial, POLLOUT)) {
        return 0;
    }
    if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
        return fail(dial, error != 0 ? error : errno);
    }
    return 1;
}

int ctl_dial_open(ctl_dial_t *dial, const char *address, int port, apr_time_t deadline)
{
    ctl_address_t to;
    socklen_t len = parse(&to, address, port);
    int opened;

    memset(dial, 0, sizeof(*dial));
    dial->fd = -1;
    dial->deadline = deadline;
    if (len == 0) {
        return fail(dial, EINVAL);
    }
    dial->fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (dial->fd < 0) {
        return fail(dial, errno);
    }
    opened = connect(dial->fd, &to.any, len) == 0 ? 1
             : errno == EINPROGRESS               ? finish_connect(dial)
                                                  : fail(dial, errno);
    if (!opened) {
        ctl_dial_close(dial);
    }
    return opened;
}

/* @param text out: INET6_ADDRSTRLEN @return the port; 0: not known */
static int describe(const ctl_address_t *address, char *text)
{
    if (address->any.sa_family == AF_INET6) {
        return inet_ntop(AF_INET6, &address->v6.sin6_addr, text, INET6_ADDRSTRLEN) != NULL
                   ? ntohs(address->v6.sin6_port) : 0;
    }
    return inet_ntop(AF_INET, &address->v4.sin_addr, text, INET6_ADDRSTRLEN) != NULL
               ? ntohs(address->v4.sin_port) : 0;
}

int ctl_dial_get_own(const ctl_dial_t *dial, char *text)
{
    ctl_address_t own;
    socklen_t len = sizeof(own);

    return getsockname(dial->fd, &own.any, &len) == 0 && describe(&own, text) != 0;
}

int ctl_dial_send_proxy_line(ctl_dial_t *dial)
{
    char own_text[INET6_ADDRSTRLEN], peer_text[INET6_ADDRSTRLEN], line[LINE_SIZE];
    ctl_address_t own, peer;
    socklen_t own_len = sizeof(own), peer_len = sizeof(peer);
    int own_port, peer_port, n;

    if (getsockname(dial->fd, &own.any, &own_len) != 0
        || getpeername(dial->fd, &peer.any, &peer_len) != 0) {
        return fail(dial, errno);
    }
    own_port = describe(&own, own_text);
    peer_port = describe(&peer, peer_text);
    n = apr_snprintf(line, sizeof(line), "PROXY TCP%d %s %s %d %d\r\n",
                     own.any.sa_family == AF_INET6 ? 6 : 4, own_text, peer_text, own_port,
                     peer_port);
    return ctl_dial_write(dial, line, (size_t)n);
}

/* What OpenSSL waits for. @return 1: go on; 0: it failed for good */
static int wait_for_tls(ctl_dial_t *dial, int rc)
{
    int error = errno;

    switch (SSL_get_error(dial->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return wait_for(dial, POLLIN);
    case SSL_ERROR_WANT_WRITE:
        return wait_for(dial, POLLOUT);
    case SSL_ERROR_SYSCALL:
        return fail(dial, error != 0 ? error : ECONNRESET);
    default:
        return fail(dial, EPROTO);
    }
}

int ctl_dial_shake(ctl_dial_t *dial, SSL_CTX *ctx, const char *sni)
{
    int rc, reason;

    ERR_clear_error();
    dial->ssl = SSL_new(ctx);
    if (dial->ssl == NULL || SSL_set_fd(dial->ssl, dial->fd) != 1
        || (sni != NULL && SSL_set_tlsext_host_name(dial->ssl, sni) != 1)) {
        return fail(dial, ENOMEM);
    }
    do {
        errno = 0;
        rc = SSL_connect(dial->ssl);
    } while (rc != 1 && wait_for_tls(dial, rc));
    reason = ERR_GET_REASON(ERR_peek_error());
    if (rc != 1 && reason > SSL_AD_REASON_OFFSET) {
        dial->alert = reason - SSL_AD_REASON_OFFSET;
    }
    ERR_clear_error();
    return rc == 1;
}

int ctl_dial_write(ctl_dial_t *dial, const char *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = dial->ssl != NULL
                        ? SSL_write(dial->ssl, data + done, (int)(len - done))
                        : send(dial->fd, data + done, len - done, MSG_NOSIGNAL);

        if (n > 0) {
            done += (size_t)n;
        }
        else if (dial->ssl != NULL) {
            if (!wait_for_tls(dial, (int)n)) {
                return 0;
            }
        }
        else if (errno != EAGAIN && errno != EINTR) {
            return fail(dial, errno);
        }
        else if (!wait_for(dial, POLLOUT)) {
            return 0;
        }
    }
    return 1;
}

static int read_tls(ctl_dial_t *dial, char *data, size_t size)
{
    int n;

    do {
        ERR_clear_error();
        errno = 0;
        n = SSL_read(dial->ssl, data, (int)size);
        /* Who just closes is not polite; nothing that is compared hangs on it. */
        if (n <= 0 && (SSL_get_error(dial->ssl, n) == SSL_ERROR_ZERO_RETURN
                       || ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
            return 0;
        }
    } while (n <= 0 && wait_for_tls(dial, n));
    return n > 0 ? n : -1;
}

int ctl_dial_read(ctl_dial_t *dial, char *data, size_t size)
{
    ssize_t n;

    if (dial->ssl != NULL) {
        return read_tls(dial, data, size);
    }
    while ((n = recv(dial->fd, data, size, 0)) < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            fail(dial, errno);
            return -1;
        }
        if (!wait_for(dial, POLLIN)) {
            return -1;
        }
    }
    return (int)n;
}

void ctl_dial_close(ctl_dial_t *dial)
{
    SSL_free(dial->ssl);
    dial->ssl = NULL;
    if (dial->fd >= 0) {
        close(dial->fd);
        dial->fd = -1;
    }
    ERR_clear_error();
}
