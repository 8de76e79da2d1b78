/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "httpd/server/closing.h"

#include <apr_atomic.h>
#include <http_protocol.h>

#include "httpd/server/conn.h"

#define INPUT_FILTER "MSSL_CLOSING_IN"
#define OUTPUT_FILTER "MSSL_CLOSING_OUT"

/* RFC 9113 section 4.1: length (3), type, flags, stream (4). */
#define FRAME_HEADER 9
#define FRAME_DATA 0
#define FRAME_HEADERS 1
#define FLAG_END_STREAM 1

typedef struct frames_t {
    unsigned char header[FRAME_HEADER];
    size_t have;         /**< bytes of the header so far */
    size_t skip;         /**< payload bytes left */
    apr_uint32_t ended;  /**< streams of the client that the server has ended */
} frames_t;

static void take_header(frames_t *frames)
{
    const unsigned char *h = frames->header;

    frames->skip = (size_t)h[0] << 16 | (size_t)h[1] << 8 | h[2];
    frames->have = 0;
    if ((h[3] == FRAME_DATA || h[3] == FRAME_HEADERS) && (h[4] & FLAG_END_STREAM)
        && (h[8] & 1)) {
        frames->ended++;
    }
}

static void take_bytes(frames_t *frames, const char *data, size_t len)
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
                take_header(frames);
            }
        }
        data += n;
        len -= n;
    }
}

static apr_status_t filter_output(ap_filter_t *f, apr_bucket_brigade *bb)
{
    frames_t *frames = f->ctx;
    apr_bucket *b;

    if (bb == NULL) {
        return ap_pass_brigade(f->next, bb);
    }
    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb); b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t len;

        if (!APR_BUCKET_IS_METADATA(b)) {
            apr_status_t rv = apr_bucket_read(b, &data, &len, APR_BLOCK_READ);

            if (rv != APR_SUCCESS) {
                return rv;
            }
            take_bytes(frames, data, len);
        }
    }
    return ap_pass_brigade(f->next, bb);
}

static apr_status_t filter_input(ap_filter_t *f, apr_bucket_brigade *bb, ap_input_mode_t mode,
                                 apr_read_type_e block, apr_off_t readbytes)
{
    mssl_conn_t *cc = mssl_conn_get(f->c);
    const frames_t *frames = f->ctx;

    if (cc != NULL && apr_atomic_read32(&cc->ending)
        && frames->ended >= apr_atomic_read32(&cc->streams)) {
        return APR_EOF;
    }
    return ap_get_brigade(f->next, bb, mode, block, readbytes);
}

void mssl_closing_register(void)
{
    /* Nearer to mod_http2 than mod_ssl's own filters, which are at CONNECTION + 4 and + 5. */
    ap_register_input_filter(INPUT_FILTER, filter_input, NULL, AP_FTYPE_CONNECTION + 3);
    ap_register_output_filter(OUTPUT_FILTER, filter_output, NULL, AP_FTYPE_CONNECTION + 3);
}

int mssl_closing_process_connection(conn_rec *c)
{
    mssl_conn_t *cc = c->master == NULL ? mssl_conn_get_guarded(c) : NULL;
    frames_t *frames;

    if (cc == NULL || cc->state != MSSL_CONN_DECIDED || cc->has_closing || !mssl_conn_ends(cc)
        || strcmp(ap_get_protocol(c), "h2") != 0) {
        return DECLINED;
    }
    cc->has_closing = 1;
    frames = apr_pcalloc(c->pool, sizeof(*frames));
    ap_add_input_filter(INPUT_FILTER, frames, NULL, c);
    ap_add_output_filter(OUTPUT_FILTER, frames, NULL, c);
    return DECLINED;
}

void mssl_closing_count_stream(request_rec *r, conn_rec *c)
{
    mssl_conn_t *cc = c->master != NULL ? mssl_conn_get_guarded(c) : NULL;

    (void)r;
    if (cc != NULL) {
        apr_atomic_inc32(&cc->streams);
    }
}
