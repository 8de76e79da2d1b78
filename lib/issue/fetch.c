/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/issue/fetch.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/issue/dial.h"

/** A connection, with TLS or without. */
typedef struct line_t {
    int fd;
    SSL *ssl; /**< NULL: without */
    apr_time_t end;
} line_t;

/* As much as goes at once, when it goes. @return 0 or less: no more */
static int move(line_t *line, char *data, size_t len, int writes)
{
    for (;;) {
        short events = writes ? POLLOUT : POLLIN;
        int n, error;

        if (line->ssl == NULL) {
            n = (int)(writes ? send(line->fd, data, len, MSG_NOSIGNAL)
                             : recv(line->fd, data, len, 0));
            if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
                return n;
            }
        }
        else {
            n = writes ? SSL_write(line->ssl, data, (int)len) : SSL_read(line->ssl, data, (int)len);
            error = SSL_get_error(line->ssl, n);
            if (n > 0 || (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)) {
                return n;
            }
            events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        }
        if (!mssl_dial_wait(line->fd, events, line->end)) {
            return -1;
        }
    }
}

/* What came until the other one was done, the room was full, or the time was over. */
static size_t ask(line_t *line, char *request, char *answer, size_t size)
{
    size_t len = strlen(request), at = 0;
    int n;

    while (at < len && (n = move(line, request + at, len - at, 1)) > 0) {
        at += (size_t)n;
    }
    if (at < len) {
        return 0;
    }
    for (at = 0; at + 1 < size && (n = move(line, answer + at, size - 1 - at, 0)) > 0;) {
        at += (size_t)n;
    }
    answer[at] = '\0';
    return at;
}

/* The value of a field; the header is NUL-terminated. @return in pool; NULL: there is none */
static const char *get_field(const char *header, const char *name, apr_pool_t *pool)
{
    size_t len = strlen(name);
    const char *line;

    for (line = strchr(header, '\n'); line != NULL; line = strchr(line, '\n')) {
        line++;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            line += len + 1;
            line += strspn(line, " \t");
            return apr_pstrndup(pool, line, strcspn(line, "\r\n"));
        }
    }
    return NULL;
}

static void parse(mssl_fetched_t *fetched, char *answer, size_t len, apr_pool_t *pool)
{
    char *end = strstr(answer, "\r\n\r\n");

    if (len < 12 || strncmp(answer, "HTTP/1.", 7) != 0 || answer[8] != ' ' || end == NULL
        || !apr_isdigit(answer[9]) || !apr_isdigit(answer[10]) || !apr_isdigit(answer[11])) {
        return;
    }
    fetched->status = (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + (answer[11] - '0');
    fetched->body = end + 4;
    fetched->len = len - (size_t)(end + 4 - answer);
    end[2] = '\0';
    if (fetched->status == 301 || fetched->status == 302 || fetched->status == 303
        || fetched->status == 307 || fetched->status == 308) {
        fetched->location = get_field(answer, "Location", pool);
    }
}

static int connect_to(const struct sockaddr_storage *to, apr_port_t port, apr_time_t end)
{
    struct sockaddr_storage there = *to;

    if (there.ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)(void *)&there)->sin6_port = htons(port);
        return mssl_dial((const struct sockaddr *)&there, sizeof(struct sockaddr_in6), end);
    }
    ((struct sockaddr_in *)(void *)&there)->sin_port = htons(port);
    return mssl_dial((const struct sockaddr *)&there, sizeof(struct sockaddr_in), end);
}

void mssl_fetch(mssl_fetched_t *fetched, const mssl_url_t *url, const struct sockaddr_storage *to,
                apr_time_t end, apr_pool_t *pool)
{
    int is_default = url->port == (url->is_https ? 443 : 80);
    const char *port = is_default ? "" : apr_psprintf(pool, ":%d", (int)url->port);
    /* 1.0: the answer ends with the connection, and is not in chunks. */
    char *request = apr_psprintf(pool, "GET %s%s%s HTTP/1.0\r\nHost: %s%s\r\n"
                                 "User-Agent: mod_mssl\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                                 url->path, url->query != NULL ? "?" : "",
                                 url->query != NULL ? url->query : "", url->name, port);
    char *answer = apr_palloc(pool, MSSL_FETCH_MAX + 1);
    line_t line = { .fd = connect_to(to, url->port, end), .end = end };
    size_t len = 0;

    memset(fetched, 0, sizeof(*fetched));
    fetched->body = "";
    if (line.fd < 0) {
        return;
    }
    if (url->is_https) {
        line.ssl = mssl_dial_tls(line.fd, url->name, end);
    }
    if (!url->is_https || line.ssl != NULL) {
        len = ask(&line, request, answer, MSSL_FETCH_MAX + 1);
    }
    if (len > 0) {
        parse(fetched, answer, len, pool);
    }
    SSL_free(line.ssl);
    ERR_clear_error();
    close(line.fd);
}
