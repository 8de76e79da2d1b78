/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "tools/msslctl/request.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** Of the fields of an answer. */
#define HEAD_MAX 32768
#define VALUE_MAX 2048
/** Informational answers before the one that counts. */
#define INFORMATIONAL_MAX 4

/* What has come and is not used yet. */
typedef struct inbox_t {
    ctl_dial_t *dial;
    mssl_buffer_t data;
    size_t used;
    size_t taken;  /* in all */
} inbox_t;

/* @return a byte; -1: there is none any more */
static int next_byte(inbox_t *inbox)
{
    char part[4096];
    int n;

    if (inbox->used == inbox->data.len) {
        inbox->data.len = inbox->used = 0;
        n = ctl_dial_read(inbox->dial, part, sizeof(part));
        if (n <= 0 || mssl_buffer_add(&inbox->data, part, (size_t)n) != APR_SUCCESS) {
            return -1;
        }
    }
    inbox->taken++;
    return (unsigned char)inbox->data.data[inbox->used++];
}

/* @return a line without its end; NULL: none, or the head is too long */
static const char *next_line(inbox_t *inbox, apr_pool_t *pool)
{
    mssl_buffer_t line = { .max = HEAD_MAX };
    const char *text = NULL;
    char c;
    int b;

    while ((b = next_byte(inbox)) >= 0 && b != '\n' && inbox->taken < HEAD_MAX) {
        c = (char)b;
        if (c != '\r' && c != '\0' && mssl_buffer_add(&line, &c, 1) != APR_SUCCESS) {
            break;
        }
    }
    if (b == '\n') {
        text = apr_pstrmemdup(pool, line.data != NULL ? line.data : "", line.len);
    }
    mssl_buffer_free(&line);
    return text;
}

/* "HTTP/1.1 200 OK" @return 0: it is none */
static int parse_status(const char *line)
{
    const char *at = strncmp(line, "HTTP/1.", 7) == 0 ? strchr(line, ' ') : NULL;
    int status = at != NULL && apr_isdigit(at[1]) ? atoi(at + 1) : 0;

    return status >= 100 && status <= 599 ? status : 0;
}

/* How long the content is. */
typedef struct framing_t {
    int is_chunked;
    apr_int64_t length; /* -1: to the end */
} framing_t;

static int is_field(const char *line, const char *name, const char **value)
{
    size_t len = strlen(name);

    if (strncasecmp(line, name, len) != 0 || line[len] != ':') {
        return 0;
    }
    for (*value = line + len + 1; **value == ' ' || **value == '\t'; ++*value) {
    }
    return 1;
}

static void take_field(ctl_answer_t *answer, framing_t *framing, const char *line, apr_pool_t *pool)
{
    const char *value;

    if (is_field(line, "Location", &value)) {
        answer->location = apr_pstrndup(pool, value, VALUE_MAX);
    }
    else if (is_field(line, "Content-Type", &value)) {
        answer->type = apr_pstrndup(pool, value, VALUE_MAX);
    }
    else if (is_field(line, "Content-Security-Policy", &value)) {
        answer->csp = answer->csp == NULL ? apr_pstrndup(pool, value, VALUE_MAX)
                                          : apr_pstrcat(pool, answer->csp, ", ", value, NULL);
    }
    else if (is_field(line, "Transfer-Encoding", &value)) {
        framing->is_chunked = strcasecmp(value, "chunked") == 0;
    }
    else if (is_field(line, "Content-Length", &value)) {
        framing->length = apr_isdigit(*value) ? apr_strtoi64(value, NULL, 10) : -1;
    }
}

static int read_head(inbox_t *inbox, ctl_answer_t *answer, framing_t *framing, apr_pool_t *pool)
{
    const char *line = next_line(inbox, pool);
    int n, status = 0;

    for (n = 0; n < INFORMATIONAL_MAX && line != NULL; n++) {
        memset(answer, 0, sizeof(*answer));
        framing->is_chunked = 0;
        framing->length = -1;
        status = parse_status(line);
        while ((line = next_line(inbox, pool)) != NULL && *line != '\0') {
            take_field(answer, framing, line, pool);
        }
        if (status == 0 || status >= 200) {
            break;
        }
        line = line != NULL ? next_line(inbox, pool) : NULL;
    }
    answer->status = status >= 200 && line != NULL ? status : 0;
    return answer->status != 0;
}

/* @return 1: all of it came; 0: it ended, or is more than is wanted */
static int read_part(inbox_t *inbox, mssl_buffer_t *body, apr_int64_t length)
{
    int b = 0;
    char c;

    for (; length != 0; length--) {
        b = next_byte(inbox);
        c = (char)b;
        if (b < 0 || mssl_buffer_add(body, &c, 1) != APR_SUCCESS) {
            return 0;
        }
    }
    return 1;
}

static void read_body(inbox_t *inbox, const framing_t *framing, mssl_buffer_t *body,
                      apr_pool_t *pool)
{
    const char *line;
    apr_int64_t length;

    if (!framing->is_chunked) {
        read_part(inbox, body, framing->length);
        return;
    }
    do {
        inbox->taken = 0; /* the bound is a line's here */
        line = next_line(inbox, pool);
        length = line != NULL && apr_isxdigit(*line) ? apr_strtoi64(line, NULL, 16) : 0;
    } while (length > 0 && read_part(inbox, body, length) && next_line(inbox, pool) != NULL);
}

int ctl_request_get(ctl_dial_t *dial, const char *host, ctl_answer_t *answer, mssl_buffer_t *body,
                    apr_pool_t *pool)
{
    const char *text = apr_pstrcat(pool, "GET / HTTP/1.1\r\nHost: ", host,
                                   "\r\nUser-Agent: msslctl/" MSSL_VERSION
                                   "\r\nAccept: text/html, */*;q=0.5\r\nAccept-Encoding: identity"
                                   "\r\nConnection: close\r\n\r\n", NULL);
    inbox_t inbox = { .dial = dial, .data = { .max = 8192 } };
    framing_t framing;
    int is_understood;

    memset(answer, 0, sizeof(*answer));
    is_understood = ctl_dial_write(dial, text, strlen(text))
                    && read_head(&inbox, answer, &framing, pool);
    if (is_understood && body != NULL) {
        read_body(&inbox, &framing, body, pool);
    }
    mssl_buffer_free(&inbox.data);
    return is_understood;
}
