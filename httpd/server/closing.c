/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/closing.h"

#include <apr_atomic.h>
#include <http_protocol.h>

#include "httpd/server/conn.h"
#include "lib/base/apart.h"
#include "lib/base/monotonic.h"

#define INPUT_FILTER "MSSL_CLOSING_IN"
#define OUTPUT_FILTER "MSSL_CLOSING_OUT"

/* RFC 9113 section 3.4: what a client sends before its first frame. */
#define PREFACE 24
/* RFC 9113 section 4.1: length (3), type, flags, stream (4). */
#define FRAME_HEADER 9
#define FRAME_DATA 0
#define FRAME_HEADERS 1
#define FRAME_RST_STREAM 3
#define FRAME_PUSH_PROMISE 5
#define FRAME_GOAWAY 7
#define FRAME_CONTINUATION 9
#define FLAG_END_STREAM 1
#define FLAG_END_HEADERS 4
/* Of a GOAWAY: last stream (4), error (4). */
#define GOAWAY_PAYLOAD 8

/* Streams that are told apart; mod_http2 has 100 at a time if H2MaxSessionStreams says nothing. */
#define STREAMS_MAX 256
/* A client that goes on talking after the GOAWAY is heard for so long, and so often at a time. */
#define MOMENT apr_time_from_sec(5)
#define DROPS_MAX 16

/** Where in the frames of one side we are. */
typedef struct frames_t {
    unsigned char header[FRAME_HEADER];
    size_t have;         /**< bytes of the header so far */
    size_t skip;         /**< payload bytes left */
} frames_t;

/** Of one connection; used by the thread that has it. */
typedef struct closing_t {
    frames_t in, out;
    apr_uint32_t open[STREAMS_MAX]; /**< streams that mod_http2 was given, and has not ended */
    int nopen;
    int is_lost;         /**< there were more: the connection is left as any other */
    apr_uint32_t last;   /**< the highest stream that mod_http2 was given */
    int in_block;        /**< of headers that mod_http2 sends: no frame may come between */
    int has_goaway;      /**< sent, by us or by mod_http2 */
    apr_time_t since;    /**< when we sent it; 0: we did not */
} closing_t;

typedef void (*frame_fn)(closing_t *closing, const unsigned char *header);

static apr_uint32_t stream_of(const unsigned char *header)
{
    return (apr_uint32_t)(header[5] & 0x7f) << 24 | (apr_uint32_t)header[6] << 16
           | (apr_uint32_t)header[7] << 8 | header[8];
}

static void end_stream(closing_t *closing, apr_uint32_t stream)
{
    int i;

    for (i = 0; i < closing->nopen; i++) {
        if (closing->open[i] == stream) {
            closing->open[i] = closing->open[--closing->nopen];
            return;
        }
    }
}

/* A frame of the client's begins, on its way to mod_http2. */
static void take_in(closing_t *closing, const unsigned char *header)
{
    apr_uint32_t stream = stream_of(header);

    if (header[3] == FRAME_RST_STREAM) {
        end_stream(closing, stream);
    }
    else if (header[3] == FRAME_HEADERS && stream > closing->last) { /* else trailers */
        closing->last = stream;
        if (closing->nopen < STREAMS_MAX) {
            closing->open[closing->nopen++] = stream;
        }
        else {
            closing->is_lost = 1;
        }
    }
}

/* A frame of mod_http2's begins. */
static void take_out(closing_t *closing, const unsigned char *header)
{
    int type = header[3], flags = header[4];

    if (((type == FRAME_DATA || type == FRAME_HEADERS) && (flags & FLAG_END_STREAM))
        || type == FRAME_RST_STREAM) {
        end_stream(closing, stream_of(header));
    }
    if (type == FRAME_HEADERS || type == FRAME_PUSH_PROMISE || type == FRAME_CONTINUATION) {
        closing->in_block = !(flags & FLAG_END_HEADERS); /* RFC 9113 section 4.3 */
    }
    closing->has_goaway |= type == FRAME_GOAWAY;
}

static void take_bytes(closing_t *closing, frames_t *frames, frame_fn take, const char *data,
                       size_t len)
{
    while (len > 0) {
        size_t n;

        if (frames->skip > 0) {
            n = len < frames->skip ? len : frames->skip;
            frames->skip -= n;
        }
        else {
            n = len < FRAME_HEADER - frames->have ? len : FRAME_HEADER - frames->have;
            memcpy(frames->header + frames->have, data, n);
            frames->have += n;
            if (frames->have == FRAME_HEADER) {
                const unsigned char *h = frames->header;

                frames->skip = (size_t)h[0] << 16 | (size_t)h[1] << 8 | h[2];
                frames->have = 0;
                take(closing, h);
            }
        }
        data += n;
        len -= n;
    }
}

static apr_status_t take_brigade(closing_t *closing, frames_t *frames, frame_fn take,
                                 apr_bucket_brigade *bb)
{
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb); b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t len;

        if (!APR_BUCKET_IS_METADATA(b)) {
            apr_status_t rv = apr_bucket_read(b, &data, &len, APR_BLOCK_READ);

            if (rv != APR_SUCCESS) {
                return rv;
            }
            take_bytes(closing, frames, take, data, len);
        }
    }
    return APR_SUCCESS;
}

/* Whether the end is to be said now, between two frames. */
static int is_over(const closing_t *closing, mssl_conn_t *cc)
{
    return cc != NULL && apr_atomic_read32(&cc->ending) && closing->nopen == 0 && !closing->is_lost
           && !closing->has_goaway && !closing->in_block && closing->out.have == 0
           && closing->out.skip == 0;
}

static void add_goaway(closing_t *closing, apr_bucket_brigade *bb)
{
    apr_uint32_t last = closing->last;
    const unsigned char frame[FRAME_HEADER + GOAWAY_PAYLOAD] = {
        0, 0, GOAWAY_PAYLOAD, FRAME_GOAWAY, 0, 0, 0, 0, 0, (unsigned char)(last >> 24),
        (unsigned char)(last >> 16), (unsigned char)(last >> 8), (unsigned char)last, 0, 0, 0, 0
    };

    closing->has_goaway = 1;
    closing->since = mssl_monotonic_now();
    apr_brigade_write(bb, NULL, NULL, (const char *)frame, sizeof(frame));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_flush_create(bb->bucket_alloc));
}

static apr_status_t filter_output(ap_filter_t *f, apr_bucket_brigade *bb)
{
    closing_t *closing = f->ctx;

    if (bb != NULL) {
        apr_status_t rv = take_brigade(closing, &closing->out, take_out, bb);

        if (rv != APR_SUCCESS) {
            return rv;
        }
        if (is_over(closing, mssl_conn_get(f->c))) {
            add_goaway(closing, bb);
        }
    }
    return ap_pass_brigade(f->next, bb);
}

/* Read what comes after the GOAWAY, for nobody, until the client closes. */
static apr_status_t drop(ap_filter_t *f, apr_bucket_brigade *bb, ap_input_mode_t mode,
                         apr_read_type_e block, apr_off_t readbytes)
{
    const closing_t *closing = f->ctx;
    int i;

    for (i = 0; i < DROPS_MAX; i++) {
        apr_status_t rv;

        if (mssl_monotonic_now() - closing->since > MOMENT) {
            return APR_EOF;
        }
        rv = ap_get_brigade(f->next, bb, mode, block, readbytes);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        apr_brigade_cleanup(bb);
    }
    return APR_EAGAIN;
}

static apr_status_t filter_input(ap_filter_t *f, apr_bucket_brigade *bb, ap_input_mode_t mode,
                                 apr_read_type_e block, apr_off_t readbytes)
{
    closing_t *closing = f->ctx;
    apr_status_t rv;

    if (closing->since != 0) {
        return drop(f, bb, mode, block, readbytes);
    }
    rv = ap_get_brigade(f->next, bb, mode, block, readbytes);
    return rv == APR_SUCCESS && mode == AP_MODE_READBYTES
        ? take_brigade(closing, &closing->in, take_in, bb) : rv;
}

void mssl_closing_register(void)
{
    /* Nearer to mod_http2 than mod_ssl's own filters, which are at CONNECTION + 4 and + 5. */
    ap_register_input_filter(INPUT_FILTER, filter_input, NULL, AP_FTYPE_CONNECTION + 3);
    ap_register_output_filter(OUTPUT_FILTER, filter_output, NULL, AP_FTYPE_CONNECTION + 3);
}

/** Put the filters in place, once, where the connection turns out to be one of HTTP/2. */
static MSSL_APART int watch(conn_rec *c, mssl_conn_t *cc)
{
    closing_t *closing;

    if (cc->state != MSSL_CONN_DECIDED || cc->has_closing || strcmp(ap_get_protocol(c), "h2") != 0) {
        return DECLINED;
    }
    cc->has_closing = 1;
    closing = apr_pcalloc(c->pool, sizeof(*closing));
    closing->in.skip = PREFACE;
    ap_add_input_filter(INPUT_FILTER, closing, NULL, c);
    ap_add_output_filter(OUTPUT_FILTER, closing, NULL, c);
    return DECLINED;
}

int mssl_closing_process_connection(conn_rec *c)
{
    mssl_conn_t *cc = c->master == NULL ? mssl_conn_get_guarded(c) : NULL;

    return cc != NULL && mssl_conn_ends(cc) ? watch(c, cc) : DECLINED;
}
